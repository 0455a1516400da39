/** Where a step's exits lead, as a list of choices: connecting without a mouse, and for screen readers. */
import { Select, Stack } from "@mantine/core";
import { useMemo } from "react";
import { useTexts } from "../texts";
import { useCanvas, useWatched } from "./canvas";
import { useKeyed } from "./model/keyed";
import { useExits } from "./StepCard";
import { canvasTexts } from "./texts";

export interface TargetSelectProps {
  label: string;
  description?: string | undefined;
  error?: string | undefined;
  /** The step that leads there. */
  source?: string;
  value: string | null;
  onChange: (target: string | null) => void;
  disabled?: boolean;
  clearable?: boolean;
}

/** Chooses a step by its title. */
export function TargetSelect({ source, clearable = true, ...props }: TargetSelectProps) {
  const t = useTexts(canvasTexts);
  const { view, titleOf } = useCanvas();
  const steps = useWatched(view.steps);
  const data = useMemo(
    () => steps.map(({ id }) => ({ value: id, label: titleOf(id) })).sort((a, b) => a.label.localeCompare(b.label)),
    [steps, titleOf],
  );
  return (
    <Select
      {...props}
      data={data}
      searchable
      clearable={clearable}
      placeholder={t.nothing}
      nothingFoundMessage={t.nothingFound}
      clearButtonProps={{ "aria-label": t.removeItem }}
      limit={100}
      data-source={source}
    />
  );
}

export function WaysOut({ step, kind }: { step: string; kind: string }) {
  const t = useTexts(canvasTexts);
  const { drawing, looks, view, mayDraw } = useCanvas();
  const exits = useExits(step, kind);
  const problems = useKeyed(looks.problemsAt, step) ?? [];
  useWatched(view.arrows);
  if (!exits.length) return null;
  const said = { problem: t.leadsNowhere, catch_all: t.toTrouble, hang_up: t.hangsUp };
  return (
    <Stack gap="sm">
      {exits.map((exit) => {
        const target = drawing.edges.get(`${step}/${exit.name}`);
        const led = target !== undefined && drawing.isStep(target) ? target : null;
        return (
          <TargetSelect
            key={exit.name}
            label={exit.label}
            description={led ? undefined : exit.gone ? t.exitGone : said[exit.undrawn]}
            error={problems.find((problem) => problem.exit === exit.name)?.text}
            source={step}
            value={led}
            disabled={!mayDraw}
            onChange={(chosen) => {
              drawing.apart();
              if (chosen) drawing.connect(step, exit.name, chosen);
              else drawing.disconnect([`${step}/${exit.name}`]);
            }}
          />
        );
      })}
    </Stack>
  );
}

/** Everything that can be done, found by typing. Loaded when it is first asked for. */
import "@mantine/spotlight/styles.css";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTexts } from "../texts";
import { useCanvas } from "./canvas";
import { type Command, IS_MAC, written } from "./commands";
import { KindIcon } from "./KindIcon";
import { useKinds } from "./kinds";
import { canvasTexts } from "./texts";

const [store, spotlight] = createSpotlight();

export interface CommandPaletteProps {
  commands: readonly Command[];
  /** Side panels and what else features bring. */
  more: readonly { id: string; label: string; run: () => void }[];
  onClose: () => void;
}

export default function CommandPalette({ commands, more, onClose }: CommandPaletteProps) {
  const t = useTexts(canvasTexts);
  const { mayDraw, add, jumpTo, drawing, titleOf } = useCanvas();
  const kinds = useKinds();
  // It is there because it is to be open.
  useEffect(() => spotlight.open(), []);
  const actions = [
    ...commands
      .filter(({ draws, id }) => id !== "commands" && (mayDraw || !draws))
      .map(({ id, text, keys, run }) => ({
        id,
        label: t[text],
        description: written(keys[0] ?? "", IS_MAC),
        onClick: run,
      })),
    ...more.map(({ id, label, run }) => ({ id: `panel ${id}`, label, onClick: run })),
    ...(mayDraw
      ? kinds.all.map((kind) => ({
          id: `add ${kind.kind}`,
          label: `${t.addStep}: ${kind.title}`,
          description: kind.purpose,
          leftSection: <KindIcon kind={kind} />,
          onClick: () => add(kind.kind, {}),
        }))
      : []),
    ...drawing.stepIds().map((step) => ({ id: `step ${step}`, label: titleOf(step), onClick: () => jumpTo(step) })),
  ];
  return (
    <Spotlight
      store={store}
      actions={actions}
      shortcut={null}
      overlayProps={{ blur: 0 }}
      limit={12}
      highlightQuery
      scrollable
      maxHeight={460}
      nothingFound={t.nothingFound}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t.commandsHint,
        "aria-label": t.commandsHint,
      }}
      onSpotlightClose={onClose}
    />
  );
}

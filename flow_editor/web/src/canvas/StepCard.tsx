/** A step on the canvas: icon, title in the clinic's own words, one line that says what it does, and its ways out as ports. */
import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconFlag, IconLifebuoy, IconPhoneEnd } from "@tabler/icons-react";
import { Handle, type NodeProps, Position, useUpdateNodeInternals } from "@xyflow/react";
import { memo, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useTexts } from "../texts";
import { useCanvas } from "./canvas";
import classes from "./canvas.module.css";
import { KindIcon } from "./KindIcon";
import { useKinds } from "./kinds";
import { useDecorations } from "./model/decorations";
import { arrowKey } from "./model/drawing";
import { useKeyed } from "./model/keyed";
import type { Exit } from "./model/looks";
import { TARGET } from "./model/measure";
import type { StepNode } from "./model/view";
import { OthersHere } from "./Others";
import { canvasTexts } from "./texts";

/** A step's ways out: as the server sees them, or as its kind is born until it has looked. */
export function useExits(id: string, kind: string): readonly Exit[] {
  const { looks } = useCanvas();
  const born = useKinds().byName.get(kind)?.fields["x-exits"];
  const seen = useKeyed(looks.nodes, id)?.exits;
  return useMemo(() => seen ?? born?.map((exit) => ({ ...exit, gone: false })) ?? [], [seen, born]);
}

/** Cards whose ports have moved since the last frame: measured together, since each measuring draws every card anew. */
const waiting = new Set<string>();

/** Has a card measured again when its ports change; its first measuring React Flow does by itself. */
function useRemeasured(id: string, ports: string): void {
  const measure = useUpdateNodeInternals();
  const before = useRef(ports);
  useEffect(() => {
    if (before.current === ports) return;
    before.current = ports;
    waiting.add(id);
    if (waiting.size > 1) return;
    requestAnimationFrame(() => {
      measure([...waiting]);
      waiting.clear();
    });
  }, [id, ports, measure]);
}

export const StepCard = memo(function StepCard({ id, data, selected }: NodeProps<StepNode>) {
  const t = useTexts(canvasTexts);
  const { looks, view, drawing } = useCanvas();
  const kind = useKinds().byName.get(data.kind);
  const look = useKeyed(looks.nodes, id);
  const problems = useKeyed(looks.problemsAt, id);
  const exits = useExits(id, data.kind);
  const decoration = useDecorations(id);
  const current = useSyncExternalStore(view.current.watch, () => view.current.get() === id);
  const ends = useEnds(id);
  useRemeasured(id, exits.map((exit) => exit.name).join("\n"));

  const worst = problems?.some((problem) => problem.severity === "error") ? "error" : problems ? "warning" : undefined;
  const title = data.title || kind?.title || t.unknownKind;
  const label = [
    kind && kind.title !== title ? `${kind.title}: ${title}` : title,
    ends.start && t.begins,
    ends.trouble && t.trouble,
    look?.summary,
    ...(problems ?? []).map((problem) => problem.text),
    decoration?.words,
  ]
    .filter(Boolean)
    .join(". ");

  return (
    // biome-ignore lint/a11y/useSemanticElements: a card is no group of form fields
    <div
      role="group"
      aria-roledescription={t.step}
      aria-label={label}
      tabIndex={current && !data.ghost ? 0 : -1}
      data-step={id}
      data-kind={data.kind}
      data-family={kind?.family ?? "unknown"}
      data-selected={selected || undefined}
      data-problem={worst}
      data-mark={data.ghost ? "removed" : decoration?.mark}
      data-lit={decoration?.lit}
      className={classes.card}
    >
      <Handle
        type="target"
        id={TARGET}
        position={Position.Left}
        className={classes.target}
        isConnectableStart={false}
      />
      {(ends.start || ends.trouble) && (
        <div className={classes.flags}>
          {ends.start && (
            <span className={classes.flag}>
              <IconFlag size={14} aria-hidden /> {t.begins}
            </span>
          )}
          {ends.trouble && (
            <span className={classes.flag}>
              <IconLifebuoy size={14} aria-hidden /> {t.trouble}
            </span>
          )}
        </div>
      )}
      {decoration?.badge && <div className={classes.badge}>{decoration.badge}</div>}
      <OthersHere step={id} />
      <div className={classes.head}>
        <KindIcon kind={kind} />
        <div className={classes.words}>
          <div className={classes.title}>{title}</div>
          {kind?.title !== title && <div className={classes.kind}>{kind?.title ?? data.kind}</div>}
        </div>
        {problems && (
          <Tooltip
            label={problems.map((problem) => problem.text).join("\n")}
            multiline
            maw={320}
            style={{ whiteSpace: "pre-line" }}
          >
            <span className={classes.problem} data-severity={worst}>
              <IconAlertTriangle size={18} aria-hidden />
              {problems.length > 1 && problems.length}
            </span>
          </Tooltip>
        )}
      </div>
      {look?.summary && <div className={classes.summary}>{look.summary}</div>}
      {exits.length > 0 && (
        <ul className={classes.exits} aria-label={t.waysOut}>
          {exits.map((exit) => (
            <Port
              key={exit.name}
              step={id}
              exit={exit}
              drawing={drawing}
              extra={decoration?.exits?.[exit.name]}
              wrong={problems?.some((problem) => problem.exit === exit.name && problem.severity === "error") ?? false}
            />
          ))}
        </ul>
      )}
    </div>
  );
});

interface PortProps {
  step: string;
  exit: Exit;
  drawing: ReturnType<typeof useCanvas>["drawing"];
  extra: React.ReactNode;
  wrong: boolean;
}

function Port({ step, exit, drawing, extra, wrong }: PortProps) {
  const t = useTexts(canvasTexts);
  const key = arrowKey(step, exit.name);
  const led = useSyncExternalStore(
    (callback) => {
      drawing.edges.observe(callback);
      return () => drawing.edges.unobserve(callback);
    },
    () => drawing.edges.has(key),
  );
  const open = led ? undefined : exit.gone ? "gone" : exit.undrawn;
  const words = exit.gone
    ? t.exitGone
    : open === "catch_all"
      ? t.toTrouble
      : open === "hang_up"
        ? t.hangsUp
        : open && t.leadsNowhere;
  return (
    <li
      className={classes.exit}
      data-open={open}
      data-wrong={wrong || undefined}
      data-gone={exit.gone || undefined}
      title={words || undefined}
    >
      {extra}
      <span className={classes.exitLabel}>{exit.label}</span>
      {open === "catch_all" && <IconLifebuoy size={13} aria-hidden />}
      {open === "hang_up" && <IconPhoneEnd size={13} aria-hidden />}
      <Handle
        type="source"
        id={exit.name}
        position={Position.Right}
        className={classes.source}
        isConnectableEnd={false}
      />
    </li>
  );
}

/** Whether calls begin at a step, and whether those in trouble go there. */
function useEnds(id: string): { start: boolean; trouble: boolean } {
  const { drawing } = useCanvas();
  const found = useSyncExternalStore(
    (callback) => {
      drawing.flow.observe(callback);
      return () => drawing.flow.unobserve(callback);
    },
    () => (drawing.flow.get("start") === id ? 1 : 0) + (drawing.flow.get("catch_all") === id ? 2 : 0),
  );
  return { start: (found & 1) === 1, trouble: (found & 2) === 2 };
}

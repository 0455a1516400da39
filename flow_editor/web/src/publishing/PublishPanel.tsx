/** Beside the canvas: what publishing would change, marked on the canvas while it is open, and what came of it. */
import { Center, Loader, Stack, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useEffect, useRef, useState } from "react";
import { useCanvas, useWatched } from "../canvas/canvas";
import { Watched } from "../canvas/model/keyed";
import { useChanged } from "../live";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { Acknowledged, type Outcome } from "./Acknowledged";
import { marksOf } from "./marks";
import { PublishForm } from "./PublishForm";
import classes from "./publishing.module.css";
import { type Preview, usePreview, useVersion } from "./queries";
import { Said } from "./Said";
import { stepsOf } from "./stepsOf";
import { publishingTexts } from "./texts";

const SAVED = new Watched<{ state: string }>({ state: "saved" });
/** Milliseconds after a change of the draft until it is looked at anew. */
const SETTLED = 800;

export default function PublishPanel() {
  const canvas = useCanvas();
  const saving = useWatched<{ state: string }>(canvas.connection?.saving ?? SAVED);
  const [begun, begin] = useState(false);
  useEffect(() => {
    if (saving.state === "saved") begin(true); // what has just been drawn is to be part of what is published
  }, [saving]);
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => here.current?.focus(), []);
  return (
    <Stack p="md" ref={here} tabIndex={-1} className={classes.panel}>
      {begun ? <Asked /> : <Waiting lost={saving.state === "kept" || saving.state === "refused"} />}
    </Stack>
  );
}

/** What has been drawn is not with the server yet. */
function Waiting({ lost }: { lost: boolean }) {
  const t = useTexts(publishingTexts);
  return lost ? (
    <Said kind="look" announced>
      {t.notSaved}
    </Said>
  ) : (
    <Looking />
  );
}

function Looking() {
  const t = useTexts(publishingTexts);
  return (
    <Center p="lg" role="status">
      <Stack align="center" gap="xs">
        <Loader />
        <Text size="sm">{t.loading}</Text>
      </Stack>
    </Center>
  );
}

function Asked() {
  const { flow, panel, jumpTo } = useCanvas();
  const { data: seen, error, refetch } = usePreview(flow);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const again = useCallback(() => void refetch(), [refetch]);
  const soon = useDebouncedCallback(again, SETTLED);
  useChanged("drafts", ({ key }) => {
    if (!outcome && (!key || key === flow)) soon();
  });
  useMarks(outcome ? undefined : seen);
  const close = useCallback(() => panel.set(null), [panel]);
  if (outcome) return <Acknowledged flow={flow} outcome={outcome} close={close} />;
  if (error && !seen) return <Problem error={error} retry={again} />;
  if (!seen) return <Looking />;
  return <PublishForm seen={seen} again={again} done={setOutcome} show={(step) => jumpTo(step)} close={close} />;
}

/** Marks on the canvas, with what is gone shown where it was, as long as the panel is open. */
function useMarks(seen: Preview | undefined): void {
  const { flow, decorations } = useCanvas();
  const { data: live } = useVersion(flow, seen?.live?.id ?? null);
  useEffect(() => {
    if (!seen) return;
    const marks = marksOf(seen.live ? seen.differences : []);
    decorations.set("publishing", new Map([...marks].map(([key, mark]) => [key, { mark }])));
    const gone = [...marks].flatMap(([key, mark]) => (mark === "removed" ? [key] : []));
    decorations.ghosts.set({ steps: live ? stepsOf(live.document, gone) : {} });
    return () => {
      decorations.set("publishing", new Map());
      decorations.ghosts.set({ steps: {} });
    };
  }, [seen, live, decorations]);
}

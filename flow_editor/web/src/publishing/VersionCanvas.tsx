/** A version on the canvas, to be looked at: with marks for what is new, changed or gone compared with another. */
import { Center, Loader, useComputedColorScheme } from "@mantine/core";
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useMemo } from "react";
import type { Schema } from "../api/client";
import { type Canvas, CanvasContext } from "../canvas/canvas";
import canvasClasses from "../canvas/canvas.module.css";
import { KindsContext, useKinds, useKindsQuery } from "../canvas/kinds";
import { type Decoration, Decorations, DecorationsContext } from "../canvas/model/decorations";
import { Watched } from "../canvas/model/keyed";
import { Looks } from "../canvas/model/looks";
import { View } from "../canvas/model/view";
import { Surface } from "../canvas/Surface";
import { Problem } from "../shared/Problem";
import { marksOf } from "./marks";
import classes from "./publishing.module.css";
import type { Difference } from "./queries";
import { drawingOf, stepsOf } from "./stepsOf";

/** A version as it was drawn. */
interface Drawn {
  version: { id: string };
  document: Schema<"VersionDocument">["document"];
  nodes: Schema<"VersionDocument">["nodes"];
}

interface Props {
  flow: string;
  version: Drawn;
  /** The older version that it is compared with, and what is different. */
  before?: Drawn | undefined;
  differences?: readonly Difference[] | undefined;
  /** The way that a call took. */
  marks?: ReadonlyMap<string, Decoration>;
  /** A step to bring into view, and a count that goes up each time. */
  wanted?: { step: string; count: number } | null;
}

export default function VersionCanvas(props: Props) {
  const kinds = useKindsQuery();
  if (kinds.error) return <Problem error={kinds.error} retry={() => void kinds.refetch()} />;
  if (!kinds.data) {
    return (
      <Center className={classes.surface}>
        <Loader />
      </Center>
    );
  }
  return (
    <KindsContext value={kinds.data}>
      <ReactFlowProvider key={props.version.version.id}>
        <Shown {...props} />
      </ReactFlowProvider>
    </KindsContext>
  );
}

function Shown({ flow, version, before, differences, marks, wanted }: Props) {
  const dark = useComputedColorScheme("light") === "dark";
  const surface = useReactFlow();
  const kinds = useKinds();
  const held = useMemo(() => {
    const drawing = drawingOf(version.document);
    const looks = new Looks();
    looks.take({
      flow,
      revision: 0,
      whole: true,
      nodes: version.nodes,
      problems: [],
      changed: false,
      base: null,
      live: null,
    });
    const view = new View(drawing, looks, kinds.byName);
    const decorations = new Decorations();
    decorations.ghosts.watch(() => view.setGhosts(decorations.ghosts.get()));
    return { drawing, looks, view, decorations };
  }, [flow, version, kinds]);
  const { drawing, looks, view, decorations } = held;
  useEffect(() => view.follow(), [view]);

  useEffect(() => {
    const marks = marksOf(differences ?? []);
    decorations.set("publishing", new Map([...marks].map(([key, mark]) => [key, { mark }])));
    const gone = [...marks].flatMap(([key, mark]) => (mark === "removed" ? [key] : []));
    decorations.ghosts.set({ steps: before ? stepsOf(before.document, gone) : {} });
  }, [decorations, differences, before]);

  useEffect(() => decorations.set("replay", marks ?? new Map()), [decorations, marks]);

  const jumpTo = useCallback(
    (step: string) => {
      const place = view.place(step);
      if (!place) return;
      view.select([step]);
      const { x, y, width, height } = place;
      void surface.setCenter(x + width / 2, y + height / 2, { zoom: Math.max(surface.getZoom(), 0.7), duration: 200 });
    },
    [view, surface],
  );
  useEffect(() => {
    if (wanted) jumpTo(wanted.step);
  }, [wanted, jumpTo]);

  const canvas = useMemo<Canvas>(
    () => ({
      flow,
      drawing,
      looks,
      view,
      decorations,
      connection: null,
      mayDraw: false,
      panel: new Watched<string | null>(null),
      jumpTo,
      add: () => {},
      askToAdd: () => {},
      announce: () => {},
      titleOf: (step) => drawing.step(step)?.title ?? step,
    }),
    [flow, drawing, looks, view, decorations, jumpTo],
  );
  return (
    <CanvasContext value={canvas}>
      <DecorationsContext value={decorations}>
        <div className={`${canvasClasses.root} ${classes.surface}`}>
          <Surface dark={dark} minimap={false} />
        </div>
      </DecorationsContext>
    </CanvasContext>
  );
}

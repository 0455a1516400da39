/** The drawing surface: React Flow with our cards and arrows, and what pointers and keys do on it. */
import {
  Background,
  Controls,
  type FinalConnectionState,
  type Connection as Joined,
  MiniMap,
  type OnConnectEnd,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  type Viewport,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { type PointerEvent, useCallback, useEffect, useMemo, useRef } from "react";
import { useTexts } from "../texts";
import { Arrow } from "./Arrow";
import { useCanvas, useWatched } from "./canvas";
import classes from "./canvas.module.css";
import { useKinds } from "./kinds";
import type { ArrowEdge, Card } from "./model/view";
import { NoteCard } from "./NoteCard";
import { Pointers } from "./Others";
import { StepCard } from "./StepCard";
import { canvasTexts } from "./texts";

const CARDS = { step: StepCard, note: NoteCard };
const ARROWS = { arrow: Arrow };
const FIT = { padding: 0.12, maxZoom: 1, minZoom: 0.25 };
const HIDDEN = { hideAttribution: true };
const MARKER = { markerEnd: { type: "arrowclosed", width: 18, height: 18 } } as const;
/** The smallest zoom at which titles and lines are read with ease. */
const READABLE = 0.7;
const SNAP: [number, number] = [10, 10];

const HUES: Record<string, string> = { talk: "var(--talk)", decide: "var(--decide)", connect: "var(--connect)" };

export function Surface({ dark, minimap }: { dark: boolean; minimap: boolean }) {
  const t = useTexts(canvasTexts);
  const canvas = useCanvas();
  const kinds = useKinds();
  const { view, drawing, mayDraw, connection, askToAdd } = canvas;
  const cards = useWatched(view.cards);
  const arrows = useWatched(view.arrows);
  const { screenToFlowPosition } = useReactFlow();
  const root = useRef<HTMLDivElement>(null);

  /** Everything, where it is large enough to be read so; otherwise where calls begin. */
  const begin = useCallback(
    (flow: { setViewport: (viewport: Viewport) => unknown }) => {
      const box = root.current?.getBoundingClientRect();
      const all = view.bounds();
      if (!box || !all) return;
      const zoom = Math.min(box.width / (all.width + 120), box.height / (all.height + 160), 1);
      const start = view.place(view.current.get() ?? "");
      if (zoom >= READABLE || !start) {
        const at = { x: all.x + all.width / 2, y: all.y + all.height / 2 };
        flow.setViewport({ x: box.width / 2 - at.x * zoom, y: box.height / 2 - at.y * zoom, zoom });
      } else {
        const at = { x: start.x - 60, y: start.y + start.height / 2 };
        flow.setViewport({ x: -at.x * READABLE, y: box.height / 2 - at.y * READABLE, zoom: READABLE });
      }
    },
    [view],
  );

  const moved = useCallback(
    (_: unknown, __: unknown, dragged: Card[]) => {
      drawing.apart();
      drawing.move(new Map(dragged.map(({ id, position }) => [id, position])));
    },
    [drawing],
  );

  const connect = useCallback(
    ({ source, sourceHandle, target }: Joined) => {
      if (!sourceHandle || !drawing.isStep(target)) return;
      drawing.apart();
      drawing.connect(source, sourceHandle, target);
      canvas.announce(t.connected(canvas.titleOf(source), canvas.titleOf(target)));
    },
    [drawing, canvas, t],
  );

  /** An arrow drawn to a card counts wherever on the card it ends; drawn into the open, it asks for a step there. */
  const connectEnd = useCallback<OnConnectEnd>(
    (event, { isValid, fromNode, fromHandle }: FinalConnectionState) => {
      if (isValid || !fromNode || fromHandle?.type !== "source" || !fromHandle.id) return;
      const { clientX: x, clientY: y } =
        "changedTouches" in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event;
      const target = document.elementFromPoint(x, y)?.closest("[data-step]")?.getAttribute("data-step");
      if (target === fromNode.id && !event.shiftKey) return;
      if (target) connect({ source: fromNode.id, sourceHandle: fromHandle.id, target, targetHandle: null });
      else if (document.elementFromPoint(x, y)?.closest(".react-flow__pane")) {
        const at = screenToFlowPosition({ x, y });
        askToAdd({ at: { x: at.x, y: at.y - 30 }, after: { step: fromNode.id, exit: fromHandle.id } });
      }
    },
    [connect, askToAdd, screenToFlowPosition],
  );

  const reconnect = useCallback(
    (old: ArrowEdge, { source, sourceHandle, target }: Joined) => {
      if (!sourceHandle) return;
      drawing.apart();
      drawing.change(() => {
        if (source !== old.source || sourceHandle !== old.sourceHandle) drawing.disconnect([old.id]);
        drawing.connect(source, sourceHandle, target);
      });
    },
    [drawing],
  );

  const pointed = useCallback(
    ({ clientX, clientY }: PointerEvent) => {
      if (!connection || connection.people.get().length < 2) return;
      const { x, y } = screenToFlowPosition({ x: clientX, y: clientY }, { snapToGrid: false });
      connection.at({ pointer: { x: Math.round(x), y: Math.round(y) } });
    },
    [connection, screenToFlowPosition],
  );

  useEffect(() => {
    if (!connection) return;
    const drag = () => view.setAway(connection.draggedByOthers());
    drag();
    const watching = [
      view.selection.watch(() => connection.at({ selected: view.selectedCards() })),
      view.dragged.watch(() => connection.drags(view.dragged.get())),
      connection.people.watch(drag),
    ];
    return () => {
      for (const end of watching) end();
    };
  }, [connection, view]);

  const labels = useMemo(
    () => ({
      "controls.ariaLabel": t.view,
      "controls.zoomIn.ariaLabel": t.zoomIn,
      "controls.zoomOut.ariaLabel": t.zoomOut,
      "controls.fitView.ariaLabel": t.fit,
      "minimap.ariaLabel": t.minimap,
      "handle.ariaLabel": t.wayOut,
    }),
    [t],
  );

  const hue = useMemo(
    () => (card: Card) =>
      card.type === "note"
        ? "var(--note-edge)"
        : (HUES[kinds.byName.get(String(card.data.kind))?.family ?? ""] ?? "var(--shape)"),
    [kinds],
  );

  return (
    <div
      ref={root}
      className={classes.surface}
      onPointerMove={pointed}
      onPointerLeave={() => connection?.at({ pointer: null })}
    >
      <ReactFlow<Card, ArrowEdge>
        aria-label={t.canvas}
        nodes={cards}
        edges={arrows}
        nodeTypes={CARDS}
        edgeTypes={ARROWS}
        onNodesChange={view.onCardsChange}
        onEdgesChange={view.onArrowsChange}
        onNodeDragStop={moved}
        onSelectionDragStop={(event, dragged) => moved(event, null, dragged)}
        onConnect={connect}
        onConnectEnd={connectEnd}
        onReconnect={reconnect}
        onEdgeMouseEnter={(_, arrow) => view.hovered.set(arrow.id)}
        onEdgeMouseLeave={() => view.hovered.set(null)}
        onNodeDoubleClick={(_, card) => card.type === "step" && canvas.jumpTo(card.id, "")}
        nodesDraggable={mayDraw}
        nodesConnectable={mayDraw}
        edgesReconnectable={mayDraw}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={["Control", "Meta"]}
        selectionMode={SelectionMode.Partial}
        connectionRadius={28}
        snapToGrid
        snapGrid={SNAP}
        minZoom={0.08}
        maxZoom={1.8}
        onInit={begin}
        defaultEdgeOptions={MARKER}
        colorMode={dark ? "dark" : "light"}
        ariaLabelConfig={labels}
        proOptions={HIDDEN}
        elevateEdgesOnSelect
        onlyRenderVisibleElements
      >
        <Background gap={20} size={1.5} />
        <Controls showInteractive={false} position="bottom-left" fitViewOptions={FIT} />
        {minimap && <MiniMap<Card> pannable zoomable nodeColor={hue} ariaLabel={t.minimap} position="bottom-right" />}
        {connection && <Pointers connection={connection} />}
      </ReactFlow>
    </div>
  );
}

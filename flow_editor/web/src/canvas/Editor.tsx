/** The canvas with everything around it: palette, form, panels, dialogs, keys. */
import {
  ActionIcon,
  Button,
  Loader,
  Paper,
  Stack,
  Text,
  Title,
  useComputedColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useReactFlow } from "@xyflow/react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNotices } from "../shared/notices";
import { useLanguage, useTexts } from "../texts";
import { AddDialog } from "./AddDialog";
import { ConnectDialog } from "./ConnectDialog";
import { type Canvas, CanvasContext, type Place, useCanvas, useFacts, useWatched } from "./canvas";
import classes from "./canvas.module.css";
import { commandsFor, type Deeds } from "./commands";
import { Finder } from "./Finder";
import { Header } from "./Header";
import { HelpSheet } from "./HelpSheet";
import { Inspector, type Wanted } from "./Inspector";
import { useKinds } from "./kinds";
import type { Connection } from "./model/connection";
import { Decorations, DecorationsContext } from "./model/decorations";
import type { Point } from "./model/drawing";
import { Watched } from "./model/keyed";
import { CARD, View } from "./model/view";
import { Palette } from "./Palette";
import { Problems } from "./Problems";
import { SIDE_PANELS } from "./panels";
import { Surface } from "./Surface";
import { canvasTexts } from "./texts";
import { useClipboard } from "./useClipboard";
import { useKeys } from "./useKeys";

const CommandPalette = lazy(() => import("./CommandPalette"));

type Dialog = { is: "add"; place: Place } | { is: "connect"; step: string } | { is: "find" | "help" | "commands" };

export function Editor({ connection }: { connection: Connection }) {
  const t = useTexts(canvasTexts);
  const language = useLanguage();
  const notices = useNotices();
  const kinds = useKinds();
  const flow = useReactFlow();
  const mayDraw = useWatched(connection.mayDraw);
  const dark = useComputedColorScheme("light") === "dark";
  const roomy = useMediaQuery("(min-width: 80em)", true, { getInitialValueInEffect: false });
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [said, announce] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const { drawing, looks } = connection;

  // In another language they are other objects, and the same kinds.
  const known = useRef(kinds);
  known.current = kinds;
  const held = useMemo(() => {
    const view = new View(drawing, looks, { get: (kind) => known.current.byName.get(kind) });
    const decorations = new Decorations();
    decorations.ghosts.watch(() => view.setGhosts(decorations.ghosts.get()));
    return { view, decorations, panel: new Watched<string | null>(null), wanted: new Watched<Wanted | null>(null) };
  }, [drawing, looks]);
  const { view, decorations, panel, wanted } = held;
  useEffect(() => view.follow(), [view]);

  const titleOf = useCallback(
    (step: string) => {
      const { title, kind } = drawing.named(step);
      return title || kinds.byName.get(kind)?.title || t.unknownKind;
    },
    [drawing, kinds, t],
  );

  const bring = useCallback(
    (step: string) => {
      const place = view.place(step);
      if (!place) return;
      const { width, height } = place;
      const zoom = Math.max(flow.getZoom(), 0.7);
      void flow.setCenter(place.x + width / 2, place.y + height / 2, { zoom, duration: 200 });
    },
    [flow, view],
  );

  const focusStep = useCallback((step: string) => {
    // A card that was out of sight is drawn while the view glides there; a dialog keeps the cursor until it has closed.
    let frames = 60;
    function look() {
      const found = root.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(step)}"]`);
      const closing = frames > 0 && document.querySelector('[role="dialog"]');
      if (found && !closing) found.focus({ preventScroll: true });
      else if (frames-- > 0) requestAnimationFrame(look);
    }
    requestAnimationFrame(() => requestAnimationFrame(look));
  }, []);

  const jumpTo = useCallback(
    (step: string, setting?: string | null) => {
      if (!drawing.isStep(step)) {
        bring(step); // it is gone, and perhaps still shown as that
        return;
      }
      view.select([step]);
      view.current.set(step);
      bring(step);
      if (setting === undefined || setting === null) focusStep(step);
      else {
        panel.set(null);
        wanted.set({ step, setting });
      }
    },
    [drawing, view, panel, wanted, bring, focusStep],
  );

  const middle = useCallback((): Point => {
    const box = root.current?.querySelector(".react-flow")?.getBoundingClientRect();
    const [x, y] = box ? [box.left + box.width / 2, box.top + box.height / 2] : [0, 0];
    const at = flow.screenToFlowPosition({ x, y });
    return { x: at.x - CARD.width / 2, y: at.y - CARD.height / 2 };
  }, [flow]);

  const add = useCallback(
    (name: string, place: Place) => {
      const kind = kinds.byName.get(name);
      if (!kind || !mayDraw) return;
      const exits = kind.fields["x-exits"] ?? [];
      drawing.apart();
      const id = drawing.change(() => {
        const step = drawing.addStep(name, whereFor(place), kind.title);
        if (place.onArrow) drawing.leadThrough(place.onArrow, step, exits[0]?.name);
        if (place.after) {
          const exit = place.after.exit ?? freeExit(place.after.step);
          if (exit !== undefined) drawing.connect(place.after.step, exit, step);
        }
        return step;
      });
      view.select([id]);
      view.current.set(id);
      announce(t.added(titleOf(id)));
      if (!place.at) bring(id);
      focusStep(id);

      function whereFor({ at, after, onArrow }: Place): Point {
        if (at) return onArrow ? at : view.freePlace(at);
        const from = after?.step ?? onArrow?.split("/")[0];
        const beside = from === undefined ? undefined : view.place(from);
        return view.freePlace(beside ? { x: beside.x + beside.width + 84, y: beside.y } : middle());
      }

      /** The first way out of a step that an arrow is to leave by and does not yet. */
      function freeExit(step: string): string | undefined {
        const born = kinds.byName.get(drawing.step(step)?.kind ?? "")?.fields["x-exits"] ?? [];
        const known = looks.nodes.get(step)?.exits ?? born;
        const free = known.filter((exit) => !drawing.edges.has(`${step}/${exit.name}`));
        return (free.find((exit) => exit.undrawn === "problem") ?? free.find((exit) => exit.undrawn === "hang_up"))
          ?.name;
      }
    },
    [drawing, looks, view, kinds, mayDraw, middle, bring, focusStep, titleOf, t],
  );

  /** Behind the one step that is selected, or in the middle of what is seen. */
  const afterSelected = useCallback((): Place => {
    const { steps } = view.selection.get();
    const only = steps.length === 1 ? steps[0] : undefined;
    return only ? { after: { step: only } } : {};
  }, [view]);

  const canvas = useMemo<Canvas>(
    () => ({
      flow: connection.flow,
      drawing,
      looks,
      view,
      decorations,
      connection,
      mayDraw,
      panel,
      jumpTo,
      add: (kind, place) => add(kind, place.at || place.after || place.onArrow ? place : afterSelected()),
      askToAdd: (place) => setDialog({ is: "add", place }),
      announce,
      titleOf,
    }),
    [connection, drawing, looks, view, decorations, mayDraw, panel, jumpTo, add, afterSelected, titleOf],
  );

  const deeds: Deeds = {
    undo: () => drawing.undoing.undo(),
    redo: () => drawing.undoing.redo(),
    remove() {
      const { arrows } = view.selection.get();
      const cards = view.selectedCards();
      if (!arrows.length && !cards.length) return;
      drawing.apart();
      drawing.change(() => {
        drawing.disconnect(arrows);
        drawing.remove(cards);
      });
      announce(t.removed(arrows.length + cards.length));
      root.current?.querySelector<HTMLElement>("[data-step][tabindex='0']")?.focus({ preventScroll: true });
    },
    duplicate() {
      const cards = view.selectedCards();
      const places = cards.flatMap((id) => view.place(id) ?? []);
      if (!places.length) return;
      drawing.apart();
      const at = {
        x: Math.min(...places.map(({ x }) => x)) + 40,
        y: Math.max(...places.map(({ y, height }) => y + height)) + 40,
      };
      const made = drawing.paste(drawing.fragment(cards), at);
      view.select(made);
      announce(t.pasted(made.length));
    },
    selectAll: () => view.selectAll(),
    async tidy() {
      const { tidied } = await import("./tidy");
      drawing.apart();
      drawing.move(tidied(drawing, view, view.selection.get().steps));
      drawing.apart();
      notices.saved(t.tidied, () => drawing.undoing.undo());
      requestAnimationFrame(() => void flow.fitView({ padding: 0.12, maxZoom: 1, duration: 200 }));
    },
    addNote() {
      drawing.apart();
      const id = drawing.addNote(view.freePlace(middle()));
      view.select([id]);
      requestAnimationFrame(() =>
        requestAnimationFrame(() => root.current?.querySelector<HTMLElement>(`[data-note="${id}"] textarea`)?.focus()),
      );
    },
    addStep: () => setDialog({ is: "add", place: afterSelected() }),
    connect() {
      const step = view.selection.get().steps[0] ?? view.current.get();
      if (step) setDialog({ is: "connect", step });
    },
    find: () => setDialog({ is: "find" }),
    commands: () => setDialog({ is: "commands" }),
    help: () => setDialog({ is: "help" }),
    problems: () => panel.set(panel.get() === "problems" ? null : "problems"),
    fit: () => void flow.fitView({ padding: 0.12, maxZoom: 1, duration: 200 }),
    zoomIn: () => void flow.zoomIn({ duration: 150 }),
    zoomOut: () => void flow.zoomOut({ duration: 150 }),
  };
  const commands = commandsFor(deeds);
  useKeys({ root, canvas, commands, focusStep, bring, edit: (step) => jumpTo(step, "") });
  useClipboard({ root, canvas, middle });

  const opened = useWatched(panel);
  const selection = useWatched(view.selection);
  const side = SIDE_PANELS.find(({ id }) => id === opened);
  const form = opened === null && (roomy || selection.steps.length > 0);
  const [dismissed, dismiss] = useState<string | null>(null);
  const selected = selection.steps.join();

  return (
    <CanvasContext value={canvas}>
      <DecorationsContext value={decorations}>
        <div className={classes.root} ref={root}>
          <TabTitle />
          <VisuallyHidden>
            <p>{t.canvasHelp}</p>
            <div aria-live="polite">{said}</div>
          </VisuallyHidden>
          <Header
            connection={connection}
            roomy={roomy}
            commands={commands}
            run={(id) => commands.find((one) => one.id === id)?.run()}
          />
          <div className={classes.body}>
            {mayDraw && roomy && <Palette />}
            <div className={classes.surface} data-surface>
              <Surface dark={dark} minimap={roomy} />
              <EmptyFlow add={() => deeds.addStep()} />
            </div>
            {opened === "problems" && (
              <Side title={t.problems} onClose={() => panel.set(null)}>
                <Problems />
              </Side>
            )}
            {side && (
              <Side title={side.title[language]} onClose={() => panel.set(null)}>
                <Suspense fallback={<Loader m="md" />}>
                  <side.Show />
                </Suspense>
              </Side>
            )}
            {form && (roomy || dismissed !== selected) && (
              <aside className={classes.side} aria-label={t.editStep}>
                {!roomy && (
                  <div className={classes.sideHead}>
                    <Text fw={650}>{t.editStep}</Text>
                    <ActionIcon aria-label={t.close} onClick={() => dismiss(selected)}>
                      <IconX size={20} aria-hidden />
                    </ActionIcon>
                  </div>
                )}
                <Inspector wanted={wanted} duplicate={deeds.duplicate} remove={deeds.remove} />
              </aside>
            )}
          </div>
        </div>
        <AddDialog
          place={dialog?.is === "add" ? dialog.place : null}
          titleOf={titleOf}
          onClose={() => setDialog(null)}
          onChoose={(kind, place) => {
            setDialog(null);
            add(kind.kind, place);
          }}
        />
        <ConnectDialog step={dialog?.is === "connect" ? dialog.step : null} onClose={() => setDialog(null)} />
        <Finder opened={dialog?.is === "find"} onClose={() => setDialog(null)} />
        <HelpSheet opened={dialog?.is === "help"} onClose={() => setDialog(null)} commands={commands} />
        {dialog?.is === "commands" && (
          <Suspense fallback={null}>
            <CommandPalette
              commands={commands}
              more={SIDE_PANELS.map(({ id, title }) => ({ id, label: title[language], run: () => panel.set(id) }))}
              onClose={() => setDialog((now) => (now?.is === "commands" ? null : now))}
            />
          </Suspense>
        )}
      </DecorationsContext>
    </CanvasContext>
  );
}

function TabTitle() {
  const t = useTexts(canvasTexts);
  const { name } = useFacts();
  useDocumentTitle(t.flowIs(name));
  return null;
}

function Side({ title, onClose, children }: { title: string; onClose: () => void; children: React.ReactNode }) {
  const t = useTexts(canvasTexts);
  return (
    <aside className={classes.side} aria-label={title}>
      <div className={classes.sideHead}>
        <Title order={2} size="h3">
          {title}
        </Title>
        <ActionIcon aria-label={t.close} onClick={onClose}>
          <IconX size={20} aria-hidden />
        </ActionIcon>
      </div>
      <div className={classes.sideBody}>{children}</div>
    </aside>
  );
}

function EmptyFlow({ add }: { add: () => void }) {
  const t = useTexts(canvasTexts);
  const { view, mayDraw } = useCanvas();
  if (useWatched(view.steps).length || !mayDraw) return null;
  return (
    <div className={classes.empty}>
      <Paper withBorder p="xl" radius="lg">
        <Stack align="center" ta="center">
          <Title order={2}>{t.emptyTitle}</Title>
          <Text c="dimmed">{t.emptyHelp}</Text>
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>
            {t.addStep}
          </Button>
        </Stack>
      </Paper>
    </div>
  );
}

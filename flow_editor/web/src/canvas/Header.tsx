/** Above the canvas: the flow's name, what callers hear now, whether everything is saved, who else is here, and what can be done. */
import { ActionIcon, Badge, Button, Group, Menu, Text, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconCheck,
  IconCloudOff,
  IconDots,
  IconLoader2,
  IconPlus,
  IconSearch,
} from "@tabler/icons-react";
import { Suspense, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { useSession } from "../accounts/session";
import { useSentence } from "../shared/Problem";
import { useFormats, useLanguage, useTexts } from "../texts";
import { useCanvas, useFacts, useWatched } from "./canvas";
import classes from "./canvas.module.css";
import { type Command, IS_MAC, written } from "./commands";
import type { Connection } from "./model/connection";
import { PeopleHere } from "./Others";
import { HEADER_ACTIONS, SIDE_PANELS } from "./panels";
import { canvasTexts } from "./texts";

export interface HeaderProps {
  connection: Connection;
  /** Whether there is room for the list of steps beside the canvas. */
  roomy: boolean;
  commands: readonly Command[];
  run: (id: string) => void;
}

const IN_MENU = new Set(["commands", "find", "tidy", "note", "selectAll", "fit", "help", "duplicate"]);

export function Header({ connection, roomy, commands, run }: HeaderProps) {
  const t = useTexts(canvasTexts);
  const language = useLanguage();
  const { drawing, mayDraw, panel, looks } = useCanvas();
  const { permissions } = useSession();
  const facts = useFacts();
  const opened = useWatched(panel);
  const problems = useWatched(looks.problems);
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const can = useUndoable();

  return (
    <header className={classes.header}>
      <Link href="/flows" className={classes.back} aria-label={t.back} title={t.back}>
        ‹
      </Link>
      <div>
        <input
          className={classes.name}
          aria-label={t.flowName}
          value={facts.name}
          maxLength={200}
          readOnly={!mayDraw}
          onChange={(event) => drawing.setFacts({ name: event.currentTarget.value })}
        />
        <Strip />
      </div>
      <div className={classes.spacer} />
      <SaveState connection={connection} />
      <PeopleHere connection={connection} />
      <Group gap={2}>
        {mayDraw && (
          <>
            {!roomy && (
              <Button
                size="compact-md"
                variant="light"
                leftSection={<IconPlus size={18} aria-hidden />}
                onClick={() => run("add")}
              >
                {t.addStep}
              </Button>
            )}
            <Tooltip label={`${t.undo} (${written("mod+z", IS_MAC)})`}>
              <ActionIcon aria-label={t.undo} disabled={!can.undo} onClick={() => run("undo")}>
                <IconArrowBackUp size={20} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={`${t.redo} (${written("mod+y", IS_MAC)})`}>
              <ActionIcon aria-label={t.redo} disabled={!can.redo} onClick={() => run("redo")}>
                <IconArrowForwardUp size={20} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </>
        )}
        <Tooltip label={`${t.find} (${written("mod+f", IS_MAC)})`}>
          <ActionIcon aria-label={t.find} onClick={() => run("find")}>
            <IconSearch size={20} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={t.more}>
              <IconDots size={20} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {commands
              .filter(({ id, draws }) => IN_MENU.has(id) && (mayDraw || !draws))
              .map((command) => (
                <Menu.Item
                  key={command.id}
                  onClick={command.run}
                  rightSection={
                    <Text size="xs" c="dimmed">
                      {written(command.keys[0] ?? "", IS_MAC)}
                    </Text>
                  }
                >
                  {t[command.text]}
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
        <Button
          size="compact-md"
          variant={opened === "problems" ? "light" : "subtle"}
          color={errors ? "red" : problems.length ? "yellow" : "gray"}
          c={errors ? "var(--red)" : problems.length ? "var(--amber)" : "var(--mantine-color-text)"}
          aria-pressed={opened === "problems"}
          leftSection={<IconAlertTriangle size={18} aria-hidden />}
          onClick={() => panel.set(opened === "problems" ? null : "problems")}
        >
          {problems.length ? t.problemCount(problems.length) : t.problems}
        </Button>
        {SIDE_PANELS.filter(({ needs, byAction }) => !byAction && (!needs || permissions.includes(needs))).map(
          ({ id, icon: Picture, title }) => (
            <Tooltip key={id} label={title[language]}>
              <ActionIcon
                aria-label={title[language]}
                aria-pressed={opened === id}
                variant={opened === id ? "light" : "subtle"}
                onClick={() => panel.set(opened === id ? null : id)}
              >
                <Picture size={20} aria-hidden />
              </ActionIcon>
            </Tooltip>
          ),
        )}
        <Suspense fallback={null}>
          {HEADER_ACTIONS.filter(({ needs }) => !needs || permissions.includes(needs)).map(({ id, Show }) => (
            <Show key={id} />
          ))}
        </Suspense>
      </Group>
    </header>
  );
}

/** What callers hear now, always. */
function Strip() {
  const t = useTexts(canvasTexts);
  const formats = useFormats();
  const { looks } = useCanvas();
  const standing = useWatched(looks.standing);
  if (!standing) return null;
  const { live, changed, base } = standing;
  const different = changed || (live !== null && base !== live.id);
  const version = live ? formats.number(live.number) : "";
  return (
    <div className={classes.strip} data-state={!live ? "never" : different ? "different" : "same"} role="status">
      <span className={classes.dot} aria-hidden />
      {!live ? t.neverLive : different ? t.liveDifferent(version) : t.liveSame(version)}
    </div>
  );
}

function SaveState({ connection }: { connection: Connection }) {
  const t = useTexts(canvasTexts);
  const sentence = useSentence();
  const saving = useWatched(connection.saving);
  const mayDraw = useWatched(connection.mayDraw);
  if (saving.state === "refused") {
    return (
      <Group gap="xs" role="alert">
        <Text size="sm" c="var(--red)" maw={320}>
          {t.refused}: {sentence(saving.error)}
        </Text>
        <Button size="compact-sm" variant="default" onClick={() => location.reload()}>
          {t.reload}
        </Button>
      </Group>
    );
  }
  if (!mayDraw && saving.state === "saved") {
    return (
      <Text size="sm" c="dimmed">
        {t.readOnly}
      </Text>
    );
  }
  const signs = { opening: IconLoader2, saved: IconCheck, saving: IconLoader2, kept: IconCloudOff, gone: IconCloudOff };
  const Sign = signs[saving.state];
  if (saving.state === "kept") {
    return (
      <Badge
        color="yellow"
        variant="filled"
        autoContrast
        size="lg"
        tt="none"
        fw={600}
        maw={420}
        role="status"
        leftSection={<Sign size={16} aria-hidden />}
        title={t.kept}
      >
        {t.kept}
      </Badge>
    );
  }
  return (
    <Tooltip label={t[saving.state]}>
      <Group gap={4} wrap="nowrap" role="status" data-saving={saving.state}>
        <Sign size={18} aria-hidden />
        <Text size="sm" c="dimmed" visibleFrom="lg">
          {t[saving.state]}
        </Text>
      </Group>
    </Tooltip>
  );
}

function useUndoable(): { undo: boolean; redo: boolean } {
  const { undoing } = useCanvas().drawing;
  const found = useSyncExternalStore(
    (callback) => {
      const events = ["stack-item-added", "stack-item-popped", "stack-cleared"] as const;
      for (const event of events) undoing.on(event, callback);
      return () => {
        for (const event of events) undoing.off(event, callback);
      };
    },
    () => (undoing.canUndo() ? 1 : 0) + (undoing.canRedo() ? 2 : 0),
  );
  return { undo: (found & 1) === 1, redo: (found & 2) === 2 };
}

/** Beside the canvas: the flow's rehearsals, whether each ends as expected and why not, and the form to change one. */
import { ActionIcon, Button, Collapse, Group, Menu, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCircleDashed, IconDots, IconPlayerPlay, IconPlus, IconX } from "@tabler/icons-react";
import { useEffect, useId, useState } from "react";
import { useCanvas } from "../canvas/canvas";
import { Said } from "../publishing/Said";
import { useNotices } from "../shared/notices";
import { useFormats, useTexts } from "../texts";
import type { Kept } from "./model";
import { RehearsalForm } from "./RehearsalForm";
import classes from "./rehearsals.module.css";
import { rehearsalTexts } from "./texts";
import { type Ran, useChangeRehearsals, useRehearsals, useRunning } from "./useRehearsals";

export default function RehearsalsPanel() {
  const t = useTexts(rehearsalTexts);
  const formats = useFormats();
  const { mayDraw, decorations } = useCanvas();
  const all = useRehearsals();
  const { put } = useChangeRehearsals();
  const { results, run, busy } = useRunning();
  const [editing, edit] = useState<string | "new" | null>(null);
  const [shown, show] = useState<string | null>(null);
  const open = all.find(([id]) => id === editing);
  useWay(shown === null ? undefined : results.byId.get(shown));
  useEffect(() => () => decorations.set("rehearsals", new Map()), [decorations]);

  if (editing === "new" || open) {
    return (
      <RehearsalForm
        kept={open?.[1]}
        close={() => edit(null)}
        save={(kept, andRun) => {
          const id = put(open?.[0] ?? null, kept);
          edit(null);
          if (andRun) void run({ [id]: kept });
        }}
      />
    );
  }
  const ran = all.flatMap(([id]) => results.byId.get(id) ?? []);
  const passed = ran.filter((one) => one.passed).length;
  return (
    <Stack p="md" gap="sm">
      <Text size="sm" c="dimmed">
        {mayDraw ? t.help : t.readOnly}
      </Text>
      <Group gap="xs">
        {all.length > 0 && (
          <Button
            size="compact-md"
            loading={busy}
            leftSection={<IconPlayerPlay size={18} aria-hidden />}
            onClick={() => void run()}
          >
            {t.runAll}
          </Button>
        )}
        {mayDraw && (
          <Button
            size="compact-md"
            variant={all.length ? "default" : "filled"}
            leftSection={<IconPlus size={18} aria-hidden />}
            onClick={() => edit("new")}
          >
            {t.add}
          </Button>
        )}
      </Group>
      {results.milliseconds !== null && ran.length > 0 && (
        <Text role="status" size="sm" fw={600} className={passed === ran.length ? classes.passed : classes.failed}>
          {t.ranAll(passed, ran.length, formats.number(results.milliseconds, { maximumFractionDigits: 0 }))}
        </Text>
      )}
      {all.length === 0 && (
        <Said kind="info" title={t.none}>
          {t.noneHelp}
        </Said>
      )}
      <ul className={classes.list}>
        {all.map(([id, kept]) => (
          <Item
            key={id}
            id={id}
            kept={kept}
            ran={results.byId.get(id)}
            run={() => void run({ [id]: kept })}
            edit={() => edit(id)}
            shown={shown === id}
            show={() => show(shown === id ? null : id)}
          />
        ))}
      </ul>
    </Stack>
  );
}

/** The way of one rehearsal, lit on the canvas. */
function useWay(ran: Ran | undefined): void {
  const { decorations } = useCanvas();
  useEffect(() => {
    const lit = new Map<string, { lit: "path" | "now" }>();
    const own = ran?.path.filter((step) => step.own) ?? [];
    for (const { node, exit } of own) {
      lit.set(node, { lit: "path" });
      if (exit) lit.set(`${node}/${exit}`, { lit: "path" });
    }
    const last = own.at(-1);
    if (last) lit.set(last.node, { lit: "now" });
    decorations.set("rehearsals", lit);
  }, [ran, decorations]);
}

interface ItemProps {
  id: string;
  kept: Kept;
  ran: Ran | undefined;
  run: () => void;
  edit: () => void;
  shown: boolean;
  show: () => void;
}

function Item({ id, kept, ran, run, edit, shown, show }: ItemProps) {
  const t = useTexts(rehearsalTexts);
  const notices = useNotices();
  const { mayDraw } = useCanvas();
  const { put, remove } = useChangeRehearsals();
  const region = useId();
  const title = (typeof kept.title === "string" && kept.title.trim()) || t.untitled;
  return (
    <li className={classes.item}>
      <Group wrap="nowrap" gap="xs" align="flex-start">
        <Sign ran={ran} />
        <UnstyledButton
          className={classes.words}
          flex={1}
          onClick={show}
          aria-expanded={shown}
          aria-controls={region}
          disabled={!ran}
        >
          <Text size="sm" fw={600}>
            {title}
          </Text>
          {ran && !ran.passed && (
            <Stack gap={2}>
              {ran.why.map((why) => (
                <Text key={why} size="sm" className={classes.words}>
                  {why}
                </Text>
              ))}
            </Stack>
          )}
        </UnstyledButton>
        <ActionIcon aria-label={t.run(title)} onClick={run}>
          <IconPlayerPlay size={18} aria-hidden />
        </ActionIcon>
        {mayDraw && (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon aria-label={t.more(title)}>
                <IconDots size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={edit}>{t.edit(title)}</Menu.Item>
              <Menu.Item onClick={() => put(null, { ...kept, title: t.copyOf(title) })}>{t.duplicate}</Menu.Item>
              <Menu.Item onClick={() => notices.deleted(title, remove(id))}>{t.remove}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
      <div id={region}>
        <Collapse expanded={shown && ran !== undefined}>{ran && <Details ran={ran} />}</Collapse>
      </div>
    </li>
  );
}

function Sign({ ran }: { ran: Ran | undefined }) {
  const t = useTexts(rehearsalTexts);
  if (!ran) return <IconCircleDashed size={20} role="img" aria-label={t.notRun} />;
  if (ran.passed) return <IconCheck size={20} role="img" aria-label={t.passed} className={classes.passed} />;
  return <IconX size={20} role="img" aria-label={t.failed} className={classes.failed} />;
}

function Details({ ran }: { ran: Ran }) {
  const t = useTexts(rehearsalTexts);
  const formats = useFormats();
  return (
    <Stack gap={4} pt="xs">
      <Title order={3} size="h5">
        {t.way}
      </Title>
      <Text size="sm" className={classes.words}>
        {ran.path.map((step) => step.title).join(" → ")}
      </Text>
      {ran.reached.length > 0 && <Text size="sm">{t.reached(formats.list(ran.reached))}</Text>}
      {ran.end_text && <Text size="sm">{t.end(ran.end_text)}</Text>}
      {ran.heard.length > 0 && (
        <>
          <Title order={3} size="h5">
            {t.heard}
          </Title>
          {ran.heard
            .filter((one) => one.text)
            .map((one) => (
              <Text key={`${one.seconds} ${one.text}`} size="sm" c="dimmed" lang={one.language}>
                {formats.duration(one.seconds)} {one.text}
              </Text>
            ))}
        </>
      )}
    </Stack>
  );
}

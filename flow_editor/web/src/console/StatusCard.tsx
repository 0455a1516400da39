/** What I am doing, since when, and what I can do about it; and which phone is rung. */
import { Alert, Button, Group, Menu, Paper, Progress, Select, Stack, Text, Title } from "@mantine/core";
import { IconChevronDown, IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import { useNotices } from "../shared/notices";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import classes from "./console.module.css";
import { become, type Console, ringOn, type Status, useSeconds } from "./data";
import { consoleTexts } from "./texts";

const LOOKS: Record<Status["mode"], "good" | "bad" | "attention" | "plain"> = {
  signed_out: "plain",
  available: "good",
  offered: "attention",
  talking: "good",
  wrap_up: "attention",
  paused: "plain",
  set_aside: "bad",
  busy: "plain",
};

export function StatusCard({ now }: { now: Console }) {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  const { status } = now;
  const since = useSeconds(status.since);
  return (
    <Paper withBorder radius="lg" p="lg" component="section" aria-labelledby="my-status">
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <Stack gap={4}>
            <Title order={2} id="my-status">
              {t.status}
            </Title>
            <Group gap="sm">
              <div role="status">
                <Tag look={LOOKS[status.mode]}>
                  {status.words}
                  {status.reason && `: ${status.reason}`}
                </Tag>
              </div>
              {status.mode !== "signed_out" && (
                <Text className={classes.clock}>{t.since(formats.duration(since))}</Text>
              )}
              {status.calls > 0 && <Text c="dimmed">{t.today(status.calls)}</Text>}
            </Group>
          </Stack>
          <Buttons now={now} />
        </Group>
        {status.told && (
          <Alert color="yellow" icon={<IconInfoCircle aria-hidden />} title={status.told} role="alert">
            {status.mode === "set_aside" ? t.toldAside : t.toldOnly}
          </Alert>
        )}
        {status.mode === "wrap_up" && <Left status={status} />}
        <Chosen status={status} />
        <Phones now={now} />
      </Stack>
    </Paper>
  );
}

/** Something done to my own state: one at a time, and what went wrong is said. */
function useDoing() {
  const notices = useNotices();
  const [busy, setBusy] = useState(false);
  async function doing(work: Promise<void>) {
    setBusy(true);
    try {
      await work;
    } catch (problem) {
      notices.failed(problem);
    } finally {
      setBusy(false);
    }
  }
  return { busy, doing };
}

function Buttons({ now }: { now: Console }) {
  const t = useTexts(consoleTexts);
  const { busy, doing } = useDoing();
  const { mode, then } = now.status;
  if (mode === "signed_out") {
    return (
      <Button size="lg" loading={busy} disabled={now.phones.length === 0} onClick={() => void doing(become("sign_in"))}>
        {t.takeCalls}
      </Button>
    );
  }
  const inCall = mode === "talking";
  const away = mode === "paused" || mode === "set_aside" || mode === "busy";
  return (
    <Group gap="xs">
      {mode === "wrap_up" && (
        <>
          <Button loading={busy} onClick={() => void doing(become("ready"))}>
            {t.readyNow}
          </Button>
          <Button variant="default" disabled={busy} onClick={() => void doing(become("more_time"))}>
            {t.moreTime}
          </Button>
        </>
      )}
      {away && (
        <Button loading={busy} onClick={() => void doing(become("ready"))}>
          {t.ready}
        </Button>
      )}
      {mode !== "paused" && then !== "paused" && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default" disabled={busy} rightSection={<IconChevronDown aria-hidden size={18} />}>
              {inCall ? t.pauseAfter : t.pause}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {now.reasons.map((reason) => (
              <Menu.Item key={reason} onClick={() => void doing(become("pause", reason))}>
                {reason}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {then !== "signed_out" && (
        <Button variant="subtle" disabled={busy} onClick={() => void doing(become("sign_out"))}>
          {inCall ? t.stopAfter : t.stop}
        </Button>
      )}
    </Group>
  );
}

/** The time left after a call. */
function Left({ status }: { status: Status }) {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  const left = Math.max(0, -useSeconds(status.until));
  const whole = status.until ? (Date.parse(status.until) - Date.parse(status.since)) / 1000 : 1;
  const text = t.left(formats.duration(Math.ceil(left)));
  return (
    <Stack gap={4}>
      <Text fw={600} className={classes.clock}>
        {text}
      </Text>
      <Progress value={Math.min(100, (left / Math.max(1, whole)) * 100)} size="lg" aria-label={status.words} />
    </Stack>
  );
}

/** What I have said that I do after the call. */
function Chosen({ status }: { status: Status }) {
  const t = useTexts(consoleTexts);
  const { busy, doing } = useDoing();
  if (!status.then) return null;
  return (
    <Group gap="sm">
      <Text>{t.after(status.then === "paused" ? t.afterPaused(status.then_reason) : t.afterOut)}</Text>
      {status.mode === "talking" && (
        <Button variant="light" size="compact-md" loading={busy} onClick={() => void doing(become("ready"))}>
          {t.keepTaking}
        </Button>
      )}
    </Group>
  );
}

function Phones({ now }: { now: Console }) {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  const { busy, doing } = useDoing();
  if (now.phones.length === 0) return <Text c="dimmed">{t.noPhones}</Text>;
  const chosen = now.phones.some((phone) => phone.id === now.phone) ? now.phone : null;
  return (
    <Group align="flex-end" justify="space-between" gap="md">
      <Select
        label={t.phone}
        data={[
          { value: "", label: t.allPhones },
          ...now.phones.map((phone) => ({ value: phone.id, label: `${phone.label} · ${phone.address}` })),
        ]}
        value={chosen ?? ""}
        allowDeselect={false}
        disabled={busy}
        miw={260}
        onChange={(phone) => void doing(ringOn(phone || null))}
      />
      <Text c="dimmed" maw={420} style={{ overflowWrap: "anywhere" }}>
        {now.queues.length ? t.queues(formats.list(now.queues)) : t.noQueues}
      </Text>
    </Group>
  );
}

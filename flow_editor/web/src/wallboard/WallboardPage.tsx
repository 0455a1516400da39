/** The wallboard for whoever supervises: the same figures as on the wall, with who waits and who answers one by one. */
import { Alert, Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import {
  IconAlertTriangleFilled,
  IconDeviceTv,
  IconMaximize,
  IconPlugConnectedX,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useMay } from "../accounts/session";
import { DataTable } from "../shared/DataTable";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import {
  type Agent,
  alertsOf,
  type BoardNow,
  groupOf,
  type Held,
  inLine,
  type Queue,
  type Waiting,
  waited,
} from "./board";
import { ListeningBar, useListening } from "./Listening";
import { RecordButton } from "./RecordButton";
import { AgentActions, CancelButton, MoveButton } from "./Supervise";
import { wallboardTexts } from "./texts";
import { isStale, useBoard, useNow } from "./useBoard";
import classes from "./wallboard.module.css";

export default function WallboardPage() {
  const t = useTexts(wallboardTexts);
  const live = useBoard(true);
  const maySeeHistory = useMay("see_history");
  const mayManage = useMay("manage_accounts");
  return (
    <div className={classes.page}>
      <PageHeader
        title={t.title}
        description={t.description}
        actions={
          <>
            {maySeeHistory && <RecordButton />}
            {mayManage && (
              <Button
                component={Link}
                href="/screens"
                variant="default"
                leftSection={<IconDeviceTv aria-hidden size={18} />}
              >
                {t.screens}
              </Button>
            )}
            <Button
              component={Link}
              href="/wall"
              variant="default"
              leftSection={<IconMaximize aria-hidden size={18} />}
            >
              {t.fullScreen}
            </Button>
          </>
        }
      />
      {live.board ? <Board board={live.board} heard={live.heard} /> : <Loading />}
    </div>
  );
}

function Board({ board, heard }: { board: BoardNow; heard: number }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const now = useNow();
  const supervises = useMay("supervise");
  const { begun, listen, over } = useListening();
  if (board.queues.length === 0) {
    return (
      <Empty icon={IconUsersGroup} title={t.noQueues}>
        {t.noQueuesHelp}
      </Empty>
    );
  }
  return (
    <Stack gap="lg">
      {isStale({ board, heard }, now) && (
        <Alert color="yellow" icon={<IconPlugConnectedX aria-hidden />} title={t.stale} role="status">
          {t.staleSince(formats.time(heard))}
        </Alert>
      )}
      {begun && <ListeningBar key={begun.id} begun={begun} over={over} />}
      <Section title={t.queues}>
        <Queues queues={board.queues} now={now} />
      </Section>
      <div className={classes.sides}>
        <Section title={t.inLine}>
          <InLine board={board} now={now} supervises={supervises} />
        </Section>
        <Section title={t.agents}>
          <Staff board={board} now={now} supervises={supervises} listen={begun ? null : listen} />
        </Section>
      </div>
      <Section title={t.calledBack}>
        <CalledBack board={board} now={now} supervises={supervises} />
      </Section>
      <Section title={t.accuracy} help={t.accuracyHelp}>
        <Accuracies queues={board.queues} />
      </Section>
    </Stack>
  );
}

export function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-label={title}>
      <Title order={2} mb={help ? 4 : "sm"}>
        {title}
      </Title>
      {help && (
        <Text c="dimmed" mb="sm" maw={760}>
          {help}
        </Text>
      )}
      {children}
    </Paper>
  );
}

function Queues({ queues, now }: { queues: readonly Queue[]; now: number }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  return (
    <DataTable
      label={t.queues}
      rows={queues}
      rowKey={(queue) => queue.id}
      columns={[
        {
          key: "name",
          title: t.queue,
          width: 260,
          show: (queue) => {
            const alerts = alertsOf(queue, now);
            const say = { ...t.alerts, waiting: t.alerts.waiting(queue.waiting) };
            return (
              <div data-queue={queue.id} data-alert={alerts[0]}>
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {queue.name}
                </Text>
                {alerts.length > 0 && (
                  <span className={classes.alert}>
                    <IconAlertTriangleFilled aria-hidden size={16} /> {alerts.map((alert) => say[alert]).join(" · ")}
                  </span>
                )}
                {!queue.open && (
                  <Text size="sm" c="dimmed">
                    {t.closed}
                  </Text>
                )}
              </div>
            );
          },
        },
        { key: "waiting", title: t.waiting, numeric: true, show: (queue) => <b>{formats.number(queue.waiting)}</b> },
        {
          key: "longest",
          title: t.longest,
          numeric: true,
          show: (queue) => (queue.oldest_at ? formats.duration(waited(queue.oldest_at, now)) : t.nobodyWaits),
        },
        {
          key: "expected",
          title: t.expected,
          numeric: true,
          show: (queue) => (queue.expected === null ? t.notKnown : formats.duration(queue.expected ?? 0)),
        },
        {
          key: "staffed",
          title: t.staffed,
          numeric: true,
          show: (queue) => `${formats.number(queue.free)} / ${formats.number(queue.staffed)}`,
        },
        {
          key: "level",
          title: t.level,
          numeric: true,
          show: (queue) => (
            <span title={t.levelHelp(formats.duration(queue.within))}>
              {queue.today.level === null ? t.notKnown : formats.percent(queue.today.level ?? 0)}
            </span>
          ),
        },
        {
          key: "answered",
          title: t.answered,
          numeric: true,
          show: (queue) => formats.number(queue.today.answered ?? 0),
        },
        {
          key: "abandoned",
          title: t.abandoned,
          numeric: true,
          show: (queue) => formats.number(queue.today.abandoned ?? 0),
        },
      ]}
    />
  );
}

interface Part {
  board: BoardNow;
  now: number;
  supervises: boolean;
}

const RANKS = ["normal", "soon", "urgent"] as const;

function InLine({ board, now, supervises }: Part) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const from = useFrom();
  const name = useQueueName(board);
  const rows = inLine(board.waiting);
  if (!rows.length) return <Text c="dimmed">{t.nobodyInLine}</Text>;
  return (
    <DataTable
      label={t.inLine}
      rows={rows}
      rowKey={(entry: Waiting) => entry.id}
      columns={[
        {
          key: "caller",
          title: t.caller,
          show: (entry) => (
            <div data-entry={entry.id}>
              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                {from(entry.hidden, entry.caller_name, entry.caller)}
              </Text>
              {entry.rank > 0 && <Badge variant="filled">{t.ranks[RANKS[entry.rank] ?? "normal"]}</Badge>}
            </div>
          ),
        },
        { key: "queue", title: t.queue, show: (entry) => name(entry.queue) },
        { key: "state", title: t.state, show: (entry) => t.waitingStates[entry.state] },
        {
          key: "for",
          title: t.since,
          numeric: true,
          show: (entry) => formats.duration(waited(entry.joined_at, now)),
        },
        ...(supervises
          ? [
              {
                key: "actions",
                title: t.actions,
                numeric: true,
                show: (entry: Waiting) => <MoveButton entry={entry} board={board} />,
              },
            ]
          : []),
      ]}
    />
  );
}

const LOOKS = { available: "good", onCalls: "plain", after: "plain", away: "attention", missed: "bad" } as const;

function Staff({ board, now, supervises, listen }: Part & { listen: ((agent: Agent) => void) | null }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const name = useQueueName(board);
  const order = Object.keys(LOOKS).reverse();
  const rows = [...board.agents].sort(
    (one, other) =>
      order.indexOf(groupOf(one.mode)) - order.indexOf(groupOf(other.mode)) ||
      Date.parse(one.since) - Date.parse(other.since),
  );
  if (!rows.length) {
    return (
      <>
        <Text fw={600}>{t.nobodySignedIn}</Text>
        <Text c="dimmed">{t.nobodySignedInHelp}</Text>
      </>
    );
  }
  return (
    <DataTable
      label={t.agents}
      rows={rows}
      rowKey={(agent: Agent) => agent.id}
      columns={[
        {
          key: "name",
          title: t.agent,
          show: (agent) => (
            <div data-agent={agent.id} data-mode={agent.mode}>
              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                {agent.name}
              </Text>
              {agent.location && (
                <Text size="sm" c="dimmed">
                  {agent.location}
                </Text>
              )}
            </div>
          ),
        },
        {
          key: "state",
          title: t.state,
          show: (agent) => (
            <Stack gap={2} align="flex-start">
              <Tag look={LOOKS[groupOf(agent.mode)]}>{t.modes[agent.mode]}</Tag>
              <Text size="sm" c="dimmed">
                {[agent.reason, agent.queue && t.with(name(agent.queue)), agent.then && t.thenGoes(t.modes[agent.then])]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </Stack>
          ),
        },
        {
          key: "for",
          title: t.since,
          numeric: true,
          show: (agent) => formats.duration(waited(agent.since, now)),
        },
        { key: "calls", title: t.calls, numeric: true, show: (agent) => formats.number(agent.calls) },
        ...(supervises
          ? [
              {
                key: "actions",
                title: t.actions,
                numeric: true,
                show: (agent: Agent) => <AgentActions agent={agent} listen={listen} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function CalledBack({ board, now, supervises }: Part) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const from = useFrom();
  const name = useQueueName(board);
  const rows = [...board.held].sort((one, other) => Date.parse(one.joined_at) - Date.parse(other.joined_at));
  if (!rows.length) return <Text c="dimmed">{t.nobodyCalledBack}</Text>;
  return (
    <DataTable
      label={t.calledBack}
      rows={rows}
      rowKey={(place: Held) => place.id}
      columns={[
        {
          key: "caller",
          title: t.caller,
          show: (place) => (
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }} data-held={place.id}>
              {from(place.hidden, place.caller_name, place.number)}
            </Text>
          ),
        },
        { key: "queue", title: t.queue, show: (place) => name(place.queue) },
        {
          key: "state",
          title: t.state,
          show: (place) => (
            <>
              <Text size="sm">{t.heldStates[place.state]}</Text>
              <Text size="sm" c="dimmed">
                {place.said && t.tried[place.said]}
              </Text>
            </>
          ),
        },
        { key: "for", title: t.since, numeric: true, show: (place) => formats.duration(waited(place.joined_at, now)) },
        { key: "tries", title: t.tries, numeric: true, show: (place) => formats.number(place.attempts) },
        { key: "next", title: t.next, show: (place) => (place.next_at ? formats.time(place.next_at) : "") },
        ...(supervises
          ? [
              {
                key: "actions",
                title: t.actions,
                numeric: true,
                show: (place: Held) =>
                  place.state !== "over" && (
                    <CancelButton place={place} who={from(place.hidden, place.caller_name, place.number)} />
                  ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Accuracies({ queues }: { queues: readonly Queue[] }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const rows = queues.flatMap((queue) => (queue.today.accuracy ? [{ queue, ...queue.today.accuracy }] : []));
  if (!rows.length) return <Text c="dimmed">{t.nobodyTold}</Text>;
  const bias = (seconds: number) => {
    if (Math.abs(seconds) < 1) return t.exact;
    return seconds > 0 ? t.tooLong(formats.duration(seconds)) : t.tooShort(formats.duration(-seconds));
  };
  return (
    <DataTable
      label={t.accuracy}
      rows={rows}
      rowKey={(row) => row.queue.id}
      columns={[
        { key: "queue", title: t.queue, show: (row) => row.queue.name },
        { key: "told", title: t.told, numeric: true, show: (row) => formats.number(row.count) },
        { key: "error", title: t.error, numeric: true, show: (row) => formats.duration(row.error) },
        { key: "bias", title: t.bias, numeric: true, show: (row) => bias(row.bias) },
        {
          key: "covered",
          title: t.covered,
          numeric: true,
          show: (row) => (
            <Group gap="xs" justify="flex-end" data-covered={row.covered}>
              {formats.percent(row.covered)}
            </Group>
          ),
        },
      ]}
    />
  );
}

function useFrom(): (hidden: boolean, name: string, number: string) => string {
  const t = useTexts(wallboardTexts);
  return (hidden, name, number) => (hidden ? t.hidden : [name, number].filter(Boolean).join(" · ") || t.withheld);
}

function useQueueName(board: BoardNow): (id: string) => string {
  return (id) => board.queues.find((queue) => queue.id === id)?.name ?? "";
}

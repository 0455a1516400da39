/** The wallboard on a wall: few figures, very large; what is late stands at the top, in a frame, with a sign. */
import { ActionIcon, Loader, Tooltip } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import {
  IconAlertTriangleFilled,
  IconArrowLeft,
  IconPlugConnectedX,
  IconVolume,
  IconVolumeOff,
} from "@tabler/icons-react";
import { type CSSProperties, useEffect, useMemo } from "react";
import { Link } from "wouter";
import { useMay } from "../accounts/session";
import { useFormats, useTexts } from "../texts";
import {
  type Agent,
  alertsOf,
  type BoardNow,
  byUrgency,
  GROUPS,
  type Group,
  groupOf,
  type Queue,
  waited,
} from "./board";
import { wallboardTexts } from "./texts";
import { useAlarm } from "./useAlarm";
import { isStale, useBoard, useNow } from "./useBoard";
import classes from "./wall.module.css";

/** Rows that can still be read from the other side of the room. */
const ROWS = 7;
/** Names that fit beside the figures. */
const NAMES = 5;

export default function WallPage() {
  const t = useTexts(wallboardTexts);
  useDocumentTitle(`${t.title} · Careline`);
  useStayingAwake();
  const live = useBoard(false);
  if (!live.board) {
    return (
      <main className={classes.wall} aria-busy="true">
        <div className={classes.middle}>
          <Loader size="xl" />
        </div>
        <Controls alerts={[]} />
      </main>
    );
  }
  return <Wall board={live.board} heard={live.heard} />;
}

function Wall({ board, heard }: { board: BoardNow; heard: number }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const now = useNow();
  const sorted = byUrgency(board.queues, now);
  const shown = sorted.length > ROWS ? sorted.slice(0, ROWS - 1) : sorted;
  const rest = sorted.slice(shown.length);
  const alerts = sorted.flatMap((queue) => alertsOf(queue, now).map((alert) => `${queue.id} ${alert}`));
  const inAll = board.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const stale = isStale({ board, heard }, now);
  return (
    <main className={classes.wall} data-stale={stale || undefined}>
      <header className={classes.top}>
        <h1 className={classes.title}>{t.title}</h1>
        <p className={classes.inAll}>
          <strong data-in-all={inAll}>{formats.number(inAll)}</strong> {t.inAll}
        </p>
        <time className={classes.clock}>{formats.time(now)}</time>
      </header>
      {stale && (
        <p className={classes.stale} role="status">
          <IconPlugConnectedX aria-hidden />
          <span>
            <strong>{t.stale}.</strong> {t.staleSince(formats.time(heard))}
          </span>
        </p>
      )}
      {board.queues.length === 0 ? (
        <div className={classes.middle}>
          <h2>{t.noQueues}</h2>
          <p>{t.noQueuesHelp}</p>
        </div>
      ) : (
        <div className={classes.body}>
          <Queues queues={shown} rest={rest} now={now} />
          <Staff agents={board.agents} now={now} />
        </div>
      )}
      <footer className={classes.foot}>
        <Below board={board} />
        <Controls alerts={alerts} />
      </footer>
    </main>
  );
}

function Queues({ queues, rest, now }: { queues: readonly Queue[]; rest: readonly Queue[]; now: number }) {
  const t = useTexts(wallboardTexts);
  const rows = Math.max(3, queues.length + (rest.length ? 1 : 0));
  return (
    <table className={classes.queues} style={{ "--rows": rows } as CSSProperties} aria-label={t.queues}>
      <thead>
        <tr>
          <th scope="col">{t.queue}</th>
          <th scope="col">{t.waiting}</th>
          <th scope="col">{t.longest}</th>
          <th scope="col">{t.expected}</th>
          <th scope="col">{t.level}</th>
          <th scope="col">{t.abandoned}</th>
        </tr>
      </thead>
      <tbody>
        {queues.map((queue) => (
          <Row key={queue.id} queue={queue} now={now} />
        ))}
        {rest.length > 0 && (
          <tr>
            <th scope="row" colSpan={6} className={classes.rest}>
              {t.more(rest.length)}, {t.moreWaiting(rest.reduce((sum, queue) => sum + queue.waiting, 0))}
            </th>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Row({ queue, now }: { queue: Queue; now: number }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const alerts = alertsOf(queue, now);
  const say = { ...t.alerts, waiting: t.alerts.waiting(queue.waiting) };
  const late = (bad: boolean) => (bad ? "" : undefined);
  return (
    <tr data-queue={queue.id} data-alert={alerts[0]}>
      <th scope="row">
        <span className={classes.name}>
          {alerts.length > 0 && <IconAlertTriangleFilled aria-hidden className={classes.sign} />}
          <span className={classes.named}>{queue.name}</span>
        </span>
        {alerts.length > 0 ? (
          <span className={classes.said}>{alerts.map((alert) => say[alert]).join(" · ")}</span>
        ) : (
          !queue.open && <span className={classes.quiet}>{t.closed}</span>
        )}
      </th>
      <td data-late={late(alerts.includes("waiting") || alerts.includes("nobody"))} data-waiting={queue.waiting}>
        {formats.number(queue.waiting)}
      </td>
      <td data-late={late(alerts.includes("longest"))}>
        {queue.oldest_at ? formats.duration(waited(queue.oldest_at, now)) : t.nobodyWaits}
      </td>
      <td>{queue.expected === null ? t.notKnown : formats.duration(queue.expected ?? 0)}</td>
      <td data-late={late(alerts.includes("level"))}>
        {queue.today.level === null ? t.notKnown : formats.percent(queue.today.level ?? 0)}
      </td>
      <td>{formats.number(queue.today.abandoned ?? 0)}</td>
    </tr>
  );
}

function Staff({ agents, now }: { agents: readonly Agent[]; now: number }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const groups = Object.keys(GROUPS) as Group[];
  const away = agents
    .filter((agent) => ["missed", "away"].includes(groupOf(agent.mode)))
    .sort((one, other) => Date.parse(one.since) - Date.parse(other.since))
    .slice(0, NAMES);
  return (
    <section className={classes.staff} aria-label={t.agents}>
      {agents.length === 0 ? (
        <div className={classes.nobody}>
          <h2>{t.nobodySignedIn}</h2>
        </div>
      ) : (
        <>
          <dl className={classes.counts}>
            {groups.map((group) => {
              const count = agents.filter((agent) => groupOf(agent.mode) === group).length;
              return (
                <div key={group} data-group={group} data-count={count}>
                  <dd>{formats.number(count)}</dd>
                  <dt>{t.wallModes[group]}</dt>
                </div>
              );
            })}
          </dl>
          <ul className={classes.names}>
            {away.map((agent) => (
              <li key={agent.id}>
                <span className={classes.named}>{agent.name}</span>
                <span>{formats.duration(waited(agent.since, now))}</span>
                <span className={classes.quiet}>{agent.reason || t.modes[agent.mode]}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Below({ board }: { board: BoardNow }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const told = board.queues.flatMap((queue) => queue.today.accuracy ?? []);
  const due = board.held.filter((place) => place.state !== "over").length;
  const count = told.reduce((sum, one) => sum + one.count, 0);
  const covered = told.reduce((sum, one) => sum + one.covered * one.count, 0) / count;
  const error = told.reduce((sum, one) => sum + one.error * one.count, 0) / count;
  return (
    <p className={classes.below}>
      <span>
        {t.callbacks} <strong data-held={due}>{formats.number(due)}</strong>
      </span>
      {count > 0 && (
        <span>
          {t.accuracy}: {t.error.toLowerCase()} <strong>{formats.duration(error)}</strong>, {t.covered.toLowerCase()}{" "}
          <strong>{formats.percent(covered)}</strong>
        </span>
      )}
    </p>
  );
}

function Controls({ alerts }: { alerts: readonly string[] }) {
  const t = useTexts(wallboardTexts);
  const alarm = useAlarm(alerts);
  const here = useMay("see_flows");
  const label = alarm.on ? t.soundOffDo : t.soundOnDo;
  return (
    <div className={classes.controls}>
      <Tooltip label={label}>
        <ActionIcon size="xl" aria-label={label} aria-pressed={alarm.on} onClick={alarm.toggle}>
          {alarm.on ? <IconVolume aria-hidden /> : <IconVolumeOff aria-hidden />}
        </ActionIcon>
      </Tooltip>
      {here && (
        <Tooltip label={t.toWork}>
          <ActionIcon size="xl" component={Link} href="/wallboard" aria-label={t.toWork}>
            <IconArrowLeft aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

/** Ask that the screen does not go dark, where the browser can. It lets go whenever the page is hidden. */
function useStayingAwake(): void {
  const ask = useMemo(() => () => void navigator.wakeLock?.request("screen").catch(() => {}), []);
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && ask();
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [ask]);
}

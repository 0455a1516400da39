/** The wallboard as the server tells it: everything once, then what changes. Pure: knows no page, no socket and no clock. */
import type { Schema } from "../api/client";

export type BoardNow = Schema<"BoardNow">;
export type BoardChanged = Schema<"BoardChanged">;
export type Queue = Schema<"QueueNow">;
export type Agent = Schema<"AgentNow">;
export type Waiting = Schema<"WaitingNow">;
export type Held = Schema<"HeldNow">;
export type Mode = Agent["mode"];

const PARTS = ["queues", "agents", "waiting", "held"] as const;

/** What is new put to what was there; null when a message between them has been missed. */
export function changed(board: BoardNow, by: BoardChanged): BoardNow | null {
  if (by.seq !== board.seq + 1) return null;
  const next = { ...board, seq: by.seq, at: by.at };
  for (const part of PARTS) {
    // biome-ignore lint/suspicious/noExplicitAny: the rows of one part
    const rows = next[part] as any[];
    // biome-ignore lint/suspicious/noExplicitAny: the rows of one part
    (next[part] as any[]) = merged(rows, (by[part] ?? []) as any[], by.gone?.[part] ?? []);
  }
  return next;
}

function merged<R extends { id: string }>(rows: R[], news: readonly R[], gone: readonly string[]): R[] {
  if (!news.length && !gone.length) return rows;
  const fresh = new Map(news.map((row) => [row.id, row]));
  const left = new Set(gone);
  const kept = rows.filter((row) => !left.has(row.id)).map((row) => fresh.get(row.id) ?? row);
  const known = new Set(rows.map((row) => row.id));
  return [...kept, ...news.filter((row) => !known.has(row.id))];
}

/** What is too much at a queue. */
export type Alert = "waiting" | "longest" | "level" | "nobody";

/** So many callers must have been counted before too few in time is worth an alert. */
const COUNTED = 5;

/** What is too much at a queue at a time (milliseconds), by its own thresholds; worst first. */
export function alertsOf(queue: Queue, now: number): Alert[] {
  const { alerts, today } = queue;
  const found: Alert[] = [];
  if (queue.waiting > 0 && queue.staffed === 0) found.push("nobody");
  if (alerts.longest_seconds && waited(queue.oldest_at, now) >= alerts.longest_seconds) found.push("longest");
  if (alerts.waiting && queue.waiting >= alerts.waiting) found.push("waiting");
  if (alerts.service_level && today.level !== null && today.counted >= COUNTED) {
    if (today.level * 100 < alerts.service_level) found.push("level");
  }
  return found;
}

/** Seconds since a moment; 0 for none, and for one that lies ahead. */
export function waited(since: string | null | undefined, now: number): number {
  return since ? Math.max(0, (now - Date.parse(since)) / 1000) : 0;
}

/** Queues as a wall shows them: what needs attention first, then those where somebody waits, then by name. */
export function byUrgency(queues: readonly Queue[], now: number): Queue[] {
  const weight = (queue: Queue) => (alertsOf(queue, now).length ? 2 : queue.waiting ? 1 : 0);
  return [...queues].sort(
    (one, other) =>
      weight(other) - weight(one) ||
      (weight(one) ? waited(other.oldest_at, now) - waited(one.oldest_at, now) : 0) ||
      one.name.localeCompare(other.name),
  );
}

/** In line: who is answered first. */
export function inLine(waiting: readonly Waiting[]): Waiting[] {
  const place = (entry: Waiting) => Date.parse(entry.joined_at) - entry.head_start * 1000;
  return [...waiting].sort((one, other) => place(one) - place(other) || (one.id < other.id ? -1 : 1));
}

/** The states as a wall counts them: few figures. */
export const GROUPS = {
  available: ["available"],
  onCalls: ["offered", "talking", "busy"],
  after: ["wrap_up"],
  away: ["paused"],
  missed: ["set_aside"],
} as const satisfies Record<string, readonly Mode[]>;

export type Group = keyof typeof GROUPS;

export function groupOf(mode: Mode): Group {
  const found = (Object.keys(GROUPS) as Group[]).find((group) => (GROUPS[group] as readonly Mode[]).includes(mode));
  return found ?? "away";
}

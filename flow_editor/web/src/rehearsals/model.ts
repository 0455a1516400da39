/**
 * A rehearsal as its form has it, and as it is kept in the flow (controller/flows/rehearsals.py). What the form does not show
 * (answers of web services, say) is kept as it is.
 */
import { momentOf, shownAt } from "../publishing/zoned";

export interface Kept {
  [name: string]: unknown;
}

export interface KeysAt {
  step: string;
  keys: string;
}

export interface Reaction {
  who: string;
  does: string;
  after: number;
}

export interface HoursAs {
  hours: string;
  state: string;
}

/** How it is with a queue; what is left empty is as the queue is set up, with nobody waiting. */
export interface QueueAs {
  queue: string;
  /** The wait to be expected. */
  minutes: number | "";
  waiting: number | "";
  agents: number | "";
}

export interface LeavesAt {
  step: string;
  seconds: number;
}

export interface Form {
  title: string;
  caller: string;
  callerName: string;
  dialled: string;
  /** As the clinic's clocks show it: "2026-11-29T03:00". */
  at: string;
  zone: string;
  atSteps: boolean;
  keys: string;
  keysAt: KeysAt[];
  minutes: number;
  messageSeconds: number | "";
  messageEnds: string;
  leaves: LeavesAt[];
  people: Reaction[];
  hours: HoursAs[];
  queues: QueueAs[];
  path: string[];
  avoids: string[];
  hears: string[];
  reaches: string;
  end: string;
}

export const EVERYONE = "everyone";
const PATIENCE = 1800;
const AFTER = 4;

/** A new one: next Monday at ten, or so. */
export function blank(zone: string, now: string | Date, dialled: string): Form {
  const day = new Date(now);
  day.setUTCDate(day.getUTCDate() + ((8 - day.getUTCDay()) % 7 || 7));
  return {
    title: "",
    caller: "+13125550142",
    callerName: "",
    dialled,
    at: `${shownAt(day, zone).slice(0, 10)}T10:00`,
    zone,
    atSteps: false,
    keys: "",
    keysAt: [],
    minutes: PATIENCE / 60,
    messageSeconds: "",
    messageEnds: "key",
    leaves: [],
    people: [],
    hours: [],
    queues: [],
    path: [],
    avoids: [],
    hears: [],
    reaches: "",
    end: "",
  };
}

/** `stepOf`: a step's id by what a rehearsal calls it (its id or its title). */
export function formOf(kept: Kept, zone: string, stepOf: (name: string) => string): Form {
  const own = text(kept.zone) || zone;
  const at = text(kept.at);
  const exact = /(Z|[+-]\d\d:?\d\d)$/.test(at);
  const keys = kept.keys;
  const messages = list(kept.messages).map(message);
  const first = messages[0];
  return {
    title: text(kept.title),
    caller: text(kept.caller),
    callerName: text(kept.caller_name),
    dialled: text(kept.dialled),
    at: exact ? shownAt(at, own) : at.slice(0, 16),
    zone: own,
    atSteps: isObject(keys) && Object.keys(keys).length > 0,
    keys: isObject(keys) ? "" : written(keys),
    keysAt: isObject(keys)
      ? Object.entries(keys).map(([step, given]) => ({ step: stepOf(step), keys: written(given) }))
      : [],
    minutes: (typeof kept.patience === "number" ? kept.patience : PATIENCE) / 60,
    messageSeconds: first ? first.seconds : "",
    messageEnds: first ? first.ended : "key",
    leaves: Object.entries(object(kept.leaves_after)).map(([step, seconds]) => ({
      step: stepOf(step),
      seconds: Number(seconds),
    })),
    people: Object.entries(object(kept.people)).flatMap(([who, given]) =>
      list(given).map((one) => ({ who, ...reaction(one) })),
    ),
    hours: Object.entries(object(kept.hours)).map(([hours, state]) => ({ hours, state: String(state) })),
    queues: Object.entries(object(kept.queues)).map(([queue, given]) => queueAs(queue, object(given))),
    path: list(kept.path).map(String).map(stepOf),
    avoids: list(kept.avoids).map(String).map(stepOf),
    hears: list(kept.hears).map(String),
    reaches: text(kept.reaches),
    end: text(kept.end),
  };
}

/** As it is kept. `before`: as it was, for what the form does not show. */
export function keptOf(form: Form, before: Kept = {}): Kept {
  const kept: Kept = { ...before };
  const put = (name: string, value: unknown, empty: boolean) => {
    if (empty) delete kept[name];
    else kept[name] = value;
  };
  kept.title = form.title.trim();
  put("caller", form.caller.trim(), !form.caller.trim());
  put("caller_name", form.callerName.trim(), !form.callerName.trim());
  put("dialled", form.dialled.trim(), !form.dialled.trim());
  kept.at = `${form.at.slice(0, 16)}:00`;
  kept.zone = form.zone;
  const atSteps = form.keysAt.filter(({ step }) => step);
  if (form.atSteps)
    put("keys", Object.fromEntries(atSteps.map(({ step, keys }) => [step, turns(keys)])), !atSteps.length);
  else put("keys", turns(form.keys), !form.keys.trim());
  put("patience", form.minutes * 60, form.minutes * 60 === PATIENCE);
  const spoken = [{ seconds: Number(form.messageSeconds), ended: form.messageEnds }, ...list(before.messages).slice(1)];
  put("messages", spoken, form.messageSeconds === "");
  const leaves = form.leaves.filter(({ step }) => step);
  put("leaves_after", Object.fromEntries(leaves.map(({ step, seconds }) => [step, seconds])), !leaves.length);
  put("people", byPerson(form.people, object(before.people)), !form.people.some(({ who }) => who));
  const hours = form.hours.filter((one) => one.hours && one.state);
  put("hours", Object.fromEntries(hours.map((one) => [one.hours, one.state])), !hours.length);
  const queues = form.queues.filter(({ queue }) => queue);
  put(
    "queues",
    Object.fromEntries(queues.map((one) => [one.queue, queueOf(one, object(object(before.queues)[one.queue]))])),
    !queues.length,
  );
  put("path", form.path, !form.path.length);
  put("avoids", form.avoids, !form.avoids.length);
  put("hears", form.hears, !form.hears.length);
  put("reaches", form.reaches.trim(), !form.reaches.trim());
  put("end", form.end, !form.end);
  return kept;
}

/** Whether it says when the call comes: without, nothing can be rehearsed. */
export function hasTime(form: Form): boolean {
  return momentOf(form.at, form.zone) !== null;
}

export function expectsSomething(form: Form): boolean {
  return Boolean(form.path.length || form.avoids.length || form.hears.length || form.reaches.trim() || form.end);
}

/** A step has another title now: so that rehearsals go on meaning it. The same object where it is not named. */
export function renamed(kept: Kept, old: string, title: string): Kept {
  const name = (given: unknown) => (given === old ? title : given);
  const names = (given: unknown) => (Array.isArray(given) && given.includes(old) ? given.map(name) : given);
  const keyed = (given: unknown) =>
    isObject(given) && old in given
      ? Object.fromEntries(Object.entries(given).map(([key, value]) => [name(key), value]))
      : given;
  const next: Kept = {
    ...kept,
    path: names(kept.path),
    avoids: names(kept.avoids),
    keys: keyed(kept.keys),
    leaves_after: keyed(kept.leaves_after),
  };
  const parts = ["path", "avoids", "keys", "leaves_after"];
  for (const part of parts) if (next[part] === undefined) delete next[part];
  return parts.some((part) => next[part] !== kept[part]) ? next : kept;
}

function queueAs(queue: string, given: Record<string, unknown>): QueueAs {
  const number = (value: unknown) => (typeof value === "number" ? value : "");
  const wait = number(given.wait);
  return {
    queue,
    minutes: wait === "" ? "" : wait / 60,
    waiting: number(given.waiting),
    agents: number(given.agents),
  };
}

function queueOf({ minutes, waiting, agents }: QueueAs, before: Record<string, unknown>): Record<string, unknown> {
  const { wait: _, waiting: __, agents: ___, ...others } = before;
  return {
    ...others,
    ...(minutes !== "" && { wait: Math.round(minutes * 60) }),
    ...(waiting !== "" && { waiting }),
    ...(agents !== "" && { agents }),
  };
}

function byPerson(people: readonly Reaction[], before: Record<string, unknown>): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const { who, does, after } of people) {
    if (!who) continue;
    const given = found[who] ?? [];
    found[who] = given;
    const old = list(before[who])[given.length];
    given.push({ ...(isObject(old) ? old : {}), does, after });
  }
  return found;
}

function reaction(given: unknown): { does: string; after: number } {
  if (typeof given === "string") return { does: given, after: AFTER };
  const { does, after } = object(given);
  return { does: text(does) || "accepts", after: typeof after === "number" ? after : AFTER };
}

function message(given: unknown): { seconds: number; ended: string } {
  if (typeof given === "number") return { seconds: given, ended: "key" };
  const { seconds, ended } = object(given);
  return { seconds: typeof seconds === "number" ? seconds : 10, ended: text(ended) || "key" };
}

/** "5, 1" for two turns. */
function written(given: unknown): string {
  return list(given).map(String).join(", ");
}

function turns(written_: string): string[] {
  return written_.split(",").map((keys) => keys.replace(/[^0-9*#]/g, ""));
}

function list(given: unknown): unknown[] {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given];
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function object(given: unknown): Record<string, unknown> {
  return isObject(given) ? given : {};
}

function text(given: unknown): string {
  return typeof given === "string" ? given : "";
}

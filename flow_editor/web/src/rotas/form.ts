/** The form of an on-call rota, and the days that its calendar shows. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type RotaForm = Required<Schemas["RotasOne.RotaForm"]>;
export type RotaLine = Schemas["RotasOne.RotaLine"];
export type Plan = Schemas["RotasOne.Plan"];
export type Step = Schemas["RotasOne.Step"];
export type Shift = Schemas["RotasOne.Shift"];
export type Swap = Schemas["RotasOne.Swap"];
export type Member = Schemas["RotasOne.Member"];
export type Period = Schemas["RotaCalendar.OnCallPeriod"];
export type Gap = Schemas["RotaCalendar.Gap"];

export const person = (id: string, name: string): Member => ({ person: id, number: null, name });
export const memberKey = (member: Member) => member.person ?? member.number ?? "";
export const newStep = (): Step => ({ name: "", shifts: [], rotation: null, always: [] });

/** Everybody whom a plan may call, each once. */
export function membersOf(plan: Plan): Member[] {
  const found = new Map<string, Member>();
  for (const step of plan.steps) {
    const all = [...step.shifts.flatMap((shift) => shift.members), ...(step.rotation?.members ?? []), ...step.always];
    for (const member of all) found.set(memberKey(member), member);
  }
  for (const swap of plan.swaps) found.set(memberKey(swap.instead), swap.instead);
  return [...found.values()];
}

/** A date ("2026-11-24") so many days later. */
export function later(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The days that are shown around a date: its week, or the whole weeks of its month. `first`: 1 for Monday ... 7. */
export function shownDays(around: string, view: "month" | "week", first: number): string[] {
  const weekday = (date: string) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 7 - (first % 7)) % 7;
  if (view === "week") {
    const begin = later(around, -weekday(around));
    return Array.from({ length: 7 }, (_, day) => later(begin, day));
  }
  const month = around.slice(0, 7);
  let day = later(`${month}-01`, -weekday(`${month}-01`));
  const days: string[] = [];
  while (day.slice(0, 7) <= month || days.length % 7 !== 0) {
    days.push(day);
    day = later(day, 1);
  }
  return days;
}

/** The month before or after, or the week. */
export function moved(around: string, view: "month" | "week", by: 1 | -1): string {
  if (view === "week") return later(around, 7 * by);
  const [year = 0, month = 0] = around.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10);
}

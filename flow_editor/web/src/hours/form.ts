/** The form of opening hours, and small questions about it. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type HoursForm = Required<Schemas["HoursOne.HoursForm"]>;
export type Calendar = Schemas["HoursOne.Calendar"];
export type Span = Schemas["HoursOne.Span"];
export type SpecialDay = Schemas["HoursOne.SpecialDay"];
export type OneDayChange = Schemas["HoursOne.OneDayChange"];
export type HoursLine = Schemas["HoursOne.HoursLine"];

export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Day = (typeof DAYS)[number];

const OFFICE: Span[] = [
  { start: "08:00:00", end: "12:00:00" },
  { start: "13:00:00", end: "17:00:00" },
];

/** Monday to Friday with a lunch break: what most change least. */
export function usualCalendar(): Calendar {
  return {
    week: Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, OFFICE])),
    holidays: null,
    special: [],
    changes: [],
    emergency: null,
  };
}

/** The spans one more makes: an afternoon after a morning, the usual hours on a day without any. */
export function withOneMore(spans: readonly Span[]): Span[] {
  const last = spans.at(-1);
  if (!last) return [{ start: "08:00:00", end: "17:00:00" }];
  const hour = Math.min(23, Number(last.end.slice(0, 2)) + 1);
  const end = Math.min(23, hour + 4);
  const two = (value: number) => String(value).padStart(2, "0");
  return [...spans, { start: `${two(hour)}:${last.end.slice(3, 5)}:00`, end: `${two(end)}:00:00` }];
}

/** "08:00" of a time of day as the server writes it, and the way back. */
export const shortTime = (time: string) => time.slice(0, 5);
export const fullTime = (time: string) => (time.length === 5 ? `${time}:00` : time);

/** Times as staff at a place write them: on the clock on its wall, whatever the zone of this browser is. */

/** "2026-11-24T15:05" in a zone: what a datetime-local field holds. */
export function wallClock(moment: string | number | Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(moment));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

/** "15:05" in a zone: what a time field holds. */
export function wallTime(moment: string | number | Date, zone: string): string {
  return wallClock(moment, zone).slice(11);
}

/** "2026-11-24" in a zone: what a date field holds. */
export function wallDate(moment: string | number | Date, zone: string): string {
  return wallClock(moment, zone).slice(0, 10);
}

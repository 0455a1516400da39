/** Times as a clinic's clocks show them: what forms hold ("2026-12-24T17:00") and the moments that they are, in its zone. */

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function ahead(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(moment);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return shown - Math.floor(moment / 1000) * 1000;
}

/** The moment at which a zone's clocks show this; null for what is no time. A time that clocks skip is the one after it. */
export function momentOf(shown: string, zone: string): Date | null {
  const wanted = Date.parse(`${shown}Z`);
  if (!shown || Number.isNaN(wanted)) return null;
  const first = wanted - ahead(wanted, zone);
  return new Date(wanted - ahead(first, zone));
}

/** What a zone's clocks show at a moment, to the minute. */
export function shownAt(moment: Date | string | number, zone: string): string {
  const at = new Date(moment).getTime();
  return new Date(at + ahead(at, zone)).toISOString().slice(0, 16);
}

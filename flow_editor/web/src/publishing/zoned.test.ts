import { expect, test } from "vitest";
import { momentOf, shownAt } from "./zoned";

const CHICAGO = "America/Chicago";

test("a clinic's time is a moment, in summer and in winter", () => {
  expect(momentOf("2026-12-24T17:00", CHICAGO)?.toISOString()).toBe("2026-12-24T23:00:00.000Z");
  expect(momentOf("2026-07-04T17:00", CHICAGO)?.toISOString()).toBe("2026-07-04T22:00:00.000Z");
  expect(shownAt("2026-12-24T23:00:30Z", CHICAGO)).toBe("2026-12-24T17:00");
});

test("around the change of clocks", () => {
  expect(momentOf("2026-11-01T00:30", CHICAGO)?.toISOString()).toBe("2026-11-01T05:30:00.000Z");
  expect(momentOf("2026-11-01T03:30", CHICAGO)?.toISOString()).toBe("2026-11-01T09:30:00.000Z");
  const skipped = momentOf("2026-03-08T02:30", CHICAGO);
  expect(skipped && shownAt(skipped, CHICAGO)).toMatch(/^2026-03-08T0[13]:30$/);
});

test("what is no time is none", () => {
  expect(momentOf("", CHICAGO)).toBeNull();
  expect(momentOf("tomorrow", CHICAGO)).toBeNull();
});

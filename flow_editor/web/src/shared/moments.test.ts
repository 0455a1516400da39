import { expect, test } from "vitest";
import { wallClock, wallDate, wallTime } from "./moments";

test("the clock on the wall of a place, whatever the browser's zone", () => {
  expect(wallClock("2026-11-24T21:05:00Z", "America/Chicago")).toBe("2026-11-24T15:05");
  expect(wallTime("2026-07-01T05:00:00Z", "America/Chicago")).toBe("00:00");
  expect(wallDate("2026-11-24T03:00:00Z", "America/Chicago")).toBe("2026-11-23");
});

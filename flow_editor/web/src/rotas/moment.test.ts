import { expect, test } from "vitest";
import { moment } from "./moment";

test("what the clock on the wall shows is a moment", () => {
  expect(moment("2026-11-24T15:05", "America/Chicago")).toBe("2026-11-24T21:05:00.000Z");
  expect(moment("2026-07-01T00:00", "America/Chicago")).toBe("2026-07-01T05:00:00.000Z");
  expect(moment("2026-03-08T08:00", "America/Chicago")).toBe("2026-03-08T13:00:00.000Z");
  expect(moment("2026-11-01T12:00", "America/Chicago")).toBe("2026-11-01T18:00:00.000Z");
});

import { expect, test } from "vitest";
import { fullTime, shortTime, withOneMore } from "./form";

test("one more span follows the last one, and stays within the day", () => {
  expect(withOneMore([])).toEqual([{ start: "08:00:00", end: "17:00:00" }]);
  const morning = { start: "08:00:00", end: "12:30:00" };
  expect(withOneMore([morning])).toEqual([morning, { start: "13:30:00", end: "17:00:00" }]);
  expect(withOneMore([{ start: "08:00:00", end: "23:00:00" }])[1]).toEqual({ start: "23:00:00", end: "23:00:00" });
});

test("times are shown without seconds and sent with them", () => {
  expect(shortTime("08:05:00")).toBe("08:05");
  expect(fullTime("08:05")).toBe("08:05:00");
});

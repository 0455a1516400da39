import { expect, test } from "vitest";
import { later, membersOf, moved, newStep, person, shownDays } from "./form";

test("a month is shown in whole weeks, from the reader's first day of the week on", () => {
  const monday = shownDays("2026-11-24", "month", 1);
  expect([monday[0], monday.at(-1), monday.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
  const sunday = shownDays("2026-11-24", "month", 7);
  expect([sunday[0], sunday.at(-1), sunday.length]).toEqual(["2026-11-01", "2026-12-05", 35]);
  expect(shownDays("2027-02-10", "month", 1)).toHaveLength(28);
});

test("a week, and the way to others", () => {
  const week = shownDays("2026-11-24", "week", 7);
  expect([week[0], week.at(-1)]).toEqual(["2026-11-22", "2026-11-28"]);
  expect(moved("2026-01-31", "month", 1)).toBe("2026-02-01");
  expect(moved("2026-01-31", "month", -1)).toBe("2025-12-01");
  expect(moved("2026-12-31", "week", 1)).toBe("2027-01-07");
  expect(later("2028-02-28", 1)).toBe("2028-02-29");
});

test("everybody is named once", () => {
  const ann = person("a", "Ann");
  const service = { person: null, number: "+16085550180", name: "Service" };
  const steps = [
    { ...newStep(), always: [ann, service] },
    { ...newStep(), always: [ann] },
  ];
  expect(membersOf({ steps, swaps: [] })).toEqual([ann, service]);
});

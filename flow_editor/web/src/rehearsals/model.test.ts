import { describe, expect, test } from "vitest";
import { blank, expectsSomething, formOf, type Kept, keptOf, renamed } from "./model";

const ZONE = "America/Chicago";
const same = (name: string) => name;

const NIGHT: Kept = {
  title: "Sunday 3 a.m.",
  at: "2026-11-29T03:00:00",
  zone: ZONE,
  caller: "+16085550131",
  keys: { menu: "2", digits: ["6085550131", "1"] },
  people: { Ana: ["declines", { does: "accepts", after: 9, talks: 300 }] },
  messages: [10],
  webhooks: { "https://x.example": { status: 500 } },
  queues: { "Front desk": { wait: 300, joined: 40 }, Nurses: { agents: 0 } },
  path: ["menu", "rota"],
  reaches: "Ana",
};

describe("a rehearsal", () => {
  test("keeps what its form does not show", () => {
    const kept = keptOf(formOf(NIGHT, "UTC", same), NIGHT);
    expect(kept.webhooks).toEqual(NIGHT.webhooks);
    expect(kept.people).toEqual({
      Ana: [
        { does: "declines", after: 4 },
        { does: "accepts", after: 9, talks: 300 },
      ],
    });
    expect(kept.queues).toEqual(NIGHT.queues);
    expect(kept.keys).toEqual({ menu: ["2"], digits: ["6085550131", "1"] });
    expect(kept.messages).toEqual([{ seconds: 10, ended: "key" }]);
    expect([kept.at, kept.zone, kept.path, kept.reaches]).toEqual([NIGHT.at, ZONE, NIGHT.path, "Ana"]);
    expect(keptOf(formOf(kept, "UTC", same), kept)).toEqual(kept);
  });

  test("an exact time is shown as the clinic's clocks show it", () => {
    const form = formOf({ at: "2026-11-29T03:00:00-06:00" }, ZONE, same);
    expect(form.at).toBe("2026-11-29T03:00");
    expect(keptOf(form).at).toBe("2026-11-29T03:00:00");
  });

  test("a new one is for a Monday, and expects nothing yet", () => {
    const form = blank(ZONE, "2026-11-24T18:00:00Z", "+13125550100");
    expect(form.at).toBe("2026-11-30T10:00");
    expect(expectsSomething(form)).toBe(false);
    expect(keptOf({ ...form, keys: "5, , 1" }).keys).toEqual(["5", "", "1"]);
  });

  test("steps are known by their ids, whatever it called them", () => {
    const form = formOf(NIGHT, ZONE, (name) => (name === "menu" ? "menu_1" : name));
    expect(form.path).toEqual(["menu_1", "rota"]);
    expect(form.keysAt.map(({ step }) => step)).toEqual(["menu_1", "digits"]);
  });

  test("follows a step's new title", () => {
    const kept = renamed(NIGHT, "menu", "Main menu");
    expect(kept.path).toEqual(["Main menu", "rota"]);
    expect(kept.keys).toEqual({ "Main menu": "2", digits: ["6085550131", "1"] });
    expect("avoids" in kept).toBe(false);
    expect(renamed(NIGHT, "elsewhere", "x")).toBe(NIGHT);
  });
});

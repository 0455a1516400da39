import { describe, expect, it } from "vitest";
import { alertsOf, type BoardNow, byUrgency, changed, inLine, type Queue, type Waiting } from "./board";

const NOW = Date.parse("2026-11-24T14:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

function queue(id: string, more: Partial<Queue> = {}): Queue {
  const today = { answered: 0, in_time: 0, abandoned: 0, counted: 0, level: null, mean_wait: null, accuracy: null };
  return {
    id,
    name: id,
    location: null,
    open: true,
    waiting: 0,
    oldest_at: null,
    expected: null,
    expected_p90: null,
    staffed: 1,
    free: 1,
    held: 0,
    within: 60,
    alerts: { waiting: 0, longest_seconds: 0, service_level: 0 },
    today,
    ...more,
  };
}

const board: BoardNow = {
  seq: 4,
  at: ago(0),
  program: "",
  queues: [queue("a"), queue("b")],
  agents: [],
  waiting: [],
  held: [],
};

describe("what the server tells", () => {
  it("puts what is new to what was there, and takes away what is gone", () => {
    const next = changed(board, {
      seq: 5,
      at: ago(0),
      queues: [queue("b", { waiting: 2 }), queue("c")],
      gone: { queues: ["a"] },
    } as never);
    expect(next?.queues.map(({ id, waiting }) => [id, waiting])).toEqual([
      ["b", 2],
      ["c", 0],
    ]);
    expect(next?.agents).toBe(board.agents);
  });
  it("notices that a message is missing", () => {
    expect(changed(board, { seq: 6, at: ago(0) } as never)).toBeNull();
  });
});

describe("alerts", () => {
  it("go by the queue's own thresholds, and by none where there are none", () => {
    const late = { waiting: 9, oldest_at: ago(900), today: { ...queue("x").today, level: 0.1, counted: 9 } };
    expect(alertsOf(queue("a", late), NOW)).toEqual([]);
    const alerts = { waiting: 9, longest_seconds: 900, service_level: 80 };
    expect(alertsOf(queue("a", { ...late, alerts }), NOW)).toEqual(["longest", "waiting", "level"]);
    expect(alertsOf(queue("a", { ...late, alerts }), NOW - 1000)).toEqual(["waiting", "level"]);
  });
  it("say that somebody waits and nobody is there", () => {
    expect(alertsOf(queue("a", { waiting: 1, staffed: 0 }), NOW)).toEqual(["nobody"]);
  });
  it("make nothing of a share of hardly anybody", () => {
    const today = { ...queue("x").today, level: 0, counted: 2 };
    expect(alertsOf(queue("a", { today, alerts: { waiting: 0, longest_seconds: 0, service_level: 80 } }), NOW)).toEqual(
      [],
    );
  });
});

it("shows first what needs attention, then where somebody waits, then by name", () => {
  const alerts = { waiting: 0, longest_seconds: 60, service_level: 0 };
  const rows = [
    queue("z"),
    queue("a"),
    queue("short", { waiting: 1, oldest_at: ago(5) }),
    queue("late", { waiting: 1, oldest_at: ago(61), alerts }),
  ];
  expect(byUrgency(rows, NOW).map(({ id }) => id)).toEqual(["late", "short", "a", "z"]);
});

it("lines callers up by their head start", () => {
  const entry = (id: string, waited: number, head_start: number) =>
    ({ id, joined_at: ago(waited), head_start }) as Waiting;
  expect(inLine([entry("long", 300, 0), entry("urgent", 10, 1800), entry("new", 1, 0)]).map(({ id }) => id)).toEqual([
    "urgent",
    "long",
    "new",
  ]);
});

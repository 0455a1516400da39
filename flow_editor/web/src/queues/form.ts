/** A queue's form, and a new one as it begins: what suits most clinics. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Rules = Schemas["QueuesOne.QueueRules"];
export type AnsweringTeam = Schemas["QueuesOne.QueueTeamForm"];
export type QueueForm = Required<Schemas["QueuesOne.QueueForm"]>;
export type QueueLine = Schemas["QueuesOne.QueueLine"];

export const STRATEGIES = ["longest_idle", "fewest_calls", "best_skill", "in_order", "ring_all"] as const;

export const RULES: Rules = {
  strategy: "longest_idle",
  ring_seconds: 20,
  wrap_up_seconds: 30,
  misses: 1,
  set_aside_seconds: 120,
  capacity: 0,
  longest_seconds: 0,
  answer_within: 60,
  soon_seconds: 300,
  urgent_seconds: 1800,
  relaxation: [],
  callback: { attempts: 3, again_after_minutes: 10, ring_seconds: 25 },
  alerts: { waiting: 0, longest_seconds: 0, service_level: 0 },
};

/** The wait at which a team begins to help out, and at which it leaves again, until somebody says otherwise. */
export const HELPS_AFTER = 300;
export const LEAVES_BELOW = 120;

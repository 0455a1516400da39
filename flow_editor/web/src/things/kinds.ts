/** The kinds of things that staff set up, and where the page of each is. */
import type { Kind } from "./calls";

export const NUMBERS: Kind = { path: "numbers", page: "/numbers", topic: "numbers" };
export const LOCATIONS: Kind = { path: "locations", page: "/locations", topic: "locations" };
export const PEOPLE: Kind = { path: "people", page: "/people", topic: "people" };
export const TEAMS: Kind = { path: "teams", page: "/teams", topic: "teams" };
export const CONTACTS: Kind = { path: "contacts", page: "/contacts", topic: "contacts" };
export const LISTS: Kind = { path: "lists", page: "/lists", topic: "contact_lists" };
export const LINES: Kind = { path: "lines", page: "/lines", topic: "trunks" };
export const HOURS: Kind = { path: "hours", page: "/hours", topic: "hours" };
export const ROTAS: Kind = { path: "rotas", page: "/on-call", topic: "rotas" };
export const PROMPTS: Kind = { path: "prompts", page: "/prompts", topic: "prompts" };
export const MAILBOXES: Kind = { path: "mailboxes", page: "/mailboxes", topic: "mailboxes" };
export const QUEUES: Kind = { path: "queues", page: "/queues", topic: "queues" };
export const SKILLS: Kind = { path: "skills", page: "/skills", topic: "skills" };
export const PROVIDERS: Kind = { path: "providers", page: "/providers", topic: "providers" };
export const FLOWS: Kind = { path: "flows", page: "/flows", topic: "flows" };

/** Table to the page of its things: for links to where something is used. */
const PAGES: Record<string, string> = {
  flow: "/flows",
  draft: "/flows",
  plan: "/flows",
  flows: "/flows",
  numbers: "/numbers",
  locations: "/locations",
  people: "/people",
  teams: "/teams",
  contacts: "/contacts",
  contact_lists: "/lists",
  trunks: "/lines",
  hours: "/hours",
  rotas: "/on-call",
  prompts: "/prompts",
  mailboxes: "/mailboxes",
  queues: "/queues",
  skills: "/skills",
  providers: "/providers",
};

/** The page of something that uses a thing; nothing where it has none. */
export function pageOf(kind: string, id: string): string | undefined {
  const page = PAGES[kind];
  return page && id ? `${page}/${id}` : undefined;
}

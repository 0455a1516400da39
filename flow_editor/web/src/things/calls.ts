/** What every kind of thing that staff set up is asked of the server, and what the pages know of it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Use = Schemas["UsesOut.UseOut"];
export type Done = Schemas["DoneOut"];
export type Effect = Schemas["EffectOut"];
export type Entry = Schemas["HistoryOut.EntryOut"];

/** A kind: where it is on the server and among the pages, and the tables whose changes concern it. */
export interface Kind {
  /** On the server: /api/teams. */
  path: string;
  /** Among the pages: /teams. */
  page: string;
  /** Its table. */
  topic: string;
}

/** What every list shows of a thing. */
export interface Line {
  id: string;
  name: string;
  location: string | null;
  may_change: boolean;
}

export interface Things<L> {
  items: L[];
  may_make: boolean;
}

export interface One<F, L> {
  revision: number;
  line: L;
  form: F;
}

/** Ask the server, in JSON. Raises as `api` does. */
export async function asJson<T>(method: string, path: string, body?: unknown): Promise<T> {
  const json = body === undefined ? undefined : new Blob([JSON.stringify(body)], { type: "application/json" });
  const answer = await request(method, path, json);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** All of a kind; of one with very many, the first that have `search` in them. */
export function useThings<L extends Line>(kind: Kind, search = "") {
  const asked = search ? `?search=${encodeURIComponent(search)}` : "";
  return useQuery({
    queryKey: [kind.topic, "list", search],
    queryFn: () => asJson<Things<L>>("GET", `/api/${kind.path}${asked}`),
    placeholderData: keepPreviousData,
  });
}

export function useThing<F, L extends Line>(kind: Kind, id: string | null) {
  return useQuery({
    queryKey: [kind.topic, "one", id],
    queryFn: () => asJson<One<F, L>>("GET", `/api/${kind.path}/${id}`),
    enabled: id !== null,
  });
}

/** Where a thing is used. Under the topic of flows too, since most uses are there. */
export function useUses(kind: Kind, id: string) {
  return useQuery({
    queryKey: ["flows", "uses", kind.topic, id],
    queryFn: () => asJson<{ items: Use[] }>("GET", `/api/${kind.path}/${id}/uses`),
  });
}

export function useHistory(kind: Kind, id: string | null, opened: boolean) {
  const path = id === null ? `/api/${kind.path}/history` : `/api/${kind.path}/${id}/history`;
  return useQuery({
    queryKey: [kind.topic, "history", id],
    queryFn: () => asJson<{ items: Entry[] }>("GET", path),
    enabled: opened,
  });
}

export function useReferences(noun: string) {
  return useQuery({
    queryKey: [TABLES[noun] ?? noun, "references"],
    queryFn: () => asJson<Schemas["References"]>("GET", `/api/references/${noun}`),
  });
}

/** The tables of what flows can refer to. */
const TABLES: Record<string, string> = {
  hours: "hours",
  person: "people",
  team: "teams",
  rota: "rotas",
  mailbox: "mailboxes",
  prompt: "prompts",
  list: "contact_lists",
  location: "locations",
  flow: "flows",
  trunk: "trunks",
  queue: "queues",
  skill: "skills",
  provider: "providers",
};

/** Undo a change; what the pages know is asked for again. */
export async function undo(change: string): Promise<void> {
  await asJson("POST", `/api/changes/${change}/undo`);
  await queries.invalidateQueries();
}

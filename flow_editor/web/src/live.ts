/**
 * The one live connection to the server: Socket.IO, by WebSocket only. Features own their events; here is only the
 * connection, whether it stands, and `changed`: the server's word that something in SQL is not as it was.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { io, type Socket } from "socket.io-client";
import { Refused, Unreachable } from "./api/client";
import { queries } from "./api/queries";

/** A row of `topic` (a table's name) has changed; `key` says which, where that is known. */
export interface Changed {
  topic: string;
  key?: string | null;
}

export const socket: Socket = io({ path: "/socket.io", transports: ["websocket"], autoConnect: false });

type State = "connected" | "connecting" | "lost";
let state: State = "connecting";
const watchers = new Set<() => void>();

function become(next: State): void {
  state = next;
  for (const watch of watchers) watch();
}

/** The topics whose changes the server tells us: all that a page has shown or asked to hear of. */
const topics = new Set<string>();

/** Hear of changes of a topic from now on. */
export function watch(topic: string): void {
  if (topics.has(topic)) return;
  topics.add(topic);
  if (socket.connected) socket.emit("watch", { topics: [topic] });
}

queries.getQueryCache().subscribe(({ type, query }) => {
  const topic: unknown = query.queryKey[0];
  if (type === "added" && typeof topic === "string" && topic !== "session") watch(topic);
});

/** Milliseconds until it is tried again after the server has refused the connection. */
const REFUSED = 5000;
let again: ReturnType<typeof setTimeout> | undefined;
let connectedBefore = false;
socket.on("connect", () => {
  become("connected");
  if (topics.size) socket.emit("watch", { topics: [...topics] });
  // What changed while we were away was not heard.
  if (connectedBefore) void queries.invalidateQueries();
  connectedBefore = true;
});
socket.on("disconnect", () => become("lost"));
socket.on("connect_error", () => {
  become("lost");
  // The server itself said no: it may only just be starting, and Socket.IO does not try again by itself.
  if (!socket.active) again = setTimeout(connect, REFUSED);
});
socket.on("changed", ({ topic }: Changed) => void queries.invalidateQueries({ queryKey: [topic] }));

/** Connect, once somebody has signed in. */
export function connect(): void {
  if (!socket.active) socket.connect();
}

/** Let go, when they have signed out. */
export function disconnect(): void {
  connectedBefore = false;
  clearTimeout(again);
  socket.disconnect();
  become("connecting");
}

function watchState(watch: () => void): () => void {
  watchers.add(watch);
  return () => watchers.delete(watch);
}

/** Whether the live connection stands: "connecting" before it ever did. */
export function useConnection(): State {
  return useSyncExternalStore(watchState, () => state);
}

/** Call back when a row of `topic` has changed. Queries whose key begins with the topic are asked again without this. */
export function useChanged(topic: string, callback: (change: Changed) => void): void {
  useEffect(() => watch(topic), [topic]);
  useEvent<Changed>("changed", (change) => {
    if (change.topic === topic) callback(change);
  });
}

/** Listen to an event of a feature while the component is there. */
export function useEvent<T>(event: string, callback: (payload: T) => void): void {
  const latest = useRef(callback);
  latest.current = callback;
  useEffect(() => {
    const listen = (payload: T) => latest.current(payload);
    socket.on(event, listen);
    return () => {
      socket.off(event, listen);
    };
  }, [event]);
}

/** What the server answers an event with. */
type Answer<T> = { ok: T } | { error: { message: string; fields?: Record<string, string>; status: number } };

/** Say something to the server and wait for its answer. Raises Refused, and Unreachable when none comes in time. */
export async function ask<T = void>(event: string, payload: unknown, milliseconds = 10_000): Promise<T> {
  if (!socket.connected) throw new Unreachable("no connection");
  let answer: Answer<T>;
  try {
    answer = (await socket.timeout(milliseconds).emitWithAck(event, payload)) as Answer<T>;
  } catch (cause) {
    throw new Unreachable("no answer", { cause });
  }
  if ("ok" in answer) return answer.ok;
  const { status, message, fields } = answer.error;
  throw new Refused(status, message, fields, answer.error);
}

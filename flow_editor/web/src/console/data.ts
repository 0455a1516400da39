/** What an agent's page shows: asked once, and again whenever the server says that something of it has changed. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, got, type Schema } from "../api/client";
import { queries } from "../api/queries";
import { ask, socket, useEvent } from "../live";

export type Console = Schema<"ConsoleNow">;
export type Status = Console["status"];
export type CallInHand = NonNullable<Console["call"]>;
type Asked = Schema<"OrderAsked">;
export type Order = Pick<Asked, "entry" | "what"> & Partial<Asked>;
type Wanted = Schema<"StatusAsked">["what"];

const KEY = ["console"];

/** Milliseconds by which the server's clock is ahead of this browser's. */
let ahead = 0;

function learn(now: Console): Console {
  ahead = new Date(now.at).getTime() - Date.now();
  return now;
}

export function useConsole() {
  useEffect(() => {
    const follow = () => void ask("console.follow", undefined).catch(() => {});
    if (socket.connected) follow();
    socket.on("connect", follow);
    return () => {
      socket.off("connect", follow);
    };
  }, []);
  useEvent("console.changed", () => void queries.invalidateQueries({ queryKey: KEY }));
  // A lost notice delays, and never breaks.
  return useQuery({
    queryKey: KEY,
    queryFn: async () => learn(await got(api.GET("/api/console"))),
    refetchInterval: 15_000,
  });
}

function shown(now: Console): void {
  queries.setQueryData(KEY, learn(now));
}

export async function become(what: Wanted, reason = ""): Promise<void> {
  shown(await got(api.POST("/api/console/status", { body: { what, reason } })));
}

export async function ringOn(phone: string | null): Promise<void> {
  shown(await got(api.PUT("/api/console/phone", { body: { phone } })));
}

export async function keepNote(entry: string, text: string): Promise<void> {
  await got(api.PUT("/api/console/note", { body: { entry, text } }));
}

export async function order(asked: Order): Promise<void> {
  const body = { to: null, id: "", note: "", language: null, rank: null, line: null, ...asked };
  shown(await got(api.POST("/api/console/orders", { body })));
}

/** Seconds since a moment (until one: negative), by the server's clock; counts on by itself. */
export function useSeconds(since: string | null | undefined): number {
  const [now, tick] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => tick(Date.now()), 500);
    return () => clearInterval(ticking);
  }, []);
  return since ? (now + ahead - new Date(since).getTime()) / 1000 : 0;
}

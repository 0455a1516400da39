/** What Home shows, asked of the server: when something of it changes, and by itself every minute, since time passes too. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, got } from "../api/client";
import type { components } from "../api/schema";
import { useEvent, watch } from "../live";

export type HomeNow = components["schemas"]["HomeNow"];
export type PlaceNow = components["schemas"]["HomeNow.PlaceNow"];
export type AnnouncementNow = components["schemas"]["HomeNow.AnnouncementNow"];
export type RotaNow = components["schemas"]["HomeNow.RotaNow"];

const TOPICS: readonly string[] = [
  "calls",
  "flows",
  "hours",
  "locations",
  "mailboxes",
  "messages",
  "numbers",
  "people",
  "phones",
  "preferences",
  "prompts",
  "rotas",
];
/** Calls move many times a second: Home is asked again once in so many milliseconds. */
const PAUSE = 1000;

export function useHome() {
  useAskedAgain();
  return useQuery({ queryKey: ["home"], queryFn: () => got(api.GET("/api/home")), refetchInterval: 30_000 });
}

export function useConcerns() {
  return useQuery({
    queryKey: ["home", "concerns"],
    queryFn: () => got(api.GET("/api/home/concerns")),
    refetchInterval: 60_000,
  });
}

function useAskedAgain(): void {
  const queries = useQueryClient();
  const due = useRef<number>(undefined);
  useEffect(() => {
    for (const topic of TOPICS) watch(topic);
    return () => window.clearTimeout(due.current);
  }, []);
  useEvent<{ topic: string }>("changed", ({ topic }) => {
    if (!TOPICS.includes(topic) || due.current !== undefined) return;
    due.current = window.setTimeout(() => {
      due.current = undefined;
      void queries.invalidateQueries({ queryKey: ["home"], exact: topic === "calls" });
    }, PAUSE);
  });
}

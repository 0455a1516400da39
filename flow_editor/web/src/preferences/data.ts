/** What holds for the whole organisation, as the pages need it. */
import { useQuery } from "@tanstack/react-query";
import { api, got } from "../api/client";

export function usePreferences() {
  return useQuery({ queryKey: ["preferences", "page"], queryFn: () => got(api.GET("/api/preferences")) });
}

/** The languages that callers are offered; English until it is known. */
export function useOffered(): readonly string[] {
  const { data } = useQuery({
    queryKey: ["preferences", "languages"],
    queryFn: () => got(api.GET("/api/preferences/languages")),
  });
  return data?.languages ?? ENGLISH;
}

const ENGLISH: readonly string[] = ["en"];

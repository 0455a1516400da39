/** The kinds of step there are, from the server's registry: their words, icons and forms. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, got, type Schema } from "../api/client";
import { type Language, useLanguage } from "../texts";
import type { SettingsSchema } from "./fields/schema";

export type Family = Schema<"Palette.KindOut">["family"];

export interface Kind extends Omit<Schema<"Palette.KindOut">, "fields"> {
  fields: SettingsSchema;
}

export interface Kinds {
  byName: ReadonlyMap<string, Kind>;
  all: readonly Kind[];
  families: readonly Schema<"Palette.FamilyOut">[];
  /** What things that steps refer to are called. */
  nouns: Readonly<Record<string, string>>;
  languages: Readonly<Record<string, string>>;
}

/** Asks for them in a language; they are the same for as long as the page is open. */
export function kindsIn(language: Language) {
  return queryOptions({
    queryKey: ["kinds", language],
    queryFn: async (): Promise<Kinds> => {
      const palette = await got(api.GET("/api/kinds"));
      const all = palette.kinds as unknown as Kind[];
      return { ...palette, all, byName: new Map(all.map((kind) => [kind.kind, kind])) };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useKindsQuery() {
  // Until they are there in another language, the ones known stay: the canvas is not taken away for it.
  return useQuery({ ...kindsIn(useLanguage()), placeholderData: keepPreviousData });
}

export const KindsContext = createContext<Kinds>({
  byName: new Map(),
  all: [],
  families: [],
  nouns: {},
  languages: {},
});

export function useKinds(): Kinds {
  return useContext(KindsContext);
}

/** The rehearsals of the flow on the canvas: watched, changed, and run on what is drawn. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState, useSyncExternalStore } from "react";
import { api, got, type Schema } from "../api/client";
import { useCanvas, useWatched } from "../canvas/canvas";
import { newId } from "../canvas/model/drawing";
import { Watched } from "../canvas/model/keyed";
import { useNotices } from "../shared/notices";
import { useLanguage } from "../texts";
import type { Kept } from "./model";

export type Ran = Schema<"RunOut.RanOut">;
export type Choices = Schema<"ChoicesOut">;

/** All of them by id, in the order in which they were made. */
export function useRehearsals(): readonly [string, Kept][] {
  const { rehearsals } = useCanvas().drawing;
  const watch = useCallback(
    (callback: () => void) => {
      rehearsals.observeDeep(callback);
      return () => rehearsals.unobserveDeep(callback);
    },
    [rehearsals],
  );
  const written = useSyncExternalStore(watch, () => JSON.stringify(rehearsals.toJSON()));
  const all = JSON.parse(written) as Record<string, unknown>;
  return Object.entries(all)
    .filter((entry): entry is [string, Kept] => typeof entry[1] === "object" && entry[1] !== null)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Ids sort in the order in which they are made, as the server's do. */
function laterId(): string {
  return newId(`z${Date.now().toString(36)}`);
}

export function useChangeRehearsals() {
  const { drawing } = useCanvas();
  return {
    put(id: string | null, kept: Kept): string {
      const key = id ?? laterId();
      drawing.apart();
      drawing.change(() => drawing.rehearsals.set(key, kept));
      drawing.apart();
      return key;
    },
    remove(id: string): () => void {
      const before = drawing.rehearsals.get(id);
      drawing.apart();
      drawing.change(() => drawing.rehearsals.delete(id));
      drawing.apart();
      return () => drawing.change(() => drawing.rehearsals.set(id, before));
    },
  };
}

export function useChoices() {
  const { flow } = useCanvas();
  const language = useLanguage();
  return useQuery({
    queryKey: ["people", "rehearsals", flow, language],
    queryFn: () => got(api.GET("/api/flows/{flow}/rehearsals/choices", { params: { path: { flow } } })),
  });
}

const SAVED = new Watched<{ state: string }>({ state: "saved" });

export interface Results {
  byId: ReadonlyMap<string, Ran>;
  milliseconds: number | null;
}

/** Runs them on what is drawn, once it has been saved. */
export function useRunning() {
  const { flow, connection } = useCanvas();
  const notices = useNotices();
  const saving = connection?.saving ?? SAVED;
  const saved = useWatched<{ state: string }>(saving).state === "saved";
  const [results, setResults] = useState<Results>({ byId: new Map(), milliseconds: null });
  const [busy, setBusy] = useState(false);

  const run = useCallback(
    async (only?: Record<string, Kept>) => {
      setBusy(true);
      try {
        await settled(saving);
        const params = { path: { flow } };
        const body = { rehearsals: only ?? null };
        const found = await got(api.POST("/api/flows/{flow}/rehearsals/run", { params, body }));
        setResults((before) => {
          const byId = new Map(only ? before.byId : []);
          for (const one of found.rehearsals) byId.set(one.id, one);
          return { byId, milliseconds: only ? before.milliseconds : found.milliseconds };
        });
      } catch (error) {
        notices.failed(error);
      } finally {
        setBusy(false);
      }
    },
    [flow, saving, notices],
  );
  return { results, run, busy, saved };
}

/** Milliseconds that what has been drawn may take to be saved before it is run as the server has it. */
const SAVED_WITHIN = 4000;

function settled(saving: Watched<{ state: string }>): Promise<void> {
  if (saving.get().state === "saved") return Promise.resolve();
  return new Promise((resolve) => {
    const end = saving.watch(() => {
      if (saving.get().state === "saved") done();
    });
    const late = setTimeout(done, SAVED_WITHIN);
    function done() {
      clearTimeout(late);
      end();
      resolve();
    }
  });
}

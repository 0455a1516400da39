/** Set-up leads away to another page: which step it was, until somebody is back. Of this tab, and kept when it is loaded anew. */
import { useSyncExternalStore } from "react";
import type { components } from "../api/schema";

export type StepName = components["schemas"]["SetUpOut.StepOut"]["name"];

const KEY = "careline-set-up";
const watchers = new Set<() => void>();

function put(step: StepName | null): void {
  if (step) sessionStorage.setItem(KEY, step);
  else sessionStorage.removeItem(KEY);
  for (const watch of watchers) watch();
}

export function leaveSetUp(step: StepName): void {
  put(step);
}

/** They are back, or want no way back. */
export function backInSetUp(): void {
  put(null);
}

/** The step that set-up was left at; null: it was not, or somebody is back. */
export function useLeftAt(): StepName | null {
  return useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => sessionStorage.getItem(KEY) as StepName | null,
  );
}

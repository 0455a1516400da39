/** Calls change many times a second: what pages show of them is asked for again once in a while. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useChanged } from "../live";

const PACE = 1500;

/** Ask again for the queries that begin with `key` when calls have changed, at most every second and a half. */
export function useCallsChanged(key: string): void {
  const client = useQueryClient();
  const due = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useChanged("calls", () => {
    due.current ??= setTimeout(() => {
      due.current = undefined;
      void client.invalidateQueries({ queryKey: [key] });
    }, PACE);
  });
  useEffect(() => () => clearTimeout(due.current), []);
}

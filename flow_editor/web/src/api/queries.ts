/**
 * What the pages know of the server's data. The first part of a query's key is the topic (a table's name, as the server
 * emits in `changed`), so that a change in SQL makes the pages that show it ask again: see live.ts.
 */
import { QueryClient } from "@tanstack/react-query";
import { Refused } from "./client";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => !(error instanceof Refused) && failures < 2,
    },
    mutations: { retry: false },
  },
});

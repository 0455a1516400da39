/** Does something at Home, shows it at once, and offers to undo it. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useNotices } from "../shared/notices";
import { undo } from "../things/calls";

interface Done {
  change?: string | null;
}

/** Gives whether it was done. */
export function useSwitch(): (doing: Promise<Done>, said: string) => Promise<boolean> {
  const notices = useNotices();
  const queries = useQueryClient();
  return useCallback(
    async (doing, said) => {
      try {
        const { change } = await doing;
        const back = change
          ? () => undo(change).then(() => queries.invalidateQueries({ queryKey: ["home"] }))
          : undefined;
        notices.saved(said, back);
        await queries.invalidateQueries({ queryKey: ["home"] });
        return true;
      } catch (error) {
        notices.failed(error);
        return false;
      }
    },
    [notices, queries],
  );
}

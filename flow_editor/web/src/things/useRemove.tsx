/** Deleting a thing at once, with an undo; one that is in use is replaced first, in a dialog that says where. */
import { type ReactNode, useState } from "react";
import { Refused } from "../api/client";
import { queries } from "../api/queries";
import { useNotices } from "../shared/notices";
import { asJson, type Done, type Kind, type Line, type Use, undo } from "./calls";
import { Replace } from "./Replace";

export interface Removing {
  remove: (line: Line) => Promise<void>;
  /** Put another one in its place everywhere; it may stay. */
  replace: (line: Line) => void;
  /** To be shown somewhere on the page. */
  dialog: ReactNode;
}

export function useRemove(kind: Kind, onDeleted?: () => void): Removing {
  const notices = useNotices();
  const [replacing, setReplacing] = useState<{ line: Line; usedBy?: readonly Use[] } | null>(null);

  async function remove(line: Line) {
    try {
      const done = await asJson<Done>("DELETE", `/api/${kind.path}/${line.id}`, {});
      notices.deleted(line.name, () => undo(done.change));
      onDeleted?.();
      await queries.invalidateQueries({ queryKey: [kind.topic] });
    } catch (problem) {
      const usedBy = problem instanceof Refused && (problem.body as { used_by?: Use[] } | null)?.used_by;
      if (usedBy) setReplacing({ line, usedBy });
      else notices.failed(problem);
    }
  }

  return {
    remove,
    replace: (line) => setReplacing({ line }),
    dialog: replacing && (
      <Replace
        kind={kind}
        line={replacing.line}
        usedBy={replacing.usedBy}
        onClose={() => setReplacing(null)}
        onDeleted={() => {
          setReplacing(null);
          onDeleted?.();
        }}
      />
    ),
  };
}

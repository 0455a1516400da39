/** My note on a call: kept as it is typed, at once when one leaves the field, and tried again when it could not be kept. */
import { useCallback, useEffect, useRef, useState } from "react";
import { type CallInHand, keepNote } from "./data";

/** Milliseconds of quiet after which it is kept. */
const QUIET = 800;
const AGAIN = 4000;

type State = "untouched" | "saving" | "saved" | "lost";

export function useNote(call: CallInHand) {
  const { entry } = call;
  const [text, setText] = useState(call.mine);
  const [state, setState] = useState<State>("untouched");
  const latest = useRef(text);
  const kept = useRef(call.mine);
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);

  // Written in another window: taken over unless something is being written here.
  useEffect(() => {
    if (latest.current === kept.current && call.mine !== kept.current) {
      kept.current = latest.current = call.mine;
      setText(call.mine);
    }
  }, [call.mine]);

  const keep = useCallback(async () => {
    clearTimeout(due.current);
    const written = latest.current;
    if (written === kept.current) return;
    try {
      await keepNote(entry, written);
      kept.current = written;
      if (latest.current === written) setState("saved");
    } catch {
      setState("lost");
      due.current = setTimeout(() => void keep(), AGAIN);
    }
  }, [entry]);

  // The page goes on to another call: what was written last belongs to this one.
  useEffect(() => () => void keep(), [keep]);

  return {
    text,
    state,
    write(written: string) {
      latest.current = written;
      setText(written);
      setState("saving");
      clearTimeout(due.current);
      due.current = setTimeout(() => void keep(), QUIET);
    },
    now: () => void keep(),
  };
}

/** One test call at a time: made, spoken in, and shown as the server tells it. It ends when nobody looks at it any more. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Schema } from "../api/client";
import { ask, socket, useEvent } from "../live";

export type TestState = Required<Schema<"TestState">>;
export type Begin = Partial<Schema<"BeginTest">>;
/** What people do when they are rung. */
export type Manner = "ask" | "all" | "none";

/** How long a phone rings before it is answered by itself, in milliseconds. */
const PICKS_UP = 2500;

export interface TestCall {
  state: TestState | null;
  /** From the click until the server has begun. */
  beginning: boolean;
  error: unknown;
  /** The connection went away in the middle of a call. */
  lost: boolean;
  going: boolean;
  begin(asked: Begin, manner: Manner): Promise<void>;
  press(keys: string): void;
  speak(): void;
  hangUp(): void;
  answer(leg: string): void;
  decline(leg: string): void;
  leave(leg: string): void;
}

export function useTestCall(): TestCall {
  const [state, setState] = useState<TestState | null>(null);
  const [beginning, setBeginning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [lost, setLost] = useState(false);
  const manner = useRef<Manner>("ask");
  const picked = useRef(new Set<string>());
  const going = beginning || (state !== null && state.stage !== "ended");

  const say = useCallback((what: string, given: unknown = null) => {
    // What comes too late (the call is just over) needs no word.
    ask(`test_calls.${what}`, given).catch(() => {});
  }, []);

  useEvent<TestState>("test_calls.state", (told) => {
    setState(told);
    if (manner.current !== "all") return;
    for (const phone of told.phones) {
      if (phone.state !== "ringing" || picked.current.has(phone.leg)) continue;
      picked.current.add(phone.leg);
      setTimeout(() => say("answer", { leg: phone.leg }), PICKS_UP);
    }
  });

  useEffect(() => {
    const disconnected = () => {
      setState((before) => {
        if (before && before.stage !== "ended") setLost(true);
        return before && { ...before, stage: "ended", sounds: [], recording: false, talking_with: null, phones: [] };
      });
      setBeginning(false);
    };
    socket.on("disconnect", disconnected);
    return () => {
      socket.off("disconnect", disconnected);
    };
  }, []);

  const stage = useRef<string | undefined>(undefined);
  stage.current = state?.stage;
  useEffect(
    () => () => {
      if (stage.current && stage.current !== "ended") say("hang_up");
    },
    [say],
  );

  const begin = useCallback(async (asked: Begin, how: Manner) => {
    manner.current = how;
    picked.current.clear();
    setBeginning(true);
    setError(null);
    setLost(false);
    setState(null);
    try {
      await ask("test_calls.begin", asked);
    } catch (refused) {
      setError(refused);
    } finally {
      setBeginning(false);
    }
  }, []);

  return {
    state,
    beginning,
    error,
    lost,
    going,
    begin,
    press: (keys) => say("press", { keys }),
    speak: () => say("speak", { seconds: 5 }),
    hangUp: () => say("hang_up"),
    answer: (leg) => say("answer", { leg }),
    decline: (leg) => say("decline", { leg }),
    leave: (leg) => say("leave", { leg }),
  };
}

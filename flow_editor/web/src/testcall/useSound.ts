/** Plays what the caller hears, file after file, for as long as the server says that it is being played. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { TestState } from "./useTestCall";

/** Nothing, in eight bits: played by a click, it lets everything after it be heard. */
const QUIET = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";

let quiet: string | undefined;
function quietFile(): string {
  quiet ??= URL.createObjectURL(
    new Blob([Uint8Array.from(atob(QUIET), (sign) => sign.charCodeAt(0))], { type: "audio/wav" }),
  );
  return quiet;
}

export interface Sound {
  /** The browser will not play before the person has clicked once more. */
  blocked: boolean;
  muted: boolean;
  /** To be called within a click. */
  allow(): void;
  mute(off: boolean): void;
}

export function useSound(state: TestState | null): Sound {
  const player = useRef<HTMLAudioElement | null>(null);
  const [blocked, setBlocked] = useState(false);
  const [muted, setMuted] = useState(false);
  const playing = state?.playing ?? 0;
  const files = (state?.sounds ?? [])
    .filter((sound) => sound.kind === "said" && sound.number !== null && sound.number !== undefined)
    .map((sound) => `/api/test-calls/${state?.id}/sounds/${sound.number}`)
    .join("\n");

  const audio = useCallback(() => {
    player.current ??= new Audio();
    return player.current;
  }, []);

  useEffect(() => {
    const one = audio();
    one.onended = null;
    one.pause();
    if (!files || !playing) return;
    const left = files.split("\n");
    const next = () => {
      const file = left.shift();
      if (!file) return;
      one.src = file;
      one.play().catch((why: DOMException) => {
        if (why.name === "NotAllowedError") setBlocked(true);
      });
    };
    one.onended = next;
    next();
  }, [audio, files, playing]);

  useEffect(() => {
    audio().muted = muted;
  }, [audio, muted]);
  useEffect(() => () => player.current?.pause(), []);

  const allow = useCallback(() => {
    const one = audio();
    if (one.paused && !one.src) one.src = quietFile();
    one.play().then(
      () => setBlocked(false),
      () => {},
    );
  }, [audio]);

  return { blocked, muted, allow, mute: setMuted };
}

/** Plays one sound at a time, brought from the server; a second press stops it. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useNotices } from "../shared/notices";

let stopOther: (() => void) | null = null;

export interface Sound {
  playing: boolean;
  loading: boolean;
  toggle: () => void;
}

/** `bring`: asks the server for the sound (a WAV file). */
export function useSound(bring: () => Promise<Response>): Sound {
  const notices = useNotices();
  const [state, setState] = useState<"still" | "loading" | "playing">("still");
  const audio = useRef<HTMLAudioElement | null>(null);
  const latest = useRef(bring);
  latest.current = bring;

  const stop = useCallback(() => {
    if (audio.current) {
      audio.current.pause();
      URL.revokeObjectURL(audio.current.src);
      audio.current = null;
    }
    if (stopOther === stop) stopOther = null;
    setState("still");
  }, []);
  useEffect(() => stop, [stop]);

  async function play() {
    stopOther?.();
    stopOther = stop;
    setState("loading");
    try {
      const sound = await (await latest.current()).blob();
      if (stopOther !== stop) return;
      const element = new Audio(URL.createObjectURL(sound));
      element.addEventListener("ended", stop);
      audio.current = element;
      setState("playing");
      await element.play();
    } catch (error) {
      // Stopped before it began is no failure.
      if (!(error instanceof DOMException && error.name === "AbortError")) notices.failed(error);
      stop();
    }
  }

  return {
    playing: state === "playing",
    loading: state === "loading",
    toggle: () => (state === "still" ? void play() : stop()),
  };
}

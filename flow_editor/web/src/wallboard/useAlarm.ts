/** The alarm's sound: off until somebody has switched it on here, since browsers let no page sound that nobody has touched. */
import { useLocalStorage } from "@mantine/hooks";
import { useCallback, useEffect, useRef, useState } from "react";

/** Milliseconds after which an alert that stays is heard again. */
const AGAIN = 60_000;

export interface Alarm {
  on: boolean;
  toggle(): void;
}

/** Two notes when an alert comes, and again while it stays. `alerts`: their names, one string for each. */
export function useAlarm(alerts: readonly string[]): Alarm {
  const [wanted, setWanted] = useLocalStorage({ key: "careline-alarm", defaultValue: false });
  const [running, setRunning] = useState(false);
  const context = useRef<AudioContext | null>(null);
  const sounded = useRef(new Map<string, number>());

  const begin = useCallback(() => {
    context.current ??= new AudioContext();
    void context.current.resume().then(() => setRunning(context.current?.state === "running"));
  }, []);
  useEffect(() => () => void context.current?.close(), []);
  // Wanted from before: the next touch of anything lets it sound.
  useEffect(() => {
    if (!wanted || running) return;
    window.addEventListener("pointerdown", begin);
    window.addEventListener("keydown", begin);
    return () => {
      window.removeEventListener("pointerdown", begin);
      window.removeEventListener("keydown", begin);
    };
  }, [wanted, running, begin]);

  const on = wanted && running;
  const names = alerts.join("\n");
  useEffect(() => {
    if (!on) return;
    function look() {
      const now = performance.now();
      const here = names ? names.split("\n") : [];
      const last = sounded.current;
      for (const name of last.keys()) if (!here.includes(name)) last.delete(name);
      const due = here.filter((name) => now - (last.get(name) ?? Number.NEGATIVE_INFINITY) >= AGAIN);
      for (const name of due) last.set(name, now);
      if (due.length && context.current) chime(context.current);
    }
    look();
    const timer = setInterval(look, AGAIN / 12);
    return () => clearInterval(timer);
  }, [on, names]);

  const toggle = useCallback(() => {
    if (!on) begin();
    sounded.current.clear();
    setWanted(!on);
  }, [on, begin, setWanted]);
  return { on, toggle };
}

function chime(context: AudioContext): void {
  for (const [place, pitch] of [660, 880].entries()) {
    const begins = context.currentTime + place * 0.25;
    const note = context.createOscillator();
    const loudness = context.createGain();
    note.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, begins);
    loudness.gain.linearRampToValueAtTime(0.3, begins + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, begins + 0.6);
    note.connect(loudness).connect(context.destination);
    note.start(begins);
    note.stop(begins + 0.65);
  }
}

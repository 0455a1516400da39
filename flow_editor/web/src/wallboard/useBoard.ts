/**
 * The wallboard, live. Once followed, the server says what changes, and every few seconds that nothing has: a page that
 * hears nothing says that it is not up to date. Time is the server's: clocks of screens on a wall are seldom right.
 */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Schema } from "../api/client";
import { ask, useConnection, useEvent } from "../live";
import { type BoardChanged, type BoardNow, changed } from "./board";

/** Milliseconds without a message after which what is shown counts as old. */
const STALE = 7000;
/** Milliseconds after which everything is asked for anew, should anything ever have gone wrong. */
const ANEW = 60_000;
/** Milliseconds between two attempts. */
const AGAIN = 3000;

export interface Live {
  /** null: nothing is known yet. */
  board: BoardNow | null;
  /** When the server was last heard, by its own clock (milliseconds). */
  heard: number;
}

/** The server's time: the machine's count of milliseconds, which nobody sets, and how far apart the two are. */
let apart: number | null = null;

function serverSaid(at: string, anew: boolean): void {
  const now = Date.parse(at) - performance.now();
  // A message says the time at which it was sent: the quickest one is closest.
  apart = anew || apart === null ? now : Math.max(apart, now);
}

/** The time by the server's clock, in milliseconds. */
export function serverTime(): number {
  return apart === null ? Date.now() : performance.now() + apart;
}

export function useBoard(working: boolean): Live {
  const connection = useConnection();
  const [live, setLive] = useState<Live>({ board: null, heard: 0 });
  const latest = useRef<BoardNow | null>(null);
  const program = useRef("");
  const again = useRef<() => void>(() => {});

  useEffect(() => {
    if (connection !== "connected") return;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    function follow() {
      clearTimeout(timer);
      timer = setTimeout(follow, ANEW);
      ask<Schema<"BoardFollowed">>("wallboard.follow", { on: true, working }).then(
        ({ now }) => {
          if (gone || !now) return;
          // Careline has been renewed: this page is of the time before, and nobody is there to load it again.
          if (program.current && now.program && program.current !== now.program) location.reload();
          program.current = now.program;
          serverSaid(now.at, true);
          latest.current = now;
          setLive({ board: now, heard: serverTime() });
        },
        () => {
          if (gone) return;
          clearTimeout(timer);
          timer = setTimeout(follow, AGAIN);
        },
      );
    }
    again.current = follow;
    follow();
    return () => {
      gone = true;
      clearTimeout(timer);
      again.current = () => {};
      ask("wallboard.follow", { on: false }).catch(() => {});
    };
  }, [connection, working]);

  useEvent<BoardChanged>("wallboard.changed", (told) => {
    if (!latest.current) return;
    const next = changed(latest.current, told);
    if (!next) {
      // What comes before the answer to "follow" is in that answer; whatever else is missing must be asked for.
      if (told.seq > latest.current.seq) {
        latest.current = null;
        again.current();
      }
      return;
    }
    serverSaid(told.at, false);
    latest.current = next;
    setLive({ board: next, heard: serverTime() });
  });
  return live;
}

const ticking = new Set<() => void>();
let ticks: ReturnType<typeof setInterval> | undefined;
let second = 0;

function onTick(tick: () => void): () => void {
  ticking.add(tick);
  ticks ??= setInterval(() => {
    for (const each of ticking) each();
  }, 250);
  return () => {
    ticking.delete(tick);
    if (!ticking.size) {
      clearInterval(ticks);
      ticks = undefined;
    }
  };
}

function thisSecond(): number {
  const now = Math.floor(serverTime() / 1000);
  // A better guess of the time apart must not make a clock step back by a second.
  second = now < second && second - now < 2 ? second : now;
  return second * 1000;
}

/** The server's time, in whole seconds (milliseconds), drawn anew with each. */
export function useNow(): number {
  return useSyncExternalStore(onTick, thisSecond);
}

/** Whether what is shown is old at a time. */
export function isStale({ heard }: Live, now: number): boolean {
  return now - heard > STALE;
}

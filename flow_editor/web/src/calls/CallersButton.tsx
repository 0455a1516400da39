/** In the canvas's header: how many callers are at each step now, and what calls did there today; on the steps themselves. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconPhoneEnd, IconUsersGroup } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { Schema } from "../api/client";
import { useCanvas } from "../canvas/canvas";
import type { Decoration } from "../canvas/model/decorations";
import { ask, useConnection, useEvent } from "../live";
import { useTexts } from "../texts";
import classes from "./calls.module.css";
import { callsTexts } from "./texts";

type Here = Schema<"CallersHere">;
type Today = Schema<"CallsToday">;

export default function CallersButton() {
  const t = useTexts(callsTexts);
  const { flow, decorations, mayDraw } = useCanvas();
  const connection = useConnection();
  // Whoever draws wants to see what they draw; whoever looks wants to see what happens.
  const [on, setOn] = useLocalStorage({ key: "careline-callers", defaultValue: !mayDraw });
  const [here, setHere] = useState<Here["here"]>({});
  const [today, setToday] = useState<Today["nodes"]>({});
  const made = useRef(new Map<string, { seen: string; mark: Decoration }>());

  useEffect(() => {
    if (!on || connection !== "connected") return;
    let gone = false;
    ask<Schema<"Followed">>("calls.follow", { flow, on: true }).then(
      (followed) => {
        if (gone) return;
        setHere(followed.here.here);
        setToday(followed.today.nodes);
      },
      () => {},
    );
    return () => {
      gone = true;
      ask("calls.follow", { flow, on: false }).catch(() => {});
    };
  }, [on, flow, connection]);
  useEvent<Here>("calls.here", (told) => {
    if (told.flow === flow) setHere(told.here);
  });
  useEvent<Today>("calls.today", (told) => {
    if (told.flow === flow) setToday(told.nodes);
  });

  useEffect(() => {
    const marks = new Map<string, Decoration>();
    if (on) {
      for (const step of new Set([...Object.keys(here), ...Object.keys(today)])) {
        const seen = JSON.stringify([here[step], today[step]]);
        const before = made.current.get(step);
        // A mark that says the same is the same: only the steps where something moved are drawn anew.
        const mark = before?.seen === seen ? before.mark : markOf(step, here[step] ?? 0, today[step]);
        made.current.set(step, { seen, mark });
        marks.set(step, mark);
      }
    }
    decorations.set("calls", marks);

    function markOf(step: string, count: number, day: Today["nodes"][string] | undefined): Decoration {
      const at = `/calls?flow=${flow}&node=${encodeURIComponent(step)}`;
      const exits = Object.entries(day?.exits ?? {}).map(([name, by]) => [
        name,
        <span key={name} className={classes.exit} title={t.byExit(by)}>
          {by}
        </span>,
      ]);
      return {
        badge: (
          <span className={classes.badges}>
            {day && day.hung_up > 0 && (
              <Link
                href={`${at}&exit=`}
                className={`${classes.today} nodrag`}
                title={t.hungUp(day.hung_up)}
                aria-label={t.hungUp(day.hung_up)}
              >
                <IconPhoneEnd size={13} aria-hidden /> {day.hung_up}
              </Link>
            )}
            {day && (
              <Link href={at} className={`${classes.today} nodrag`}>
                {t.byExit(day.came)}
              </Link>
            )}
            {count > 0 && (
              <Link href={`${at}&state=live`} className={`${classes.here} nodrag`} data-callers={count}>
                {t.hereShort(count)}
              </Link>
            )}
          </span>
        ),
        words: [count > 0 && t.here(count), day && t.today(day.came), day?.hung_up && t.hungUp(day.hung_up)]
          .filter(Boolean)
          .join(", "),
        exits: Object.fromEntries(exits),
      };
    }
  }, [decorations, on, here, today, flow, t]);
  useEffect(() => () => decorations.set("calls", new Map()), [decorations]);

  const label = on ? t.callersOff : t.callersOn;
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={t.callers} aria-pressed={on} variant={on ? "light" : "subtle"} onClick={() => setOn(!on)}>
        <IconUsersGroup size={20} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

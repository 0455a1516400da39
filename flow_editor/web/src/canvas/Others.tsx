/** The others who draw at the same time: their pointers, and what they have selected. */
import { Avatar, Tooltip } from "@mantine/core";
import { useStore, ViewportPortal } from "@xyflow/react";
import { useSyncExternalStore } from "react";
import { useFormats, useTexts } from "../texts";
import { useCanvas, useWatched } from "./canvas";
import classes from "./canvas.module.css";
import type { Connection, Somebody } from "./model/connection";
import { canvasTexts } from "./texts";

const COLOURS = ["#a3360a", "#6b3fa0", "#1b5fb4", "#8a5a00", "#a01f62", "#2e6b1f"];

/** One person's colour, the same for everybody. */
export function colourOf(client: string): string {
  let sum = 0;
  for (const sign of client) sum = (sum * 31 + sign.charCodeAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length] ?? "#1b5fb4";
}

function others(connection: Connection): Somebody[] {
  return connection.people.get().filter((one) => one.client !== connection.client);
}

/** Names at a step that others have selected. */
export function OthersHere({ step }: { step: string }) {
  const { connection } = useCanvas();
  return connection ? <Here step={step} connection={connection} /> : null;
}

function Here({ step, connection }: { step: string; connection: Connection }) {
  const found = useSyncExternalStore(connection.people.watch, () =>
    others(connection)
      .filter((one) => one.at.selected?.includes(step))
      .map((one) => `${one.client}\t${one.name}`)
      .join("\n"),
  );
  if (!found) return null;
  return (
    <div className={classes.others}>
      {found.split("\n").map((line) => {
        const [client = "", name = ""] = line.split("\t");
        return (
          <span key={client} className={classes.other} style={{ background: colourOf(client) }}>
            {name}
          </span>
        );
      })}
    </div>
  );
}

/** Their pointers, where they are in the drawing, at the same size however far one looks from. */
export function Pointers({ connection }: { connection: Connection }) {
  useWatched(connection.people);
  const zoom = useStore((state) => state.transform[2]);
  return (
    <ViewportPortal>
      {others(connection).map(({ client, name, at: { pointer } }) =>
        pointer ? (
          <div
            key={client}
            className={classes.pointer}
            data-pointer={name}
            style={{
              transform: `translate(${pointer.x}px, ${pointer.y}px) scale(${1 / zoom})`,
              color: colourOf(client),
            }}
          >
            <svg width="20" height="22" viewBox="0 0 20 22" aria-hidden="true">
              <path d="M2 2l6 17 3-7 7-2z" fill="currentColor" stroke="#fff" strokeWidth="1.5" strokeLinejoin="round" />
            </svg>
            <span className={classes.other} style={{ background: colourOf(client) }}>
              {name}
            </span>
          </div>
        ) : null,
      )}
    </ViewportPortal>
  );
}

/** Who else is here, in the header. */
export function PeopleHere({ connection }: { connection: Connection }) {
  const t = useTexts(canvasTexts);
  const formats = useFormats();
  useWatched(connection.people);
  const here = others(connection);
  if (!here.length) return null;
  const names = formats.list([...new Set(here.map((one) => one.name))]);
  return (
    <Tooltip label={t.alsoHere(names)}>
      <Avatar.Group aria-label={t.alsoHere(names)} role="img">
        {here.slice(0, 4).map((one) => (
          <Avatar
            key={one.client}
            name={one.name}
            size={32}
            variant="filled"
            color={colourOf(one.client)}
            aria-hidden
          />
        ))}
        {here.length > 4 && <Avatar size={32}>+{here.length - 4}</Avatar>}
      </Avatar.Group>
    </Tooltip>
  );
}

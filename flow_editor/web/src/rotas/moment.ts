/** The moment at which the clock on the wall of a place shows a time. */
import { wallClock } from "../shared/moments";

/** "2026-11-24T15:05" in a zone as a moment (ISO, UTC). A time that does not exist is the one an hour later. */
export function moment(local: string, zone: string): string {
  const wanted = Date.parse(`${local}:00Z`);
  let guess = wanted;
  for (let turn = 0; turn < 3; turn++) guess += wanted - Date.parse(`${wallClock(guess, zone)}:00Z`);
  return new Date(guess).toISOString();
}

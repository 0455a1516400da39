/** A moment in as few words as say it: the time today, the day too otherwise. */
import { useCallback } from "react";
import { wallDate } from "../shared/moments";
import { useFormats } from "../texts";

export function useWhen(): (moment: string, zone: string) => string {
  const formats = useFormats();
  return useCallback(
    (moment, zone) =>
      wallDate(moment, zone) === wallDate(Date.now(), zone)
        ? formats.time(moment, zone)
        : `${formats.day(moment, zone)}, ${formats.time(moment, zone)}`,
    [formats],
  );
}

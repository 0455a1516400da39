/** When a version goes live: now or at a set time, and whether only until another. Times are the clinic's. */
import { Checkbox, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useId } from "react";
import { useTexts } from "../texts";
import { publishingTexts } from "./texts";
import { momentOf, shownAt } from "./zoned";

export interface WhenChosen {
  later: boolean;
  starts: string;
  temporary: boolean;
  ends: string;
}

export const NOW: WhenChosen = { later: false, starts: "", temporary: false, ends: "" };

/** The moments that were chosen; undefined for one that has still to be. */
export function momentsOf(
  when: WhenChosen,
  zone: string,
): { starts: Date | null | undefined; ends: Date | null | undefined } {
  return {
    starts: when.later ? (momentOf(when.starts, zone) ?? undefined) : null,
    ends: when.temporary ? (momentOf(when.ends, zone) ?? undefined) : null,
  };
}

export function When({
  when,
  change,
  zone,
  fields,
  mayEnd,
}: {
  when: WhenChosen;
  change: (when: WhenChosen) => void;
  zone: string;
  fields: Readonly<Record<string, string>>;
  /** There is something to go back to. */
  mayEnd: boolean;
}) {
  const t = useTexts(publishingTexts);
  const label = useId();
  const soonest = shownAt(Date.now(), zone);
  return (
    <Stack gap="xs">
      <Text id={label} fw={600} size="sm">
        {t.when}
      </Text>
      <SegmentedControl
        aria-labelledby={label}
        size="md"
        value={when.later ? "later" : "now"}
        onChange={(value) => change({ ...when, later: value === "later", starts: when.starts || soonest })}
        data={[
          { value: "now", label: t.now },
          { value: "later", label: t.later },
        ]}
      />
      {when.later && (
        <TextInput
          type="datetime-local"
          label={t.startsAt}
          description={t.inZone(zone)}
          value={when.starts}
          min={soonest}
          onChange={(event) => change({ ...when, starts: event.currentTarget.value })}
          error={fields.starts_at ?? (momentOf(when.starts, zone) ? undefined : t.chooseTime)}
        />
      )}
      {mayEnd && (
        <Checkbox
          size="md"
          label={t.onlyUntil}
          description={t.onlyUntilHelp}
          checked={when.temporary}
          onChange={(event) =>
            change({ ...when, temporary: event.currentTarget.checked, ends: when.ends || when.starts || soonest })
          }
        />
      )}
      {when.temporary && (
        <TextInput
          type="datetime-local"
          label={t.endsAt}
          description={when.later ? undefined : t.inZone(zone)}
          value={when.ends}
          min={when.later ? when.starts : soonest}
          onChange={(event) => change({ ...when, ends: event.currentTarget.value })}
          error={fields.ends_at ?? (momentOf(when.ends, zone) ? undefined : t.chooseTime)}
        />
      )}
    </Stack>
  );
}

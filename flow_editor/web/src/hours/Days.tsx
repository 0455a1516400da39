/** Single days: special ones with their own hours, and days that end otherwise. */
import { ActionIcon, Button, Group, Paper, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { wallDate } from "../shared/moments";
import { useTexts } from "../texts";
import { fullTime, type OneDayChange, type SpecialDay, shortTime } from "./form";
import { Spans } from "./Spans";
import { hoursTexts } from "./texts";

interface DaysProps<D> {
  days: readonly D[];
  zone: string;
  readOnly: boolean;
  onChange: (days: D[]) => void;
}

/** A day that is not among these: the first from today on. */
function free(days: readonly { day: string }[], zone: string): string {
  let at = Date.now();
  while (days.some(({ day }) => day === wallDate(at, zone))) at += 86_400_000;
  return wallDate(at, zone);
}

const replaced = <D,>(days: readonly D[], place: number, some: Partial<D>): D[] =>
  days.map((day, here) => (here === place ? { ...day, ...some } : day));

export function SpecialDays({ days, zone, readOnly, onChange }: DaysProps<SpecialDay>) {
  const t = useTexts(hoursTexts);
  return (
    <Stack gap="sm">
      {days.map((one, place) => (
        <DayRow
          // biome-ignore lint/suspicious/noArrayIndexKey: the date changes while it is typed
          key={place}
          day={one.day}
          readOnly={readOnly}
          remove={() => onChange(days.filter((it) => it !== one))}
          change={(day) => onChange(replaced(days, place, { day }))}
        >
          <TextInput
            label={t.reason}
            maxLength={120}
            value={one.name}
            disabled={readOnly}
            onChange={(event) => onChange(replaced(days, place, { name: event.currentTarget.value }))}
          />
          <Spans
            what={t.of(one.day)}
            spans={one.spans}
            readOnly={readOnly}
            onChange={(spans) => onChange(replaced(days, place, { spans }))}
          />
        </DayRow>
      ))}
      {!readOnly && (
        <Add label={t.addSpecial} onClick={() => onChange([...days, { day: free(days, zone), name: "", spans: [] }])} />
      )}
    </Stack>
  );
}

export function ChangedDays({ days, zone, readOnly, onChange }: DaysProps<OneDayChange>) {
  const t = useTexts(hoursTexts);
  return (
    <Stack gap="sm">
      {days.map((one, place) => (
        <DayRow
          // biome-ignore lint/suspicious/noArrayIndexKey: the date changes while it is typed
          key={place}
          day={one.day}
          readOnly={readOnly}
          remove={() => onChange(days.filter((it) => it !== one))}
          change={(day) => onChange(replaced(days, place, { day }))}
        >
          <Select
            label={t.kind}
            allowDeselect={false}
            disabled={readOnly}
            data={[
              { value: "early", label: t.early },
              { value: "late", label: t.late },
            ]}
            value={one.kind}
            onChange={(kind) => onChange(replaced(days, place, { kind: kind === "late" ? "late" : "early" }))}
          />
          <TextInput
            type="time"
            label={t.time}
            value={shortTime(one.at)}
            disabled={readOnly}
            onChange={({ currentTarget }) =>
              currentTarget.value && onChange(replaced(days, place, { at: fullTime(currentTarget.value) }))
            }
          />
        </DayRow>
      ))}
      {!readOnly && (
        <Add
          label={t.addChange}
          onClick={() => onChange([...days, { day: free(days, zone), kind: "early", at: "15:00:00", opens: null }])}
        />
      )}
    </Stack>
  );
}

interface DayRowProps {
  day: string;
  readOnly: boolean;
  change: (day: string) => void;
  remove: () => void;
  children: ReactNode;
}

function DayRow({ day, readOnly, change, remove, children }: DayRowProps) {
  const t = useTexts(hoursTexts);
  return (
    <Paper withBorder radius="lg" p="md">
      <Group align="flex-end" gap="sm">
        <TextInput
          type="date"
          label={t.date}
          value={day}
          disabled={readOnly}
          onChange={({ currentTarget }) => currentTarget.value && change(currentTarget.value)}
        />
        {children}
        {!readOnly && (
          <ActionIcon aria-label={t.removeDay(day)} onClick={remove} ml="auto">
            <IconTrash aria-hidden size={18} />
          </ActionIcon>
        )}
      </Group>
    </Paper>
  );
}

function Add({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button
      variant="light"
      w="fit-content"
      size="sm"
      leftSection={<IconPlus aria-hidden size={16} />}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}

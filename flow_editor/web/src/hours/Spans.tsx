/** The open spans of a day, each from a time to a time; closed when there are none. */
import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTexts } from "../texts";
import { fullTime, type Span, shortTime, withOneMore } from "./form";
import { hoursTexts } from "./texts";

interface SpansProps {
  /** Which day, for labels. */
  what: string;
  spans: readonly Span[];
  readOnly: boolean;
  onChange: (spans: Span[]) => void;
}

export function Spans({ what, spans, readOnly, onChange }: SpansProps) {
  const t = useTexts(hoursTexts);

  function change(place: number, some: Partial<Span>) {
    onChange(spans.map((span, here) => (here === place ? { ...span, ...some } : span)));
  }

  return (
    <Stack gap="xs">
      {spans.length === 0 && <Text c="dimmed">{t.closed}</Text>}
      {spans.map((span, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans have no name; while one types, their times change
        <Group key={place} gap={6} wrap="nowrap">
          <Time
            label={t.from(what)}
            value={span.start}
            readOnly={readOnly}
            onChange={(start) => change(place, { start })}
          />
          <Text aria-hidden>–</Text>
          <Time label={t.to(what)} value={span.end} readOnly={readOnly} onChange={(end) => change(place, { end })} />
          {!readOnly && (
            <ActionIcon
              aria-label={t.take(what, `${shortTime(span.start)}–${shortTime(span.end)}`)}
              onClick={() => onChange(spans.filter((_, here) => here !== place))}
            >
              <IconX aria-hidden size={18} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!readOnly && (
        <Button
          variant="subtle"
          size="compact-md"
          w="fit-content"
          leftSection={<IconPlus aria-hidden size={16} />}
          aria-label={t.addOn(what)}
          onClick={() => onChange(withOneMore(spans))}
        >
          {t.add}
        </Button>
      )}
    </Stack>
  );
}

interface TimeProps {
  label: string;
  value: string;
  readOnly: boolean;
  onChange: (time: string) => void;
}

function Time({ label, value, readOnly, onChange }: TimeProps) {
  return (
    <TextInput
      type="time"
      aria-label={label}
      value={shortTime(value)}
      disabled={readOnly}
      style={{ flex: "0 1 152px", minWidth: 0 }}
      // An empty field is one being typed: what it was stays until there is a time again.
      onChange={({ currentTarget }) => currentTarget.value && onChange(fullTime(currentTarget.value))}
    />
  );
}

/** Swaps: "Grace takes Saturday from Ellen". */
import { ActionIcon, Button, Group, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useFormats, useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { later, type Member, memberKey, membersOf, type Plan, person, type Swap } from "./form";
import { useMemberName } from "./Members";
import { moment } from "./moment";
import { rotaTexts } from "./texts";

interface SwapsProps {
  plan: Plan;
  zone: string;
  readOnly: boolean;
  /** The day that a swap has been begun on, from the calendar. */
  begun: string | null;
  onBegun: (day: string | null) => void;
  onChange: (swaps: Swap[]) => void;
}

export function Swaps({ plan, zone, readOnly, begun, onBegun, onChange }: SwapsProps) {
  const t = useTexts(rotaTexts);
  const formats = useFormats();
  const name = useMemberName();
  const said = (at: string) => `${formats.day(at, zone)}, ${formats.time(at, zone)}`;
  const coming = plan.swaps.filter((swap) => Date.parse(swap.end) > Date.now());
  return (
    <Stack gap="sm">
      {coming.map((swap) => (
        <Paper key={`${swap.start} ${memberKey(swap.absent)}`} withBorder radius="lg" p="sm">
          <Group justify="space-between" wrap="nowrap">
            <div style={{ overflowWrap: "anywhere" }}>
              <Text fw={600}>{t.swapLine(name(swap.instead), name(swap.absent))}</Text>
              <Text size="sm">{t.swapSpan(said(swap.start), said(swap.end))}</Text>
              {swap.reason && (
                <Text size="sm" c="dimmed">
                  {swap.reason}
                </Text>
              )}
            </div>
            {!readOnly && (
              <ActionIcon
                aria-label={t.removeSwap(name(swap.instead), name(swap.absent))}
                onClick={() => onChange(plan.swaps.filter((other) => other !== swap))}
              >
                <IconTrash aria-hidden size={18} />
              </ActionIcon>
            )}
          </Group>
        </Paper>
      ))}
      {!readOnly && begun === null && (
        <Button
          variant="light"
          size="sm"
          w="fit-content"
          leftSection={<IconPlus aria-hidden size={16} />}
          onClick={() => onBegun(new Date().toISOString().slice(0, 10))}
        >
          {t.addSwap}
        </Button>
      )}
      {begun !== null && (
        <NewSwap
          key={begun}
          day={begun}
          plan={plan}
          zone={zone}
          add={(swap) => {
            onChange([...plan.swaps, swap]);
            onBegun(null);
          }}
          cancel={() => onBegun(null)}
        />
      )}
    </Stack>
  );
}

interface NewSwapProps {
  day: string;
  plan: Plan;
  zone: string;
  add: (swap: Swap) => void;
  cancel: () => void;
}

function NewSwap({ day, plan, zone, add, cancel }: NewSwapProps) {
  const t = useTexts(rotaTexts);
  const name = useMemberName();
  const people = useReferences("person").data?.items ?? [];
  const handover = plan.steps.find((step) => step.rotation)?.rotation?.handover.slice(0, 5) ?? "00:00";
  const [start, setStart] = useState(`${day}T${handover}`);
  const [end, setEnd] = useState(`${later(day, 1)}T${handover}`);
  const [absent, setAbsent] = useState<string | null>(null);
  const [instead, setInstead] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const members = membersOf(plan);
  const everybody: Member[] = [
    ...people.map((one) => person(one.id, one.name)),
    ...members.filter((member) => member.number !== null),
  ];
  const options = (all: readonly Member[], but: string | null) =>
    all.filter((one) => memberKey(one) !== but).map((one) => ({ value: memberKey(one), label: name(one) }));
  const from = members.find((one) => memberKey(one) === absent);
  const to = everybody.find((one) => memberKey(one) === instead);
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-label={t.addSwap}>
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <Select
            label={t.instead}
            searchable
            data={options(everybody, absent)}
            value={instead}
            onChange={setInstead}
            data-autofocus
          />
          <Select label={t.absent} searchable data={options(members, instead)} value={absent} onChange={setAbsent} />
        </Group>
        <Group gap="sm" align="flex-end">
          <TextInput
            type="datetime-local"
            label={t.starts}
            value={start}
            onChange={(event) => setStart(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t.ends}
            value={end}
            onChange={(event) => setEnd(event.currentTarget.value)}
          />
          <TextInput
            label={t.reason}
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Group>
        <Group gap="sm">
          <Button
            size="sm"
            disabled={!from || !to || !(start < end)}
            onClick={() => {
              if (from && to)
                add({ start: moment(start, zone), end: moment(end, zone), absent: from, instead: to, reason });
            }}
          >
            {t.addSwap}
          </Button>
          <Button size="sm" variant="default" onClick={cancel}>
            {t.cancel}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

/** One list of callers: who is on it, why, and until when. */
import { ActionIcon, Button, Group, Input, Paper, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { LocationField } from "../things/fields";
import { LISTS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { thingTexts } from "../things/texts";
import { AddContact } from "./AddContact";
import { contactTexts } from "./texts";

type Entry = Required<components["schemas"]["ListsOne.ListEntryForm"]>;
type Form = Omit<Required<components["schemas"]["ListsOne.ListForm"]>, "entries"> & { entries: Entry[] };
type Line = components["schemas"]["ListsOne.ListLine"];

const NOBODY: Entry = { number: "", contact: null, contact_name: "", reason: "", until: null };

/** A moment as a date field has it, in the reader's own time; and back, at the end of that day. */
const day = (moment: string | null) => {
  if (!moment) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};
const endOf = (typed: string) => (typed ? new Date(`${typed}T23:59:59`).toISOString() : null);

export default function ListPage() {
  const t = useTexts(contactTexts);
  const shared = useTexts(thingTexts);
  const blank = (): Form => ({ name: "", location: null, entries: [] });
  return (
    <ThingPage<Form, Line> kind={LISTS} newTitle={t.makeList} blank={blank}>
      {({ form, set, errors, readOnly }) => {
        const change = (place: number, some: Partial<Entry>) =>
          set({ entries: form.entries.map((entry, at) => (at === place ? { ...entry, ...some } : entry)) });
        return (
          <>
            <TextInput
              label={shared.name}
              required
              maxLength={200}
              value={form.name}
              error={errors.name}
              disabled={readOnly}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
            <Input.Wrapper label={t.entries} size="md" labelElement="div">
              <Stack gap="sm" mt="xs">
                {!readOnly && (
                  <Group align="flex-end">
                    <Button
                      variant="default"
                      leftSection={<IconPlus aria-hidden size={18} />}
                      onClick={() => set({ entries: [{ ...NOBODY }, ...form.entries] })}
                    >
                      {t.addEntry}
                    </Button>
                    <AddContact
                      but={form.entries.flatMap((entry) => entry.contact ?? [])}
                      onChoose={(id, name) =>
                        set({ entries: [{ ...NOBODY, contact: id, contact_name: name }, ...form.entries] })
                      }
                    />
                  </Group>
                )}
                {form.entries.length === 0 && <Text c="dimmed">{t.noEntries}</Text>}
                {form.entries.map((entry, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: what is typed is all there is to tell them apart
                  <Paper key={place} withBorder p="sm">
                    <Group gap="xs" wrap="nowrap" align="flex-start">
                      <Group gap="xs" align="flex-start" style={{ flex: 1 }}>
                        {entry.contact ? (
                          <TextInput
                            label={t.contact}
                            value={entry.contact_name}
                            readOnly
                            error={errors[`entries.${place}`]}
                            style={{ flex: "1 1 160px" }}
                          />
                        ) : (
                          <TextInput
                            label={t.number}
                            type="tel"
                            maxLength={40}
                            value={entry.number}
                            error={errors[`entries.${place}`]}
                            disabled={readOnly}
                            style={{ flex: "1 1 160px" }}
                            onChange={(event) => change(place, { number: event.currentTarget.value })}
                          />
                        )}
                        <TextInput
                          label={t.reason}
                          maxLength={500}
                          value={entry.reason}
                          disabled={readOnly}
                          style={{ flex: "2 1 200px" }}
                          onChange={(event) => change(place, { reason: event.currentTarget.value })}
                        />
                        <TextInput
                          label={t.until}
                          title={entry.until ? undefined : t.always}
                          type="date"
                          value={day(entry.until)}
                          disabled={readOnly}
                          style={{ flex: "0 1 170px" }}
                          onChange={(event) => change(place, { until: endOf(event.currentTarget.value) })}
                        />
                      </Group>
                      {!readOnly && (
                        <ActionIcon
                          mt={28}
                          aria-label={t.take(entry.contact_name || entry.number || t.number)}
                          onClick={() => set({ entries: form.entries.filter((_, at) => at !== place) })}
                        >
                          <IconX aria-hidden size={18} />
                        </ActionIcon>
                      )}
                    </Group>
                  </Paper>
                ))}
              </Stack>
            </Input.Wrapper>
          </>
        );
      }}
    </ThingPage>
  );
}

/** When a provider is away, and who covers. */
import { ActionIcon, Button, Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { moment } from "../rotas/moment";
import { wallClock, wallDate } from "../shared/moments";
import { useFormats, useTexts } from "../texts";
import { ReferenceField } from "../things/fields";
import type { Absence } from "./data";
import { providerTexts } from "./texts";

interface AbsencesProps {
  /** Who is away: cannot cover. */
  provider: string | undefined;
  absences: readonly Absence[];
  zone: string;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  onChange: (absences: Absence[]) => void;
}

const DAY = 86_400_000;

export function Absences({ provider, absences, zone, errors, readOnly, onChange }: AbsencesProps) {
  const t = useTexts(providerTexts);
  const formats = useFormats();
  const change = (place: number, some: Partial<Absence>) =>
    onChange(absences.map((one, here) => (here === place ? { ...one, ...some } : one)));

  function add() {
    const first = wallDate(Date.now() + DAY, zone);
    const after = wallDate(Date.now() + 2 * DAY, zone);
    const begins = moment(`${first}T00:00`, zone);
    onChange([...absences, { id: null, begins, ends: moment(`${after}T00:00`, zone), cover: null }]);
  }

  return (
    <Stack gap="sm">
      {absences.length === 0 && <Text c="dimmed">{t.noAbsences}</Text>}
      {absences.map((absence, place) => (
        <Paper
          key={absence.id ?? `new ${place}`}
          withBorder
          radius="md"
          p="sm"
          role="group"
          aria-label={t.absence(formats.day(absence.begins, zone))}
        >
          <Group gap="sm" align="flex-start">
            <TextInput
              type="datetime-local"
              label={t.from}
              value={wallClock(absence.begins, zone)}
              disabled={readOnly}
              onChange={(event) =>
                event.currentTarget.value && change(place, { begins: moment(event.currentTarget.value, zone) })
              }
            />
            <TextInput
              type="datetime-local"
              label={t.until}
              value={wallClock(absence.ends, zone)}
              error={errors[`absences.${place}.ends`]}
              disabled={readOnly}
              onChange={(event) =>
                event.currentTarget.value && change(place, { ends: moment(event.currentTarget.value, zone) })
              }
            />
            <ReferenceField
              noun="provider"
              label={t.cover}
              placeholder={t.noCover}
              clearable
              value={absence.cover}
              but={provider ? [provider] : []}
              error={errors[`absences.${place}.cover`]}
              disabled={readOnly}
              onChange={(cover) => change(place, { cover })}
            />
            {!readOnly && (
              <ActionIcon
                mt={28}
                aria-label={t.removeAbsence(formats.day(absence.begins, zone))}
                onClick={() => onChange(absences.filter((one) => one !== absence))}
              >
                <IconTrash aria-hidden size={18} />
              </ActionIcon>
            )}
          </Group>
        </Paper>
      ))}
      {!readOnly && (
        <Button
          variant="light"
          size="sm"
          w="fit-content"
          leftSection={<IconPlus aria-hidden size={16} />}
          onClick={add}
        >
          {t.addAbsence}
        </Button>
      )}
    </Stack>
  );
}

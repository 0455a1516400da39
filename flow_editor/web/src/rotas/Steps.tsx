/** The steps of escalation: turns, weekly shifts, and those always there. */
import { Button, Checkbox, Fieldset, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { DAYS, fullTime, shortTime } from "../hours/form";
import { wallDate } from "../shared/moments";
import { useTexts } from "../texts";
import { newStep, type Shift, type Step } from "./form";
import { Members } from "./Members";
import { rotaTexts } from "./texts";

interface StepsProps {
  steps: readonly Step[];
  zone: string;
  readOnly: boolean;
  onChange: (steps: Step[]) => void;
}

export function Steps({ steps, zone, readOnly, onChange }: StepsProps) {
  const t = useTexts(rotaTexts);
  return (
    <Stack gap="md">
      {steps.map((step, place) => (
        <OneStep
          // biome-ignore lint/suspicious/noArrayIndexKey: the name changes while it is typed
          key={place}
          step={step}
          called={step.name || t.step(place + 1)}
          zone={zone}
          readOnly={readOnly}
          onChange={(changed) => onChange(steps.map((one, here) => (here === place ? changed : one)))}
          remove={() => onChange(steps.filter((_, here) => here !== place))}
        />
      ))}
      {!readOnly && (
        <Button
          variant="light"
          size="sm"
          w="fit-content"
          leftSection={<IconPlus aria-hidden size={16} />}
          onClick={() => onChange([...steps, newStep()])}
        >
          {t.addStep}
        </Button>
      )}
    </Stack>
  );
}

interface OneStepProps {
  step: Step;
  called: string;
  zone: string;
  readOnly: boolean;
  onChange: (step: Step) => void;
  remove: () => void;
}

function OneStep({ step, called, zone, readOnly, onChange, remove }: OneStepProps) {
  const t = useTexts(rotaTexts);
  const put = (some: Partial<Step>) => onChange({ ...step, ...some });
  return (
    <Fieldset legend={called}>
      <Stack gap="md">
        <TextInput
          label={t.stepName}
          maxLength={120}
          value={step.name}
          disabled={readOnly}
          onChange={(event) => put({ name: event.currentTarget.value })}
        />
        <Turns step={step} zone={zone} readOnly={readOnly} put={put} />
        <Shifts shifts={step.shifts} readOnly={readOnly} onChange={(shifts) => put({ shifts })} />
        <div>
          <Text fw={600}>{t.always}</Text>
          <Text size="sm" c="dimmed" mb="xs">
            {t.alwaysHelp}
          </Text>
          <Members members={step.always} readOnly={readOnly} onChange={(always) => put({ always })} />
        </div>
        {!readOnly && (
          <Button
            variant="subtle"
            size="compact-md"
            w="fit-content"
            leftSection={<IconTrash aria-hidden size={16} />}
            onClick={remove}
          >
            {t.removeStep(called)}
          </Button>
        )}
      </Stack>
    </Fieldset>
  );
}

function Turns({
  step,
  zone,
  readOnly,
  put,
}: Pick<OneStepProps, "step" | "zone" | "readOnly"> & { put: (some: Partial<Step>) => void }) {
  const t = useTexts(rotaTexts);
  const turns = step.rotation;
  const begins = turns?.begins ?? wallDate(Date.now(), zone);
  return (
    <div>
      <Text fw={600}>{t.rotation}</Text>
      <Text size="sm" c="dimmed" mb="xs">
        {t.rotationHelp}
      </Text>
      <Stack gap="sm">
        <Members
          members={turns?.members ?? []}
          readOnly={readOnly}
          onChange={(members) =>
            put({
              rotation: members.length ? { handover: "08:00:00", days: 7, ...turns, begins, members } : null,
            })
          }
        />
        {turns && (
          <Group align="flex-end" gap="sm">
            <TextInput
              type="date"
              label={t.begins}
              value={turns.begins}
              disabled={readOnly}
              onChange={({ currentTarget }) =>
                currentTarget.value && put({ rotation: { ...turns, begins: currentTarget.value } })
              }
            />
            <TextInput
              type="time"
              label={t.handover}
              value={shortTime(turns.handover)}
              disabled={readOnly}
              onChange={({ currentTarget }) =>
                currentTarget.value && put({ rotation: { ...turns, handover: fullTime(currentTarget.value) } })
              }
            />
            <NumberInput
              label={t.days}
              min={1}
              max={366}
              allowDecimal={false}
              w={140}
              value={turns.days}
              disabled={readOnly}
              onChange={(days) => typeof days === "number" && days >= 1 && put({ rotation: { ...turns, days } })}
            />
          </Group>
        )}
      </Stack>
    </div>
  );
}

interface ShiftsProps {
  shifts: readonly Shift[];
  readOnly: boolean;
  onChange: (shifts: Shift[]) => void;
}

function Shifts({ shifts, readOnly, onChange }: ShiftsProps) {
  const t = useTexts(rotaTexts);
  const put = (place: number, some: Partial<Shift>) =>
    onChange(shifts.map((shift, here) => (here === place ? { ...shift, ...some } : shift)));
  return (
    <div>
      <Text fw={600} mb="xs">
        {t.shifts}
      </Text>
      <Stack gap="sm">
        {shifts.map((shift, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: shifts have no name
          <Fieldset key={place} variant="filled">
            <Stack gap="sm">
              <Checkbox.Group
                label={t.onDays}
                value={shift.days}
                onChange={(days) => days.length && put(place, { days: DAYS.filter((day) => days.includes(day)) })}
              >
                <Group gap="sm" mt={4}>
                  {DAYS.map((day) => (
                    <Checkbox key={day} value={day} label={t.short[day]} disabled={readOnly} />
                  ))}
                </Group>
              </Checkbox.Group>
              <Group gap="sm">
                <TextInput
                  type="time"
                  label={t.from}
                  value={shortTime(shift.start)}
                  disabled={readOnly}
                  onChange={({ currentTarget }) =>
                    currentTarget.value && put(place, { start: fullTime(currentTarget.value) })
                  }
                />
                <TextInput
                  type="time"
                  label={t.to}
                  value={shortTime(shift.end)}
                  disabled={readOnly}
                  onChange={({ currentTarget }) =>
                    currentTarget.value && put(place, { end: fullTime(currentTarget.value) })
                  }
                />
              </Group>
              <Members members={shift.members} readOnly={readOnly} onChange={(members) => put(place, { members })} />
              {shift.members.length === 0 && (
                <Text size="sm" role="alert">
                  {t.shiftEmpty}
                </Text>
              )}
              {!readOnly && (
                <Button
                  variant="subtle"
                  size="compact-md"
                  w="fit-content"
                  onClick={() => onChange(shifts.filter((_, here) => here !== place))}
                >
                  {t.removeShift}
                </Button>
              )}
            </Stack>
          </Fieldset>
        ))}
        {!readOnly && (
          <Button
            variant="subtle"
            size="compact-md"
            w="fit-content"
            leftSection={<IconPlus aria-hidden size={16} />}
            onClick={() =>
              onChange([...shifts, { days: DAYS.slice(0, 5), start: "17:00:00", end: "08:00:00", members: [] }])
            }
          >
            {t.addShift}
          </Button>
        )}
      </Stack>
    </div>
  );
}

/** One rehearsal, in staff's words: who calls when, what they press, what people do, and what must happen. */
import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useCanvas } from "../canvas/canvas";
import { Said } from "../publishing/Said";
import { momentOf } from "../publishing/zoned";
import { Loading } from "../shared/Loading";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { blank, EVERYONE, expectsSomething, type Form, formOf, hasTime, type Kept, keptOf } from "./model";
import classes from "./rehearsals.module.css";
import { rehearsalTexts } from "./texts";
import { type Choices, useChoices } from "./useRehearsals";

interface Props {
  /** None: a new one. */
  kept: Kept | undefined;
  save: (kept: Kept, andRun: boolean) => void;
  close: () => void;
}

export function RehearsalForm(props: Props) {
  const { data: choices, error, refetch } = useChoices();
  if (error && !choices) return <Problem error={error} retry={() => void refetch()} />;
  if (!choices) {
    return (
      <Stack p="md">
        <Loading />
      </Stack>
    );
  }
  return <Fields {...props} choices={choices} />;
}

interface Option {
  value: string;
  label: string;
}

function Fields({ kept, save, close, choices }: Props & { choices: Choices }) {
  const t = useTexts(rehearsalTexts);
  const formats = useFormats();
  const { drawing, titleOf } = useCanvas();
  const steps = useMemo(
    () => drawing.stepIds().map((id): Option => ({ value: id, label: titleOf(id) })),
    [drawing, titleOf],
  );
  const [form, setForm] = useState<Form>(() => {
    const byTitle = new Map<string, string>();
    for (const { value, label } of steps) byTitle.set(label, byTitle.has(label) ? label : value);
    const stepOf = (name: string) => (drawing.isStep(name) ? name : (byTitle.get(name) ?? name));
    return kept ? formOf(kept, choices.zone, stepOf) : blank(choices.zone, choices.now, choices.numbers[0]?.id ?? "");
  });
  const set = (values: Partial<Form>) => setForm((before) => ({ ...before, ...values }));
  const moment = momentOf(form.at, form.zone);
  const used = [
    ...form.path,
    ...form.avoids,
    ...form.keysAt.map(({ step }) => step),
    ...form.leaves.map(({ step }) => step),
  ];
  const unknown = [...new Set(used)].filter((name) => name && !steps.some(({ value }) => value === name));
  const places = [...steps, ...unknown.map((name) => ({ value: name, label: t.gone(name) }))];

  return (
    <Stack p="md" gap="lg">
      <TextInput
        label={t.title}
        placeholder={t.titlePlaceholder}
        value={form.title}
        maxLength={200}
        data-autofocus
        onChange={(event) => set({ title: event.currentTarget.value })}
      />
      <Part title={t.theCall}>
        <TextInput
          label={t.caller}
          description={t.callerHelp}
          inputMode="tel"
          value={form.caller}
          maxLength={40}
          onChange={(event) => set({ caller: event.currentTarget.value })}
        />
        <TextInput
          label={t.callerName}
          value={form.callerName}
          maxLength={80}
          onChange={(event) => set({ callerName: event.currentTarget.value })}
        />
        <Autocomplete
          size="md"
          label={t.dialled}
          value={form.dialled}
          onChange={(dialled) => set({ dialled })}
          data={choices.numbers.map(({ id }) => id)}
          renderOption={({ option }) => {
            const detail = choices.numbers.find(({ id }) => id === option.value)?.detail;
            return detail ? `${option.value} · ${detail}` : option.value;
          }}
        />
        <TextInput
          type="datetime-local"
          label={t.at}
          description={moment ? t.atHelp(formats.weekday(moment, form.zone), form.zone) : undefined}
          value={form.at}
          required
          onChange={(event) => set({ at: event.currentTarget.value })}
        />
      </Part>
      <CallerDoes form={form} set={set} places={places} />
      <PeopleDo form={form} set={set} choices={choices} />
      <HoursAre form={form} set={set} choices={choices} />
      <QueuesAre form={form} set={set} choices={choices} />
      <Part title={t.expected} help={t.expectedHelp}>
        {(["path", "avoids"] as const).map((which) => (
          <MultiSelect
            key={which}
            size="md"
            label={t[which]}
            data={places}
            value={form[which]}
            onChange={(chosen) => set({ [which]: chosen })}
            searchable
            hidePickedOptions
          />
        ))}
        <TagsInput
          size="md"
          label={t.hears}
          description={t.hearsHelp}
          value={form.hears}
          splitChars={["\n"]}
          acceptValueOnBlur
          onChange={(hears) => set({ hears })}
        />
        <Autocomplete
          size="md"
          label={t.reaches}
          description={t.reachesHelp}
          value={form.reaches}
          onChange={(reaches) => set({ reaches })}
          data={[...new Set([...choices.people, ...choices.mailboxes].map(({ name }) => name))]}
        />
        <Select
          label={t.ends}
          value={form.end}
          onChange={(end) => set({ end: end ?? "" })}
          allowDeselect={false}
          data={[{ value: "", label: t.any }, ...choices.ends.map(({ id, name }) => ({ value: id, label: name }))]}
        />
        {!expectsSomething(form) && <Said kind="hint">{t.nothingExpected}</Said>}
      </Part>
      <Group gap="xs" className={classes.foot}>
        <Button disabled={!hasTime(form)} onClick={() => save(keptOf(form, kept), true)}>
          {t.saveAndRun}
        </Button>
        <Button variant="default" disabled={!hasTime(form)} onClick={() => save(keptOf(form, kept), false)}>
          {t.save}
        </Button>
        <Button variant="subtle" onClick={close}>
          {t.cancel}
        </Button>
      </Group>
    </Stack>
  );
}

interface PartProps {
  form: Form;
  set: (values: Partial<Form>) => void;
}

function Part({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <fieldset className={classes.fields}>
      <legend className={classes.legend}>{title}</legend>
      <Stack gap="sm">
        {help && (
          <Text size="sm" c="dimmed">
            {help}
          </Text>
        )}
        {children}
      </Stack>
    </fieldset>
  );
}

function CallerDoes({ form, set, places }: PartProps & { places: Option[] }) {
  const t = useTexts(rehearsalTexts);
  return (
    <Part title={t.theCaller}>
      <SegmentedControl
        aria-label={t.keys}
        value={form.atSteps ? "steps" : "order"}
        onChange={(value) =>
          set({ atSteps: value === "steps", keysAt: form.keysAt.length ? form.keysAt : [{ step: "", keys: "" }] })
        }
        data={[
          { value: "order", label: t.keysInOrder },
          { value: "steps", label: t.keysAtSteps },
        ]}
      />
      {form.atSteps ? (
        <Rows
          rows={form.keysAt}
          change={(keysAt) => set({ keysAt })}
          empty={{ step: "", keys: "" }}
          add={t.addKeys}
          show={(row, put) => (
            <Group grow gap="xs" align="flex-end">
              <StepField places={places} step={row.step} put={put} />
              <TextInput
                label={t.presses}
                value={row.keys}
                inputMode="tel"
                onChange={(event) => put({ keys: event.currentTarget.value })}
              />
            </Group>
          )}
        />
      ) : (
        <TextInput
          label={t.keys}
          description={t.keysHelp}
          value={form.keys}
          inputMode="tel"
          onChange={(event) => set({ keys: event.currentTarget.value })}
        />
      )}
      <Rows
        title={t.leavesAfter}
        rows={form.leaves}
        change={(leaves) => set({ leaves })}
        empty={{ step: "", seconds: 20 }}
        add={t.addLeaves}
        show={(row, put) => (
          <Group grow gap="xs" align="flex-end">
            <StepField places={places} step={row.step} put={put} />
            <NumberInput
              label={t.leavesSeconds}
              value={row.seconds}
              min={0}
              max={3600}
              onChange={(seconds) => put({ seconds: Number(seconds) })}
            />
          </Group>
        )}
      />
      <Group grow gap="xs" align="flex-end">
        <NumberInput
          label={t.message}
          value={form.messageSeconds}
          min={0}
          max={3600}
          onChange={(seconds) => set({ messageSeconds: seconds === "" ? "" : Number(seconds) })}
        />
        <Select
          label={t.messageEnds}
          value={form.messageEnds}
          allowDeselect={false}
          onChange={(ended) => set({ messageEnds: ended ?? "key" })}
          data={Object.entries(t.messageEnd).map(([value, label]) => ({ value, label }))}
        />
      </Group>
      <NumberInput
        label={t.patience}
        description={t.patienceHelp}
        value={form.minutes}
        min={0.5}
        max={120}
        onChange={(minutes) => set({ minutes: Number(minutes) || 30 })}
      />
    </Part>
  );
}

/** The step at which something is done. */
function StepField(props: { places: Option[]; step: string; put: (values: { step: string }) => void }) {
  const t = useTexts(rehearsalTexts);
  return (
    <Select
      label={t.atStep}
      data={props.places}
      value={props.step || null}
      searchable
      onChange={(step) => props.put({ step: step ?? "" })}
    />
  );
}

function PeopleDo({ form, set, choices }: PartProps & { choices: Choices }) {
  const t = useTexts(rehearsalTexts);
  const who = [
    ...new Set([
      ...choices.people.map(({ name }) => name),
      ...form.people.map((one) => one.who).filter((one) => one && one !== EVERYONE),
    ]),
  ];
  return (
    <Part title={t.thePeople} help={t.peopleHelp}>
      <Rows
        rows={form.people}
        change={(people) => set({ people })}
        empty={{ who: form.people.length ? "" : EVERYONE, does: "accepts", after: 4 }}
        add={t.addPerson}
        show={(row, put) => (
          <Stack gap="xs">
            <Group grow gap="xs" align="flex-end">
              <Select
                label={t.who}
                searchable
                value={row.who || null}
                onChange={(name) => put({ who: name ?? "" })}
                data={[{ value: EVERYONE, label: t.everyone }, ...who.map((name) => ({ value: name, label: name }))]}
              />
              <Select
                label={t.does}
                allowDeselect={false}
                value={row.does}
                onChange={(does) => put({ does: does ?? "accepts" })}
                data={choices.does.map(({ id, name }) => ({ value: id, label: name }))}
              />
            </Group>
            <NumberInput
              label={t.after}
              value={row.after}
              min={0}
              max={600}
              onChange={(after) => put({ after: Number(after) })}
            />
          </Stack>
        )}
      />
    </Part>
  );
}

function HoursAre({ form, set, choices }: PartProps & { choices: Choices }) {
  const t = useTexts(rehearsalTexts);
  if (!choices.hours.length && !form.hours.length) return null;
  const names = [...new Set([...choices.hours.map(({ name }) => name), ...form.hours.map(({ hours }) => hours)])];
  return (
    <Part title={t.theHours} help={t.hoursHelp}>
      <Rows
        rows={form.hours}
        change={(hours) => set({ hours })}
        empty={{ hours: names[0] ?? "", state: "closed" }}
        add={t.addHours}
        show={(row, put) => (
          <Group grow gap="xs" align="flex-end">
            <Select
              label={t.hours}
              allowDeselect={false}
              value={row.hours || null}
              onChange={(hours) => put({ hours: hours ?? "" })}
              data={names.filter(Boolean)}
            />
            <Select
              label={t.are}
              allowDeselect={false}
              value={row.state}
              onChange={(state) => put({ state: state ?? "closed" })}
              data={choices.openings.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Group>
        )}
      />
    </Part>
  );
}

function QueuesAre({ form, set, choices }: PartProps & { choices: Choices }) {
  const t = useTexts(rehearsalTexts);
  if (!choices.queues.length && !form.queues.length) return null;
  const names = [...new Set([...choices.queues.map(({ name }) => name), ...form.queues.map(({ queue }) => queue)])];
  const some = (value: string | number) => (value === "" ? "" : Number(value));
  return (
    <Part title={t.theQueues} help={t.queuesHelp}>
      <Rows
        rows={form.queues}
        change={(queues) => set({ queues })}
        empty={{ queue: names[0] ?? "", minutes: 5, waiting: "" as const, agents: "" as const }}
        add={t.addQueue}
        show={(row, put) => (
          <Stack gap="xs">
            <Select
              label={t.queue}
              allowDeselect={false}
              value={row.queue || null}
              onChange={(queue) => put({ queue: queue ?? "" })}
              data={names.filter(Boolean)}
            />
            <Group grow gap="xs" align="flex-end">
              <NumberInput
                label={t.queueWait}
                value={row.minutes}
                min={0}
                max={240}
                onChange={(minutes) => put({ minutes: some(minutes) })}
              />
              <NumberInput
                label={t.queueWaiting}
                value={row.waiting}
                min={0}
                max={1000}
                allowDecimal={false}
                onChange={(waiting) => put({ waiting: some(waiting) })}
              />
              <NumberInput
                label={t.queueStaff}
                value={row.agents}
                min={0}
                max={1000}
                allowDecimal={false}
                onChange={(agents) => put({ agents: some(agents) })}
              />
            </Group>
          </Stack>
        )}
      />
    </Part>
  );
}

/** Rows that can be added and taken away. */
function Rows<Row extends object>({
  title,
  rows,
  change,
  empty,
  add,
  show,
}: {
  title?: string;
  rows: readonly Row[];
  change: (rows: Row[]) => void;
  empty: Row;
  add: string;
  show: (row: Row, put: (values: Partial<Row>) => void) => ReactNode;
}) {
  const t = useTexts(rehearsalTexts);
  return (
    <Stack gap="xs" align="stretch">
      {title && rows.length > 0 && <Text size="sm">{title}</Text>}
      {rows.map((row, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing else that tells them apart
        <div key={place} className={classes.row}>
          {show(row, (values) => change(rows.map((one, at) => (at === place ? { ...one, ...values } : one))))}
          <ActionIcon aria-label={t.remove1} onClick={() => change(rows.filter((_, at) => at !== place))}>
            <IconX size={18} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      <Button
        size="compact-md"
        variant="subtle"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => change([...rows, empty])}
        style={{ alignSelf: "flex-start" }}
      >
        {add}
      </Button>
    </Stack>
  );
}

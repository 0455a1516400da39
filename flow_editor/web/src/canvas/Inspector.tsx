/** The form of what is selected: a step's title, settings and ways out, or what concerns the whole flow. */
import {
  Accordion,
  Alert,
  Button,
  Group,
  MultiSelect,
  ScrollArea,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconAlertTriangle, IconCopy, IconFlag, IconLifebuoy, IconTrash } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTexts } from "../texts";
import { useCanvas, useFacts, useStep, useWatched } from "./canvas";
import { FieldEditor, GROWING } from "./fields/FieldEditor";
import { KindIcon } from "./KindIcon";
import { useKinds } from "./kinds";
import { useKeyed, type Watched } from "./model/keyed";
import { canvasTexts } from "./texts";
import { TargetSelect, WaysOut } from "./WaysOut";

/** The setting that the cursor is to be put into; "": the title. A new object each time it is asked for. */
export interface Wanted {
  step: string;
  setting: string;
}

export interface InspectorProps {
  wanted: Watched<Wanted | null>;
  duplicate: () => void;
  remove: () => void;
}

export function Inspector({ wanted, duplicate, remove }: InspectorProps) {
  const t = useTexts(canvasTexts);
  const { view, mayDraw } = useCanvas();
  const { steps, notes, arrows } = useWatched(view.selection);
  const only = steps.length === 1 && !notes.length ? steps[0] : undefined;
  const count = steps.length + notes.length + arrows.length;
  return (
    <ScrollArea style={{ flex: 1, minHeight: 0 }} type="auto" viewportProps={{ tabIndex: -1 }}>
      <Stack p="md" gap="md">
        {only ? (
          <StepForm key={only} id={only} wanted={wanted} />
        ) : count ? (
          <Text fw={600}>{t.several(count)}</Text>
        ) : (
          <FlowForm />
        )}
        {count > 0 && mayDraw && (
          <Group>
            {steps.length + notes.length > 0 && (
              <Button variant="default" size="sm" leftSection={<IconCopy size={16} aria-hidden />} onClick={duplicate}>
                {t.duplicate}
              </Button>
            )}
            <Button variant="default" size="sm" leftSection={<IconTrash size={16} aria-hidden />} onClick={remove}>
              {t.remove}
            </Button>
          </Group>
        )}
      </Stack>
    </ScrollArea>
  );
}

function StepForm({ id, wanted }: { id: string; wanted: Watched<Wanted | null> }) {
  const t = useTexts(canvasTexts);
  const { drawing, looks, mayDraw } = useCanvas();
  const kinds = useKinds();
  const step = useStep(id);
  const facts = useFacts();
  const problems = useKeyed(looks.problemsAt, id) ?? [];
  const form = useRef<HTMLDivElement>(null);
  const asked = useWatched(wanted);

  useEffect(() => {
    if (!asked || asked.step !== id) return;
    wanted.set(null);
    const place = form.current?.querySelector(`[data-setting="${CSS.escape(asked.setting)}"]`);
    const inside = place?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, button");
    inside?.focus();
    place?.scrollIntoView({ block: "nearest" });
  }, [asked, id, wanted]);

  if (!step) return null;
  const kind = kinds.byName.get(step.kind);
  const settings = Object.entries(kind?.fields.properties ?? {});
  const elsewhere = problems.filter(({ setting, exit }) => !exit && !settings.some(([name]) => name === setting));

  return (
    <div ref={form}>
      <Stack gap="md">
        <Group wrap="nowrap" align="center">
          <KindIcon kind={kind} size={40} />
          <div>
            <Text fw={650}>{kind?.title ?? step.kind}</Text>
            <Text size="sm" c="dimmed">
              {kind?.purpose ?? t.unknownKind}
            </Text>
          </div>
        </Group>
        {elsewhere.map((problem) => (
          <Alert
            key={problem.text}
            color={problem.severity === "error" ? "red" : "yellow"}
            icon={<IconAlertTriangle aria-hidden />}
            p="xs"
          >
            {problem.text}
          </Alert>
        ))}
        <div data-setting="">
          <TextInput
            label={t.title}
            value={step.title}
            maxLength={120}
            readOnly={!mayDraw}
            onChange={(event) => drawing.rename(id, event.currentTarget.value)}
          />
        </div>
        {settings.map(([name, field]) => (
          <div key={name} data-setting={name}>
            <FieldEditor
              name={name}
              field={field}
              schema={kind?.fields ?? {}}
              value={step.settings[name]}
              disabled={!mayDraw}
              error={problems.find((problem) => problem.setting === name)?.text}
              onChange={(value) => drawing.set(id, name, value)}
            />
          </div>
        ))}
        <section aria-label={t.waysOut}>
          <Text component="h2" fw={650} mb="xs">
            {t.waysOut}
          </Text>
          <WaysOut step={id} kind={step.kind} />
        </section>
        {mayDraw && (
          <Group gap="xs">
            {facts.start !== id && (
              <Button
                variant="default"
                size="sm"
                leftSection={<IconFlag size={16} aria-hidden />}
                onClick={() => drawing.setFacts({ start: id })}
              >
                {t.makeStart}
              </Button>
            )}
            <Button
              variant="default"
              size="sm"
              leftSection={<IconLifebuoy size={16} aria-hidden />}
              onClick={() => drawing.setFacts({ catchAll: facts.catchAll === id ? null : id })}
            >
              {facts.catchAll === id ? t.noLongerTrouble : t.makeTrouble}
            </Button>
          </Group>
        )}
        {kind?.fields.description && (
          <Accordion variant="contained">
            <Accordion.Item value="about">
              <Accordion.Control>{t.about}</Accordion.Control>
              <Accordion.Panel>
                {kind.fields.description.split("\n\n").map((paragraph) => (
                  <Text key={paragraph} size="sm" mb="xs">
                    {paragraph}
                  </Text>
                ))}
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        )}
      </Stack>
    </div>
  );
}

function FlowForm() {
  const t = useTexts(canvasTexts);
  const { drawing, mayDraw } = useCanvas();
  const { languages: names } = useKinds();
  const facts = useFacts();
  const offered = Object.entries(names).map(([value, label]) => ({ value, label }));
  return (
    <Stack gap="md">
      <div>
        <Text component="h2" fw={650}>
          {t.flowSettings}
        </Text>
        <Text size="sm" c="dimmed">
          {t.flowSettingsHelp}
        </Text>
      </div>
      <TextInput
        label={t.flowName}
        value={facts.name}
        maxLength={200}
        readOnly={!mayDraw}
        onChange={(event) => drawing.setFacts({ name: event.currentTarget.value })}
      />
      <Textarea
        label={t.description}
        styles={GROWING}
        value={facts.description}
        maxLength={2000}
        readOnly={!mayDraw}
        onChange={(event) => drawing.setFacts({ description: event.currentTarget.value })}
      />
      <MultiSelect
        label={t.languages}
        data={offered}
        value={facts.languages}
        disabled={!mayDraw}
        searchable
        onChange={(languages) => languages.length > 0 && drawing.setFacts({ languages })}
      />
      <TargetSelect
        label={t.whereCallsBegin}
        value={facts.start && drawing.isStep(facts.start) ? facts.start : null}
        disabled={!mayDraw}
        onChange={(start) => drawing.setFacts({ start })}
      />
      <TargetSelect
        label={t.whereTroubleGoes}
        value={facts.catchAll && drawing.isStep(facts.catchAll) ? facts.catchAll : null}
        disabled={!mayDraw}
        onChange={(catchAll) => drawing.setFacts({ catchAll })}
      />
    </Stack>
  );
}

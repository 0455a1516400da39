/** The rules of waiting, folded away behind a line each that says what holds now: most clinics never change them. */
import { Accordion, ActionIcon, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useFormats, useTexts } from "../texts";
import { type Rules, STRATEGIES } from "./form";
import { queueTexts } from "./texts";
import { Count, Minutes, Seconds } from "./times";

interface RulesProps {
  rules: Rules;
  readOnly: boolean;
  onChange: (rules: Rules) => void;
}

export function RulesFields(props: RulesProps) {
  const t = useTexts(queueTexts);
  const formats = useFormats();
  const { rules } = props;
  const minutes = (seconds: number) => t.minutes(formats.number(seconds / 60, { maximumFractionDigits: 1 }));
  const seconds = (many: number) => t.seconds(many);
  const alerts = [
    rules.alerts.waiting > 0 && t.alertWaitingShort(rules.alerts.waiting),
    rules.alerts.longest_seconds > 0 && t.alertLongestShort(minutes(rules.alerts.longest_seconds)),
    rules.alerts.service_level > 0 && t.alertLevelShort(rules.alerts.service_level),
  ].filter((one): one is string => one !== false);
  return (
    <Accordion multiple variant="separated" radius="md" chevronPosition="left">
      <Fold
        name="ringing"
        title={t.ringing}
        now={t.ringingNow(t.strategies[rules.strategy], seconds(rules.ring_seconds))}
      >
        <Ringing {...props} />
      </Fold>
      <Fold
        name="urgency"
        title={t.urgency}
        now={t.urgencyNow(minutes(rules.soon_seconds), minutes(rules.urgent_seconds))}
      >
        <Urgency {...props} />
      </Fold>
      <Fold
        name="limits"
        title={t.limits}
        now={t.limitsNow(
          rules.capacity === 0 ? t.anyNumber : t.atMost(rules.capacity),
          rules.longest_seconds === 0 ? t.anyLength : t.notLonger(minutes(rules.longest_seconds)),
        )}
      >
        <Limits {...props} />
      </Fold>
      <Fold
        name="skills"
        title={t.skills}
        now={rules.relaxation.length === 0 ? t.skillsAlways : t.skillsNow(rules.relaxation.length)}
      >
        <Relaxation {...props} />
      </Fold>
      <Fold name="callback" title={t.callback} now={t.callbackNow(rules.callback.attempts)}>
        <Callback {...props} />
      </Fold>
      <Fold name="alerts" title={t.alerts} now={alerts.length === 0 ? t.noAlerts : formats.list(alerts)}>
        <AlertFields {...props} />
      </Fold>
    </Accordion>
  );
}

function Fold({ name, title, now, children }: { name: string; title: string; now: string; children: ReactNode }) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {now}
        </Text>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">{children}</Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Ringing({ rules, readOnly, onChange }: RulesProps) {
  const t = useTexts(queueTexts);
  const put = (some: Partial<Rules>) => onChange({ ...rules, ...some });
  return (
    <>
      <Select
        label={t.strategy}
        description={t.strategyHelp}
        allowDeselect={false}
        data={STRATEGIES.map((value) => ({ value, label: t.strategies[value] }))}
        value={rules.strategy}
        disabled={readOnly}
        onChange={(strategy) => strategy && put({ strategy: strategy as Rules["strategy"] })}
      />
      <Seconds
        label={t.ringSeconds}
        value={rules.ring_seconds}
        min={5}
        max={120}
        disabled={readOnly}
        onChange={(ring_seconds) => put({ ring_seconds })}
      />
      <Seconds
        label={t.wrapUp}
        description={t.wrapUpHelp}
        value={rules.wrap_up_seconds}
        min={0}
        max={1800}
        disabled={readOnly}
        onChange={(wrap_up_seconds) => put({ wrap_up_seconds })}
      />
      <Group gap="md" align="flex-end" grow>
        <Count
          label={t.misses}
          value={rules.misses}
          min={1}
          max={10}
          disabled={readOnly}
          onChange={(misses) => put({ misses })}
        />
        <Minutes
          label={t.setAside}
          value={rules.set_aside_seconds}
          min={10}
          max={3600}
          disabled={readOnly}
          onChange={(set_aside_seconds) => put({ set_aside_seconds })}
        />
      </Group>
      <Text size="sm" c="dimmed">
        {t.setAsideHelp}
      </Text>
    </>
  );
}

function Urgency({ rules, readOnly, onChange }: RulesProps) {
  const t = useTexts(queueTexts);
  const put = (some: Partial<Rules>) => onChange({ ...rules, ...some });
  return (
    <>
      <Text size="sm">{t.urgencyHelp}</Text>
      <Minutes
        label={t.soon}
        value={rules.soon_seconds}
        min={0}
        max={7200}
        disabled={readOnly}
        onChange={(soon_seconds) => put({ soon_seconds })}
      />
      <Minutes
        label={t.urgent}
        value={rules.urgent_seconds}
        min={0}
        max={14400}
        disabled={readOnly}
        onChange={(urgent_seconds) => put({ urgent_seconds })}
      />
    </>
  );
}

function Limits({ rules, readOnly, onChange }: RulesProps) {
  const t = useTexts(queueTexts);
  const put = (some: Partial<Rules>) => onChange({ ...rules, ...some });
  return (
    <>
      <Count
        label={t.capacity}
        description={t.capacityHelp}
        never={t.anyNumber}
        value={rules.capacity}
        max={1000}
        disabled={readOnly}
        onChange={(capacity) => put({ capacity })}
      />
      <Minutes
        label={t.longest}
        description={t.longestHelp}
        never={t.anyLength}
        value={rules.longest_seconds}
        min={0}
        max={14400}
        disabled={readOnly}
        onChange={(longest_seconds) => put({ longest_seconds })}
      />
      <Seconds
        label={t.answerWithin}
        description={t.answerWithinHelp}
        value={rules.answer_within}
        min={1}
        max={3600}
        disabled={readOnly}
        onChange={(answer_within) => put({ answer_within })}
      />
    </>
  );
}

function Relaxation({ rules, readOnly, onChange }: RulesProps) {
  const t = useTexts(queueTexts);
  const steps = rules.relaxation;
  const put = (relaxation: Rules["relaxation"]) => onChange({ ...rules, relaxation });
  const last = steps.at(-1);
  return (
    <>
      <Text size="sm">{t.skillsHelp}</Text>
      {steps.map((step, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the time changes while it is typed
        <Group key={place} gap="xs" align="flex-end" role="group" aria-label={t.relaxationStep(place + 1)}>
          <Minutes
            label={t.afterWaiting}
            w={150}
            value={step.after_seconds}
            min={1}
            max={7200}
            disabled={readOnly}
            onChange={(after_seconds) => put(steps.map((one) => (one === step ? { ...step, after_seconds } : one)))}
          />
          <Select
            label={t.lessNeeded}
            allowDeselect={false}
            w={220}
            data={([1, 2, 3, 4, 5] as const).map((less) => ({ value: String(less), label: t.less(less) }))}
            value={String(step.levels)}
            disabled={readOnly}
            onChange={(levels) => put(steps.map((one) => (one === step ? { ...step, levels: Number(levels) } : one)))}
          />
          {!readOnly && (
            <ActionIcon aria-label={t.removeStep(place + 1)} onClick={() => put(steps.filter((one) => one !== step))}>
              <IconX aria-hidden size={18} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!readOnly && steps.length < 10 && (
        <Button
          variant="light"
          size="sm"
          w="fit-content"
          leftSection={<IconPlus aria-hidden size={16} />}
          onClick={() =>
            put([
              ...steps,
              {
                after_seconds: Math.min(7200, (last?.after_seconds ?? 0) + 120),
                levels: Math.min(5, (last?.levels ?? 0) + 1),
              },
            ])
          }
        >
          {t.addStep}
        </Button>
      )}
    </>
  );
}

function Callback({ rules, readOnly, onChange }: RulesProps) {
  const t = useTexts(queueTexts);
  const put = (some: Partial<Rules["callback"]>) => onChange({ ...rules, callback: { ...rules.callback, ...some } });
  return (
    <>
      <Text size="sm">{t.callbackHelp}</Text>
      <Count
        label={t.attempts}
        value={rules.callback.attempts}
        min={1}
        max={10}
        disabled={readOnly}
        onChange={(attempts) => put({ attempts })}
      />
      <Minutes
        label={t.againAfter}
        value={rules.callback.again_after_minutes * 60}
        min={60}
        max={14400}
        disabled={readOnly}
        onChange={(seconds) => put({ again_after_minutes: Math.max(1, Math.round(seconds / 60)) })}
      />
      <Seconds
        label={t.patientRings}
        value={rules.callback.ring_seconds}
        min={10}
        max={60}
        disabled={readOnly}
        onChange={(ring_seconds) => put({ ring_seconds })}
      />
    </>
  );
}

function AlertFields({ rules, readOnly, onChange }: RulesProps) {
  const t = useTexts(queueTexts);
  const put = (some: Partial<Rules["alerts"]>) => onChange({ ...rules, alerts: { ...rules.alerts, ...some } });
  return (
    <>
      <Text size="sm">{t.alertsHelp}</Text>
      <Count
        label={t.alertWaiting}
        never={t.never}
        value={rules.alerts.waiting}
        max={1000}
        disabled={readOnly}
        onChange={(waiting) => put({ waiting })}
      />
      <Minutes
        label={t.alertLongest}
        never={t.never}
        value={rules.alerts.longest_seconds}
        min={0}
        max={7200}
        disabled={readOnly}
        onChange={(longest_seconds) => put({ longest_seconds })}
      />
      <Count
        label={t.alertLevel(rules.answer_within)}
        never={t.never}
        suffix=" %"
        value={rules.alerts.service_level}
        max={100}
        disabled={readOnly}
        onChange={(service_level) => put({ service_level })}
      />
    </>
  );
}

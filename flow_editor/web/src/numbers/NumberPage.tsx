/** One number: its state, the flow that answers, its backup line; and the calls to it as they come. */
import { Alert, Badge, Group, Paper, Radio, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { IconPhoneIncoming } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "wouter";
import { useMay } from "../accounts/session";
import type { components } from "../api/schema";
import { useFormats, useTexts } from "../texts";
import { asJson } from "../things/calls";
import { LocationField, ReferenceField } from "../things/fields";
import { NUMBERS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { numberTexts } from "./texts";

type Form = Required<components["schemas"]["NumbersOne.NumberForm"]>;
type Line = components["schemas"]["NumbersOne.NumberLine"];

const STATES = ["planned", "porting", "testing", "live", "retired"] as const;

export default function NumberPage() {
  const t = useTexts(numberTexts);
  const asked = new URLSearchParams(useSearch()).get("number") ?? "";
  const blank = (): Form => ({
    number: asked,
    label: "",
    state: asked ? "live" : "planned",
    location: null,
    flow: null,
    backup: "",
    published: true,
  });
  return (
    <ThingPage<Form, Line>
      kind={NUMBERS}
      newTitle={t.make}
      blank={blank}
      replaceable={false}
      below={(line) => <CallNow line={line} />}
    >
      {({ form, set, errors, readOnly }) => (
        <>
          <TextInput
            label={t.number}
            description={t.numberHelp}
            type="tel"
            required
            maxLength={40}
            value={form.number}
            error={errors.number}
            disabled={readOnly}
            onChange={(event) => set({ number: event.currentTarget.value })}
          />
          <TextInput
            label={t.label}
            description={t.labelHelp}
            maxLength={200}
            value={form.label}
            error={errors.label}
            disabled={readOnly}
            onChange={(event) => set({ label: event.currentTarget.value })}
          />
          <Radio.Group
            label={t.state}
            size="md"
            value={form.state}
            error={errors.state}
            onChange={(state) => set({ state: state as Form["state"] })}
          >
            <Stack gap="xs" mt="xs">
              {STATES.map((state) => (
                <Radio
                  key={state}
                  value={state}
                  label={t.states[state]}
                  description={t.stateHelp[state]}
                  disabled={readOnly}
                />
              ))}
            </Stack>
          </Radio.Group>
          <ReferenceField
            noun="flow"
            label={t.flow}
            description={t.flowHelp}
            placeholder={t.noFlow}
            clearable
            value={form.flow}
            error={errors.flow}
            disabled={readOnly}
            onChange={(flow) => set({ flow })}
          />
          <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
          <TextInput
            label={t.backup}
            description={t.backupHelp}
            type="tel"
            maxLength={40}
            value={form.backup}
            error={errors.backup}
            disabled={readOnly}
            onChange={(event) => set({ backup: event.currentTarget.value })}
          />
          <Switch
            label={t.published}
            description={t.publishedHelp}
            checked={form.published}
            disabled={readOnly}
            onChange={(event) => set({ published: event.currentTarget.checked })}
          />
        </>
      )}
    </ThingPage>
  );
}

function CallNow({ line }: { line: Line }) {
  const t = useTexts(numberTexts);
  const formats = useFormats();
  const { data } = useQuery({
    queryKey: ["calls", "number", line.id],
    queryFn: () => asJson<components["schemas"]["NumberCalls"]>("GET", `/api/numbers/${line.id}/calls`),
    enabled: useMay("see_calls"),
  });
  if (!data) return null;
  const early = data.items.length > 0 && (line.state === "planned" || line.state === "porting");
  return (
    <Stack component="section" gap="sm" mt="xl" aria-label={t.callNow}>
      <Title order={2}>{t.callNow}</Title>
      <Text>{t.callNowHelp}</Text>
      {early && (
        <Alert color="orange" title={t.earlyTitle}>
          {t.early}
        </Alert>
      )}
      <div aria-live="polite">
        {data.items.length === 0 && <Text c="dimmed">{t.waiting}</Text>}
        <Stack gap="xs">
          {data.items.map((call) => (
            <Paper key={call.id} withBorder p="sm">
              <Group gap="sm" wrap="nowrap" align="flex-start">
                <IconPhoneIncoming aria-hidden size={22} style={{ flexShrink: 0 }} />
                <div>
                  <Group gap="xs">
                    <Text fw={600}>
                      {t.arrived(formats.relative(call.began_at, data.now))} {call.caller && t.from(call.caller)}
                    </Text>
                    {!call.ended_at && (
                      <Badge color="teal" variant="light" tt="none">
                        {t.onTheLine}
                      </Badge>
                    )}
                    {call.test && (
                      <Badge color="orange" variant="light" tt="none">
                        {t.test}
                      </Badge>
                    )}
                  </Group>
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {t.sentAs(call.dialled)}
                  </Text>
                </div>
              </Group>
            </Paper>
          ))}
        </Stack>
      </div>
    </Stack>
  );
}

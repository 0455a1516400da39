/** What is asked about a number: its state, the flow that answers, its backup line. */
import { Radio, Stack, Switch, TextInput } from "@mantine/core";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { LocationField, ReferenceField } from "../things/fields";
import type { Filling } from "../things/ThingForm";
import { numberTexts } from "./texts";

export type Form = Required<components["schemas"]["NumbersOne.NumberForm"]>;
export type Line = components["schemas"]["NumbersOne.NumberLine"];

const STATES = ["planned", "porting", "testing", "live", "retired"] as const;

export function blankNumber(): Form {
  return { number: "", label: "", state: "planned", location: null, flow: null, backup: "", published: true };
}

export function NumberFields({ form, set, errors, readOnly }: Filling<Form, Line>) {
  const t = useTexts(numberTexts);
  return (
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
  );
}

/** One on-call rota: its calendar, swaps and steps. */
import { Stack, Text, TextInput, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ZoneField } from "../hours/ZoneField";
import { usePreferences } from "../preferences/data";
import { useTexts } from "../texts";
import { LocationField } from "../things/fields";
import { ROTAS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { newStep, type Plan, type RotaForm, type RotaLine } from "./form";
import { RotaCalendar } from "./RotaCalendar";
import { Steps } from "./Steps";
import { Swaps } from "./Swaps";
import { rotaTexts } from "./texts";

export default function RotaPage() {
  const t = useTexts(rotaTexts);
  const organisation = usePreferences().data?.form.zone ?? "UTC";
  const [begun, begin] = useState<string | null>(null);
  return (
    <ThingPage<RotaForm, RotaLine>
      kind={ROTAS}
      newTitle={t.make}
      replaceable
      blank={() => ({ name: "", location: null, zone: null, plan: { steps: [newStep()], swaps: [] } })}
    >
      {({ form, set, errors, readOnly, line }) => {
        const zone = form.zone ?? line?.zone ?? organisation;
        const put = (some: Partial<Plan>) => set({ plan: { ...form.plan, ...some } });
        return (
          <>
            <TextInput
              label={t.name}
              required
              maxLength={200}
              value={form.name}
              error={errors.name}
              disabled={readOnly}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
            {form.location === null && (
              <ZoneField
                value={form.zone}
                error={errors.zone}
                disabled={readOnly}
                onChange={(chosen) => set({ zone: chosen })}
              />
            )}
            <Text c="dimmed">{t.zoneOf(zone)}</Text>
            <Part title={t.calendar} help={t.calendarHelp}>
              <RotaCalendar form={form} zone={zone} swap={readOnly ? null : begin} />
            </Part>
            <Part title={t.swaps} help={t.swapsHelp}>
              <Swaps
                plan={form.plan}
                zone={zone}
                readOnly={readOnly}
                begun={begun}
                onBegun={begin}
                onChange={(swaps) => put({ swaps })}
              />
            </Part>
            <Part title={t.steps} help={t.stepsHelp}>
              <Steps steps={form.plan.steps} zone={zone} readOnly={readOnly} onChange={(steps) => put({ steps })} />
            </Part>
          </>
        );
      }}
    </ThingPage>
  );
}

function Part({ title, help, children }: { title: string; help: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="xs" mt="md" aria-label={title}>
      <Title order={2}>{title}</Title>
      <Text c="dimmed" size="sm">
        {help}
      </Text>
      {children}
    </Stack>
  );
}

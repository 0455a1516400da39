/** One set of opening hours: the week, holidays, special days, days that end otherwise, and a trial. */
import { Alert, Stack, Text, TextInput, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { usePreferences } from "../preferences/data";
import { useTexts } from "../texts";
import { LocationField } from "../things/fields";
import { HOURS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { ChangedDays, SpecialDays } from "./Days";
import { type Calendar, type HoursForm, type HoursLine, usualCalendar } from "./form";
import { Holidays } from "./Holidays";
import { Trial } from "./Trial";
import { hoursTexts } from "./texts";
import { Week } from "./Week";
import { ZoneField } from "./ZoneField";

export default function HoursOfPage() {
  const t = useTexts(hoursTexts);
  const organisation = usePreferences().data?.form.zone ?? "UTC";
  return (
    <ThingPage<HoursForm, HoursLine>
      kind={HOURS}
      newTitle={t.make}
      replaceable
      blank={() => ({ name: "", location: null, zone: null, calendar: usualCalendar() })}
    >
      {({ form, set, errors, readOnly, line }) => {
        const calendar = form.calendar;
        const zone = form.zone ?? line?.zone ?? organisation;
        const put = (some: Partial<Calendar>) => set({ calendar: { ...calendar, ...some } });
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
            {calendar.emergency && <Alert color="red">{t.emergency}</Alert>}
            <Part title={t.week} help={t.weekHelp}>
              <Week week={calendar.week ?? {}} readOnly={readOnly} onChange={(week) => put({ week })} />
            </Part>
            <Part title={t.holidays} help={t.holidaysHelp}>
              <Holidays holidays={calendar.holidays} readOnly={readOnly} onChange={(holidays) => put({ holidays })} />
            </Part>
            <Part title={t.special} help={t.specialHelp}>
              <SpecialDays
                days={calendar.special}
                zone={zone}
                readOnly={readOnly}
                onChange={(special) => put({ special })}
              />
            </Part>
            <Part title={t.changes} help={t.changesHelp}>
              <ChangedDays
                days={calendar.changes}
                zone={zone}
                readOnly={readOnly}
                onChange={(changes) => put({ changes })}
              />
            </Part>
            <Part title={t.trial}>
              <Trial form={form} zone={zone} />
            </Part>
          </>
        );
      }}
    </ThingPage>
  );
}

function Part({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="xs" mt="md" aria-label={title}>
      <Title order={2}>{title}</Title>
      {help && (
        <Text c="dimmed" size="sm">
          {help}
        </Text>
      )}
      {children}
    </Stack>
  );
}

/** What is asked about opening hours: the week, holidays, special days, days that end otherwise, and a trial. */
import { Alert, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "../texts";
import { NameAndLocation } from "../things/fields";
import type { Filling } from "../things/ThingForm";
import { ChangedDays, SpecialDays } from "./Days";
import { type Calendar, type HoursForm, type HoursLine, usualCalendar } from "./form";
import { Holidays } from "./Holidays";
import { Trial } from "./Trial";
import { hoursTexts } from "./texts";
import { Week } from "./Week";
import { OwnZone, useZoneOf } from "./ZoneField";

export function blankHours(): HoursForm {
  return { name: "", location: null, zone: null, calendar: usualCalendar() };
}

export function HoursFields(filling: Filling<HoursForm, HoursLine>) {
  const { form, set, readOnly } = filling;
  const t = useTexts(hoursTexts);
  const calendar = form.calendar;
  const zone = useZoneOf()(filling);
  const put = (some: Partial<Calendar>) => set({ calendar: { ...calendar, ...some } });
  return (
    <>
      <NameAndLocation filling={filling} />
      <OwnZone filling={filling} zone={zone} />
      {calendar.emergency && <Alert color="red">{t.emergency}</Alert>}
      <Part title={t.week} help={t.weekHelp}>
        <Week week={calendar.week ?? {}} readOnly={readOnly} onChange={(week) => put({ week })} />
      </Part>
      <Part title={t.holidays} help={t.holidaysHelp}>
        <Holidays holidays={calendar.holidays} readOnly={readOnly} onChange={(holidays) => put({ holidays })} />
      </Part>
      <Part title={t.special} help={t.specialHelp}>
        <SpecialDays days={calendar.special} zone={zone} readOnly={readOnly} onChange={(special) => put({ special })} />
      </Part>
      <Part title={t.changes} help={t.changesHelp}>
        <ChangedDays days={calendar.changes} zone={zone} readOnly={readOnly} onChange={(changes) => put({ changes })} />
      </Part>
      <Part title={t.trial}>
        <Trial form={form} zone={zone} />
      </Part>
    </>
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

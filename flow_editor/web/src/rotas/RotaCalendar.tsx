/** Who is on call when: a month or a week, with the gaps marked; by a plan that is saved or not. */
import { Alert, Button, Group, List, Modal, SegmentedControl, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "../api/client";
import { wallDate } from "../shared/moments";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import classes from "./calendar.module.css";
import { type Gap, later, moved, type Period, type RotaForm, shownDays } from "./form";
import { rotaTexts } from "./texts";

interface RotaCalendarProps {
  form: RotaForm;
  zone: string;
  /** Begins a swap on this day; null where nothing may be changed. */
  swap: ((day: string) => void) | null;
}

/** A part of a day with the same people: `from` and `to` are empty at the day's ends. */
interface Stretch {
  key: string;
  from: string;
  to: string;
  period: Period;
  gap: boolean;
}

export function RotaCalendar({ form, zone, swap }: RotaCalendarProps) {
  const t = useTexts(rotaTexts);
  const formats = useFormats();
  const narrow = useMediaQuery("(max-width: 62em)");
  const today = wallDate(Date.now(), zone);
  const [around, setAround] = useState(today);
  const [view, setView] = useState<"month" | "week">("month");
  const [chosen, choose] = useState<string | null>(null);
  const days = shownDays(around, view, firstDay(formats.locale));
  const [asked] = useDebouncedValue(
    { plan: form.plan, location: form.location, zone: form.zone, first: days[0] ?? "", last: days.at(-1) ?? "" },
    200,
  );
  const { data, error } = useQuery({
    queryKey: ["rotas", "calendar", asked],
    queryFn: () => got(api.POST("/api/rotas/calendar", { body: asked })),
    placeholderData: (before) => before,
  });
  const stretches = (day: string) => (data ? stretchesOf(day, data.periods, data.gaps, zone, formats.time) : []);
  const title =
    view === "month"
      ? new Intl.DateTimeFormat(formats.locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(
          new Date(`${around.slice(0, 7)}-01T00:00:00Z`),
        )
      : `${formats.day(`${days[0]}T12:00:00Z`, "UTC")} – ${formats.day(`${days.at(-1)}T12:00:00Z`, "UTC")}`;

  return (
    <Stack gap="sm">
      {data && data.ahead.length > 0 && <Gaps gaps={data.ahead} zone={data.zone} />}
      <Group justify="space-between">
        <Group gap="xs">
          <Button
            variant="default"
            size="sm"
            aria-label={t.previous}
            onClick={() => setAround(moved(around, view, -1))}
          >
            <IconChevronLeft aria-hidden size={18} />
          </Button>
          <Button variant="default" size="sm" onClick={() => setAround(today)}>
            {t.today}
          </Button>
          <Button variant="default" size="sm" aria-label={t.next} onClick={() => setAround(moved(around, view, 1))}>
            <IconChevronRight aria-hidden size={18} />
          </Button>
          <Text fw={600} aria-live="polite">
            {title}
          </Text>
        </Group>
        <SegmentedControl
          aria-label={t.calendar}
          value={view}
          data={[
            { value: "month", label: t.month },
            { value: "week", label: t.week },
          ]}
          onChange={(value) => setView(value === "week" ? "week" : "month")}
        />
      </Group>
      {error && <Problem error={error} />}
      <div className={narrow ? classes.list : classes.grid}>
        {!narrow &&
          days.slice(0, 7).map((day) => (
            <Text key={day} size="sm" fw={600} className={classes.head}>
              {new Intl.DateTimeFormat(formats.locale, { weekday: "short", timeZone: "UTC" }).format(
                new Date(`${day}T00:00:00Z`),
              )}
            </Text>
          ))}
        {days
          .filter((day) => !narrow || view === "week" || day.slice(0, 7) === around.slice(0, 7))
          .map((day) => (
            <UnstyledButton
              key={day}
              className={classes.day}
              data-today={day === today || undefined}
              data-other={(view === "month" && day.slice(0, 7) !== around.slice(0, 7)) || undefined}
              data-gap={stretches(day).some((one) => one.gap) || undefined}
              data-day={day}
              onClick={() => choose(day)}
            >
              <Text size="sm" fw={day === today ? 700 : 500}>
                {narrow ? formats.day(`${day}T12:00:00Z`, "UTC") : Number(day.slice(8))}
              </Text>
              {stretches(day).map((one) => (
                <Text key={one.key} size="sm" lh={1.3} className={classes.who}>
                  {(one.from || one.to) && <span className={classes.when}>{one.from || `– ${one.to}`} </span>}
                  {one.gap ? <strong className={classes.nobody}>{t.nobody}</strong> : names(one.period.steps[0])}
                  {view === "week" &&
                    one.period.steps.slice(1).map((step) => (
                      <span key={names(step)} className={classes.after}>
                        {" "}
                        {t.thenStep(names(step))}
                      </span>
                    ))}
                </Text>
              ))}
            </UnstyledButton>
          ))}
      </div>
      {chosen && (
        <Modal
          opened
          onClose={() => choose(null)}
          title={t.dayOf(formats.day(`${chosen}T12:00:00Z`, "UTC"))}
          closeButtonProps={{ "aria-label": t.close }}
        >
          <Stack>
            {stretches(chosen).map((one) => (
              <div key={one.key}>
                {(one.from || one.to) && (
                  <Text fw={600}>
                    {one.from || formats.time(`${chosen}T00:00:00Z`, "UTC")} –{" "}
                    {one.to || formats.time(`${chosen}T00:00:00Z`, "UTC")}
                  </Text>
                )}
                {one.period.steps.length === 0 && <Text c="red.8">{t.nobody}</Text>}
                <List type="ordered">
                  {one.period.steps.map((step) => (
                    <List.Item key={names(step)}>
                      {step
                        .map((member) => (member.reachable ? member.name : `${member.name} (${t.noPhone})`))
                        .join(", ")}
                    </List.Item>
                  ))}
                </List>
              </div>
            ))}
            {swap && (
              <Button
                onClick={() => {
                  choose(null);
                  swap(chosen);
                }}
              >
                {t.swapThisDay}
              </Button>
            )}
          </Stack>
        </Modal>
      )}
    </Stack>
  );
}

/** The others are marked in the calendar. */
const SHOWN_GAPS = 3;

function Gaps({ gaps, zone }: { gaps: readonly Gap[]; zone: string }) {
  const t = useTexts(rotaTexts);
  const formats = useFormats();
  const said = (moment: string) => `${formats.day(moment, zone)}, ${formats.time(moment, zone)}`;
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={t.gapAlert}>
      <List>
        {gaps.slice(0, SHOWN_GAPS).map((gap) => (
          <List.Item key={gap.start}>{t.gap(said(gap.start), said(gap.end))}</List.Item>
        ))}
        {gaps.length > SHOWN_GAPS && <List.Item>{t.moreGaps(gaps.length - SHOWN_GAPS)}</List.Item>}
      </List>
    </Alert>
  );
}

const names = (step: Period["steps"][number] | undefined) => (step ?? []).map((member) => member.name).join(", ");

function stretchesOf(
  day: string,
  periods: readonly Period[],
  gaps: readonly Gap[],
  zone: string,
  time: (moment: string, zone: string) => string,
): Stretch[] {
  const tomorrow = later(day, 1);
  return periods
    .filter((period) => wallDate(period.start, zone) <= day && wallDate(Date.parse(period.end) - 1, zone) >= day)
    .map((period) => ({
      key: period.start,
      from: wallDate(period.start, zone) === day && !midnight(period.start, zone) ? time(period.start, zone) : "",
      to: wallDate(period.end, zone) < tomorrow ? time(period.end, zone) : "",
      period,
      gap: gaps.some((gap) => gap.start <= period.start && period.end <= gap.end),
    }));
}

function midnight(moment: string, zone: string): boolean {
  return wallDate(Date.parse(moment) - 1, zone) !== wallDate(moment, zone);
}

/** 1 for Monday ... 7 for Sunday, as the reader's calendars begin. */
function firstDay(locale: string): number {
  const found = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } };
  return found.getWeekInfo?.().firstDay ?? 1;
}

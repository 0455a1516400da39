/** One place of the clinic: open or closed, until when and why; and what can be done about it today. */
import { Alert, Anchor, Button, Group, Paper, Stack, Switch, Text, ThemeIcon, Title, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type Icon, IconAlertOctagon, IconCircleCheck, IconClockPause, IconMoon } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import { api, got } from "../api/client";
import { useTexts } from "../texts";
import { Announcement } from "./Announcement";
import { CloseDialog } from "./CloseDialog";
import { DayDialog } from "./DayDialog";
import type { PlaceNow } from "./data";
import { homeTexts } from "./texts";
import { useSwitch } from "./useSwitch";
import { useWhen } from "./useWhen";

type State = PlaceNow["hours"][number]["state"];

const LOOKS: Record<State, { color: string; icon: Icon }> = {
  open: { color: "green.8", icon: IconCircleCheck },
  break: { color: "yellow.9", icon: IconClockPause },
  closed: { color: "gray.7", icon: IconMoon },
  holiday: { color: "gray.7", icon: IconMoon },
  emergency: { color: "red.8", icon: IconAlertOctagon },
};

export function PlaceCard({ place, languages }: { place: PlaceNow; languages: readonly string[] }) {
  const t = useTexts(homeTexts);
  const [main, ...others] = place.hours;
  return (
    <Paper withBorder radius="lg" p="lg" component="article" aria-label={place.name}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={3} style={{ overflowWrap: "anywhere" }}>
            {place.name}
          </Title>
          <Tooltip label={t.zone(place.zone)}>
            <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
              {place.zone.split("/").at(-1)?.replaceAll("_", " ")}
            </Text>
          </Tooltip>
        </Group>
        {main ? (
          <Now hours={main} zone={place.zone} />
        ) : (
          <Group>
            <Text c="dimmed">{t.noHours}</Text>
            <Anchor component={Link} href="/hours">
              {t.makeHours}
            </Anchor>
          </Group>
        )}
        {others.map((hours) => (
          <Other key={hours.id} hours={hours} zone={place.zone} />
        ))}
        {place.calls > 0 && <Text size="sm">{t.calls(place.calls)}</Text>}
        <Day place={place} />
        {place.kind === "location" && <Announcement place={place} languages={languages} />}
        {main && <Closure place={place} />}
      </Stack>
    </Paper>
  );
}

function Now({ hours, zone }: { hours: PlaceNow["hours"][number]; zone: string }) {
  const t = useTexts(homeTexts);
  const when = useWhen();
  const { color, icon: Picture } = LOOKS[hours.state];
  const until = hours.until
    ? t.until(when(hours.until, zone))
    : hours.state === "emergency"
      ? t.untilReopened
      : t.always;
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <ThemeIcon color={color} size={40} radius="xl">
        <Picture aria-hidden size={24} />
      </ThemeIcon>
      <div>
        <Text fw={700} size="lg" lh={1.3}>
          {t.state[hours.state]}
        </Text>
        <Text>{until}</Text>
        {hours.reason && (
          <Text c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {hours.reason}
          </Text>
        )}
      </div>
    </Group>
  );
}

/** Other hours of the same place, in a line. */
function Other({ hours, zone }: { hours: PlaceNow["hours"][number]; zone: string }) {
  const t = useTexts(homeTexts);
  const when = useWhen();
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      <Anchor component={Link} href={`/hours/${hours.id}`}>
        {hours.name}
      </Anchor>
      {": "}
      {t.state[hours.state]} {hours.until && t.until(when(hours.until, zone))}
    </Text>
  );
}

function Day({ place }: { place: PlaceNow }) {
  const t = useTexts(homeTexts);
  const when = useWhen();
  const turn = useSwitch();
  const [kind, open] = useState<"early" | "late" | null>(null);
  const main = place.hours[0];
  if (!main || place.closure) return null;
  const path = { path: { kind: place.kind, id: place.id } };
  return (
    <Stack gap="xs">
      {place.change && (
        <Alert color="yellow" p="xs" role="status">
          <Text size="sm">{place.change.ends ? t.dayChanged(when(place.change.ends, place.zone)) : t.dayOver}</Text>
          {place.may_change && (
            <Button
              size="compact-md"
              variant="default"
              mt={4}
              onClick={() =>
                turn(got(api.DELETE("/api/home/places/{kind}/{id}/day", { params: path })), t.backToUsual(place.name))
              }
            >
              {t.asUsual}
            </Button>
          )}
        </Alert>
      )}
      {place.may_change && (
        <Group gap="xs">
          {main.state === "open" && (
            <Button variant="default" size="sm" onClick={() => open("early")}>
              {t.closeEarly}
            </Button>
          )}
          <Button variant="default" size="sm" onClick={() => open("late")}>
            {place.day_ends ? t.stayOpen : t.openToday}
          </Button>
        </Group>
      )}
      {kind && <DayDialog place={place} kind={kind} onClose={() => open(null)} />}
    </Stack>
  );
}

function Closure({ place }: { place: PlaceNow }) {
  const t = useTexts(homeTexts);
  const turn = useSwitch();
  const [asking, { open, close }] = useDisclosure();
  return (
    <div style={{ marginTop: "auto" }}>
      <Switch
        color="red.8"
        label={t.emergency}
        aria-label={`${t.emergency}: ${place.name}`}
        checked={place.closure !== null}
        disabled={!place.may_change}
        onChange={({ currentTarget }) => {
          if (currentTarget.checked) open();
          else {
            void turn(
              got(
                api.DELETE("/api/home/places/{kind}/{id}/closure", {
                  params: { path: { kind: place.kind, id: place.id } },
                }),
              ),
              t.reopened(place.name),
            );
          }
        }}
      />
      {asking && <CloseDialog place={place} onClose={close} />}
    </div>
  );
}

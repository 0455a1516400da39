/** Who is on call now, and for the day that follows. */
import { Anchor, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import { useTexts } from "../texts";
import type { RotaNow } from "./data";
import { homeTexts } from "./texts";
import { useWhen } from "./useWhen";

type Period = RotaNow["periods"][number];

/** Changes that are shown of the day ahead. */
const SHOWN = 4;

export function OnCallNow({ rotas }: { rotas: readonly RotaNow[] }) {
  const t = useTexts(homeTexts);
  if (rotas.length === 0) {
    return (
      <Group>
        <Text c="dimmed">{t.noRotas}</Text>
        <Button component={Link} href="/on-call" variant="light">
          {t.addRota}
        </Button>
      </Group>
    );
  }
  return (
    <Stack gap="sm">
      {rotas.map((rota) => (
        <Paper key={rota.id} withBorder radius="lg" p="md">
          <Anchor component={Link} href={`/on-call/${rota.id}`} fw={600}>
            {rota.name}
          </Anchor>
          <Stack gap="xs" mt="xs">
            {rota.periods.slice(0, SHOWN).map((period, place) => (
              <OnCallPeriod key={period.start} period={period} now={place === 0} zone={rota.zone} />
            ))}
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}

function OnCallPeriod({ period, now, zone }: { period: Period; now: boolean; zone: string }) {
  const t = useTexts(homeTexts);
  const when = useWhen();
  return (
    <Group gap="md" wrap="nowrap" align="flex-start">
      <Text size="sm" c="dimmed" w={112} style={{ flexShrink: 0 }}>
        {now ? t.now : when(period.start, zone)}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {period.steps.length === 0 ? (
          <Text span fw={700} c="red.8">
            {t.nobody}
          </Text>
        ) : (
          period.steps.map((step, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name
            <span key={place}>
              {place > 0 && ` · ${t.afterwards} `}
              {step.map((member) => (member.reachable ? member.name : `${member.name} (${t.noPhone})`)).join(", ")}
            </span>
          ))
        )}
      </Text>
    </Group>
  );
}

/** All providers: their care teams, who is away, whose calls are put through. */
import { Stack, Text } from "@mantine/core";
import { IconStethoscope } from "@tabler/icons-react";
import { useWhen } from "../home/useWhen";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import { PROVIDERS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { type ProviderLine, useProvidersWatched } from "./data";
import { providerTexts } from "./texts";

export default function ProvidersPage() {
  const t = useTexts(providerTexts);
  const when = useWhen();
  useProvidersWatched();
  return (
    <ThingList<ProviderLine>
      kind={PROVIDERS}
      title={t.title}
      description={t.description}
      icon={IconStethoscope}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      searched={(line) => line.queue}
      columns={[
        { key: "name", title: t.provider, show: (line) => line.name },
        {
          key: "queue",
          title: t.careTeam,
          show: (line) =>
            line.queue || (
              <Tag look="attention" miw="max-content">
                {t.noCareTeam}
              </Tag>
            ),
        },
        {
          key: "now",
          title: t.now,
          show: (line) =>
            line.away ? (
              <Stack gap={2}>
                <Tag look="plain">{t.awayUntil(when(line.away.until, line.zone))}</Tag>
                {line.away.cover && (
                  <Text size="sm" c="dimmed">
                    {t.coveredBy(line.away.cover)}
                  </Text>
                )}
              </Stack>
            ) : (
              t.here
            ),
        },
        {
          key: "expected",
          title: t.expected,
          show: (line) => (
            <Stack gap={2}>
              {line.expected.map((call) => (
                <Text key={call.id} size="sm" style={{ overflowWrap: "anywhere" }}>
                  {call.who || t.anybody}, {t.untilTime(when(call.until, line.zone))}
                </Text>
              ))}
            </Stack>
          ),
        },
      ]}
    />
  );
}

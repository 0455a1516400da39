/** All queues: who answers, and whether they are open. */
import { Stack, Text } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { QUEUES } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import type { QueueLine } from "./form";
import { queueTexts } from "./texts";

export default function QueuesPage() {
  const t = useTexts(queueTexts);
  const formats = useFormats();
  return (
    <ThingList<QueueLine>
      kind={QUEUES}
      title={t.title}
      description={t.description}
      icon={IconUsersGroup}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      searched={(line) => [...line.teams, ...line.helpers].join(" ")}
      columns={[
        { key: "name", title: t.queue, show: (line) => line.name },
        {
          key: "teams",
          title: t.teams,
          show: (line) => (
            <Stack gap={2}>
              {line.people === 0 && (
                <Tag look="attention" miw="max-content">
                  {t.nobodyAnswers}
                </Tag>
              )}
              {line.teams.length > 0 && (
                <Text>
                  {formats.list(line.teams)}{" "}
                  <Text span size="sm" c="dimmed">
                    {t.people(line.people)}
                  </Text>
                </Text>
              )}
              {line.helpers.length > 0 && (
                <Text size="sm" c="dimmed">
                  {t.helpedBy(formats.list(line.helpers))}
                </Text>
              )}
            </Stack>
          ),
        },
        { key: "hours", title: t.hours, show: (line) => line.hours || t.alwaysOpen },
        {
          key: "open",
          title: t.now,
          show: (line) => <Tag look={line.open ? "good" : "plain"}>{line.open ? t.open : t.closed}</Tag>,
        },
      ]}
    />
  );
}

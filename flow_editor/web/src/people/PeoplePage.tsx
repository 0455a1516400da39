/** Everybody, and whether their phones are connected. */
import { Alert, Group, Stack, Text } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { PEOPLE } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { PhoneState, usePhones } from "./phones";
import { personTexts } from "./texts";

type Line = components["schemas"]["PeopleList.PersonLine"];

export default function PeoplePage() {
  const t = useTexts(personTexts);
  const formats = useFormats();
  const watched = usePhones().data?.watched ?? true;
  return (
    <ThingList<Line>
      kind={PEOPLE}
      title={t.title}
      description={t.description}
      icon={IconUser}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      above={
        !watched && (
          <Alert color="gray" mb="lg">
            {t.notWatched}
          </Alert>
        )
      }
      searched={(line) => `${line.teams.join(" ")} ${line.phones.map((phone) => phone.reached_at).join(" ")}`}
      columns={[
        { key: "name", title: t.person, show: (line) => line.name },
        {
          key: "phones",
          title: t.phones,
          width: "34%",
          show: (line) => (
            <Stack gap={2}>
              {line.phones.map((phone) => (
                <Group key={phone.id} gap="xs">
                  <Text size="sm">{t.phoneName(t.kinds[phone.kind], phone.reached_at)}</Text>
                  <PhoneState phone={phone} watched={watched} />
                </Group>
              ))}
              {line.phones.length === 0 && (
                <Text size="sm" c="dimmed">
                  {t.noPhones}
                </Text>
              )}
            </Stack>
          ),
        },
        { key: "teams", title: t.teams, show: (line) => formats.list(line.teams) },
        {
          key: "available",
          title: t.available,
          show: (line) =>
            line.available ? (
              ""
            ) : (
              <Tag look="attention" miw="max-content">
                {t.away}
              </Tag>
            ),
        },
      ]}
    />
  );
}

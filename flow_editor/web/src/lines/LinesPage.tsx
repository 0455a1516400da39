/** All lines in the order in which they are tried, and where calls may go by them. */
import { Group, Stack, Text, Title } from "@mantine/core";
import { IconServer } from "@tabler/icons-react";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { useNotices } from "../shared/notices";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import { asJson, type Done, undo, useThings } from "../things/calls";
import { Ordered } from "../things/fields";
import { LINES } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { DialRules } from "./DialRules";
import { lineTexts } from "./texts";

type Line = components["schemas"]["LinesList.LineLine"];

export default function LinesPage() {
  const t = useTexts(lineTexts);
  return (
    <Stack gap="xl">
      <div>
        <ThingList<Line>
          kind={LINES}
          title={t.title}
          description={t.description}
          icon={IconServer}
          make={t.make}
          empty={{ title: t.emptyTitle, words: t.empty }}
          searched={(line) => line.gateway}
          columns={[
            { key: "name", title: t.line, show: (line) => line.name },
            { key: "gateway", title: t.gateway, show: (line) => line.gateway },
            {
              key: "enabled",
              title: t.enabled,
              show: (line) =>
                line.enabled ? (
                  t.enabled
                ) : (
                  <Tag look="plain" miw="max-content">
                    {t.off}
                  </Tag>
                ),
            },
          ]}
        />
      </div>
      <Order />
      <DialRules />
    </Stack>
  );
}

function Order() {
  const t = useTexts(lineTexts);
  const notices = useNotices();
  const { data } = useThings<Line>(LINES);
  if (!data || data.items.length < 2) return null;

  async function put(items: Line[]) {
    try {
      const done = await asJson<Done>("PUT", "/api/lines/order", { order: items.map((line) => line.id) });
      await queries.invalidateQueries({ queryKey: [LINES.topic] });
      if (done.change) notices.saved(undefined, () => undo(done.change));
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <Stack component="section" gap="sm" maw={720} aria-label={t.order}>
      <Title order={2}>{t.order}</Title>
      <Ordered
        label={t.order}
        items={data.items}
        keyOf={(line) => line.id}
        nameOf={(line) => line.name}
        readOnly={!data.may_make}
        removable={false}
        onChange={(items) => void put(items)}
        show={(line) => (
          <Group gap="xs">
            <Text style={{ overflowWrap: "anywhere" }}>{line.name}</Text>
            {!line.enabled && (
              <Tag look="plain" miw="max-content">
                {t.off}
              </Tag>
            )}
          </Group>
        )}
      />
    </Stack>
  );
}

/** Where a thing is used, with links there. */
import { Anchor, List, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { useFormats, useTexts } from "../texts";
import { type Kind, type Use, useUses } from "./calls";
import { pageOf } from "./kinds";
import { thingTexts } from "./texts";

export function UsedBy({ kind, id }: { kind: Kind; id: string }) {
  const t = useTexts(thingTexts);
  const { data } = useUses(kind, id);
  if (!data) return null;
  return (
    <Stack component="section" gap="xs" mt="xl" aria-label={t.usedBy}>
      <Title order={2}>{t.usedBy}</Title>
      {data.items.length ? <Uses items={data.items} /> : <Text c="dimmed">{t.usedNowhere}</Text>}
    </Stack>
  );
}

export function Uses({ items }: { items: readonly Use[] }) {
  const t = useTexts(thingTexts);
  const formats = useFormats();
  return (
    <List spacing={4} style={{ overflowWrap: "anywhere" }}>
      {items.map((use) => {
        const page = pageOf(use.kind, use.id);
        return (
          <List.Item key={`${use.kind} ${use.id}`}>
            {use.id === "" ? t.count(use.count, use.what) : use.what}{" "}
            {page ? (
              <Anchor component={Link} href={page} fw={600}>
                {use.name || use.what}
              </Anchor>
            ) : (
              <Text span fw={600}>
                {use.name}
              </Text>
            )}
            {use.at.length > 0 && (
              <Text span c="dimmed">
                {" "}
                {t.at(formats.list(use.at))}
              </Text>
            )}
          </List.Item>
        );
      })}
    </List>
  );
}

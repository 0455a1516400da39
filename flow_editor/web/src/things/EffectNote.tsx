/** What saving would do to calls: how many flows use the thing, and which rehearsals would end elsewhere. */
import { Anchor, Badge, Group, List, Loader, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTexts } from "../texts";
import { asJson, type Effect, type Kind } from "./calls";
import { thingTexts } from "./texts";

/** Milliseconds without typing before it is tried. */
const QUIET = 500;

/** What a change would do, asked whenever `asked` is another one. `undefined` while it is being tried. */
export function useEffectOf(kind: Kind, asked: object | null): Effect | null | undefined {
  const [effect, setEffect] = useState<Effect | null>();
  const key = asked && JSON.stringify(asked);
  useEffect(() => {
    setEffect(key === null ? null : undefined);
    if (key === null) return;
    let wanted = true;
    const timer = setTimeout(async () => {
      const found = await asJson<Effect>("POST", `/api/${kind.path}/preview`, JSON.parse(key)).catch(() => null);
      if (wanted) setEffect(found);
    }, QUIET);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [kind.path, key]);
  return effect;
}

export function EffectNote({ effect }: { effect: Effect | undefined }) {
  const t = useTexts(thingTexts);
  const [opened, { toggle }] = useDisclosure();
  if (!effect)
    return (
      <Group gap="xs" wrap="nowrap">
        <Loader size="xs" />
        <Text size="sm">{t.trying}</Text>
      </Group>
    );
  const flows = new Set(effect.used_by.filter((use) => use.kind === "flow").map((use) => use.id)).size;
  const others = effect.used_by.filter((use) => !["flow", "plan", "draft"].includes(use.kind)).length;
  const many = effect.elsewhere.length;
  return (
    <Stack gap={4} role="status">
      <Group gap="xs">
        {many ? (
          <IconAlertTriangle aria-hidden size={18} color="var(--mantine-color-orange-text)" />
        ) : (
          <IconCircleCheck aria-hidden size={18} color="var(--mantine-color-teal-text)" />
        )}
        <Text size="sm">
          {flows > 0 && `${t.flows(flows)} `}
          {others > 0 && `${t.others(others)} `}
          {many ? t.elsewhere(many) : t.unchanged(effect.rehearsals)}
        </Text>
        {many > 0 && (
          <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={opened}>
            {opened ? t.hide : t.show}
          </Anchor>
        )}
      </Group>
      {opened && many > 0 && (
        <List size="sm" spacing="xs" mah={220} style={{ overflowY: "auto", overflowWrap: "anywhere" }}>
          {effect.elsewhere.map((one) => (
            <List.Item key={`${one.flow} ${one.title}`}>
              <Text size="sm" fw={600}>
                {one.flow_name}: {one.title}{" "}
                {one.fails && (
                  <Badge color="red" variant="light" size="sm" tt="none">
                    {t.fails}
                  </Badge>
                )}
              </Text>
              <Text size="sm">{t.was(one.before)}</Text>
              <Text size="sm">{t.willBe(one.after)}</Text>
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

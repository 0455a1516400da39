/** Who has a skill and how well, or which skills somebody has: a list of one and the same, seen from either side. */
import { ActionIcon, Group, Input, Select, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { ReferenceField } from "../things/fields";
import { thingTexts } from "../things/texts";
import { skillTexts } from "./texts";

export interface Level {
  id: string;
  level: number;
}

interface LevelsProps {
  /** What the list is of: "person" on a skill's page, "skill" on a person's. */
  noun: "person" | "skill";
  label: string;
  help: string;
  /** Said while the list is empty. */
  nothing: string;
  add: string;
  items: readonly Level[];
  error: string | undefined;
  readOnly: boolean;
  onChange: (items: Level[]) => void;
}

export function Levels({ noun, label, help, nothing, add, items, error, readOnly, onChange }: LevelsProps) {
  const t = useTexts(skillTexts);
  const shared = useTexts(thingTexts);
  const known = useReferences(noun).data?.items ?? [];
  const name = (id: string) => known.find((one) => one.id === id)?.name ?? t.gone;
  const levels = ([1, 2, 3, 4, 5] as const).map((level) => ({ value: String(level), label: t.levels[level] }));
  return (
    <Input.Wrapper label={label} description={help} error={error} size="md" labelElement="div">
      <Stack gap="xs" mt="xs" component="ul" p={0} m={0} aria-label={label} style={{ listStyle: "none" }}>
        {items.length === 0 && (
          <Text c="dimmed" component="li">
            {nothing}
          </Text>
        )}
        {items.map((one) => (
          <Group key={one.id} component="li" gap="xs" wrap="nowrap" align="center">
            <Text style={{ flex: 1, minWidth: 0, overflowWrap: "anywhere" }}>{name(one.id)}</Text>
            <Select
              aria-label={t.levelOf(name(one.id))}
              allowDeselect={false}
              data={levels}
              value={String(one.level)}
              disabled={readOnly}
              w={170}
              onChange={(level) =>
                onChange(items.map((other) => (other === one ? { ...one, level: Number(level) } : other)))
              }
            />
            {!readOnly && (
              <ActionIcon
                aria-label={shared.take(name(one.id))}
                onClick={() => onChange(items.filter((other) => other !== one))}
              >
                <IconX aria-hidden size={18} />
              </ActionIcon>
            )}
          </Group>
        ))}
      </Stack>
      {!readOnly && (
        <ReferenceField
          key={items.map((one) => one.id).join(" ")}
          mt="xs"
          noun={noun}
          aria-label={add}
          placeholder={add}
          value={null}
          but={items.map((one) => one.id)}
          onChange={(id) => id && onChange([...items, { id, level: 3 }])}
        />
      )}
    </Input.Wrapper>
  );
}

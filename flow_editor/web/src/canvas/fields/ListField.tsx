/** Several of something, in an order that counts: choices of a menu, who is rung, one after another. */
import { ActionIcon, Button, Group, Input, Paper, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../texts";
import { canvasTexts } from "../texts";
import { FieldEditor, GroupFields, group } from "./FieldEditor";
import { bornValue, type Field, resolved, type SettingsSchema, widgetOf } from "./schema";

export interface ListFieldProps {
  label: string | undefined;
  description?: string | undefined;
  error?: string | undefined;
  disabled?: boolean;
  field: Field;
  schema: SettingsSchema;
  value: readonly unknown[];
  onChange: (value: unknown[]) => void;
}

/** Fields this small stand side by side. */
const SHORT = new Set(["text", "number", "choice", "switch"]);

export function ListField({
  label,
  description,
  error,
  disabled = false,
  field,
  schema,
  value,
  onChange,
}: ListFieldProps) {
  const t = useTexts(canvasTexts);
  const items = resolved(field.items ?? {}, schema);
  const inner = Object.values(items.properties ?? {}).map((one) => widgetOf(resolved(one, schema), schema));
  const short = inner.length === 2 && inner.every((widget) => SHORT.has(widget));

  const put = (place: number, next: unknown) => onChange(value.map((old, at) => (at === place ? next : old)));
  const swap = (place: number, other: number) => {
    const next = [...value];
    [next[place], next[other]] = [next[other], next[place]];
    onChange(next);
  };

  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div" size="md">
      <Stack gap="xs" mt={6} {...(value.length > 0 && { role: "list", "aria-label": label })}>
        {value.map((one, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what is in a list has no name of its own
          <Paper key={place} withBorder p="xs" role="listitem" aria-label={t.position(place + 1)}>
            {short ? (
              <Group align="flex-end" gap="xs" wrap="nowrap">
                {Object.entries(items.properties ?? {}).map(([name, each]) => (
                  <div key={name} style={{ flex: name === "key" ? "0 0 76px" : 1, minWidth: 0 }}>
                    <FieldEditor
                      field={{ ...each, description: undefined } as Field}
                      schema={schema}
                      name={name}
                      disabled={disabled}
                      value={group(one)[name]}
                      onChange={(next) => put(place, { ...group(one), [name]: next })}
                    />
                  </div>
                ))}
                <Buttons place={place} count={value.length} disabled={disabled} swap={swap} remove={remove} />
              </Group>
            ) : (
              <Stack gap="sm">
                <Group justify="space-between">
                  <Text size="sm" fw={600}>
                    {t.position(place + 1)}
                  </Text>
                  <Buttons place={place} count={value.length} disabled={disabled} swap={swap} remove={remove} />
                </Group>
                <GroupFields
                  field={items}
                  schema={schema}
                  value={group(one)}
                  disabled={disabled}
                  onChange={(next) => put(place, next)}
                />
              </Stack>
            )}
          </Paper>
        ))}
      </Stack>
      <Stack mt={value.length > 0 ? "xs" : 0}>
        <Button
          variant="default"
          size="sm"
          disabled={disabled || value.length >= (field.maxItems ?? Number.POSITIVE_INFINITY)}
          leftSection={<IconPlus size={16} aria-hidden />}
          aria-label={`${t.addItem}: ${label}`}
          onClick={() => onChange([...value, bornValue(items, schema)])}
        >
          {t.addItem}
        </Button>
      </Stack>
    </Input.Wrapper>
  );

  function remove(place: number) {
    onChange(value.filter((_, at) => at !== place));
  }
}

interface ButtonsProps {
  place: number;
  count: number;
  disabled: boolean;
  swap: (place: number, other: number) => void;
  remove: (place: number) => void;
}

function Buttons({ place, count, disabled, swap, remove }: ButtonsProps) {
  const t = useTexts(canvasTexts);
  return (
    <Group gap={0} wrap="nowrap">
      {count > 1 && (
        <>
          <ActionIcon
            aria-label={t.moveUp}
            disabled={disabled || place === 0}
            onClick={() => swap(place, place - 1)}
            size="md"
          >
            <IconArrowUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon
            aria-label={t.moveDown}
            disabled={disabled || place === count - 1}
            onClick={() => swap(place, place + 1)}
            size="md"
          >
            <IconArrowDown size={16} aria-hidden />
          </ActionIcon>
        </>
      )}
      <ActionIcon aria-label={t.removeItem} disabled={disabled} onClick={() => remove(place)} size="md" color="red">
        <IconTrash size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

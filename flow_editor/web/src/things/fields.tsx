/** Fields that several pages have. */
import { ActionIcon, Group, Paper, Select, type SelectProps, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconGripVertical, IconX } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useState } from "react";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import { asJson, useReferences } from "./calls";
import { thingTexts } from "./texts";
import classes from "./things.module.css";

export interface ReferenceFieldProps extends Omit<SelectProps, "data" | "value" | "onChange"> {
  /** What is chosen: "person", "team", "flow" ... */
  noun: string;
  value: string | null | undefined;
  onChange: (id: string | null) => void;
  /** Those that cannot be chosen. */
  but?: readonly string[];
}

const NEW = "\u0000new";

/** Choose one of a kind, or make a new one by its name. */
export function ReferenceField({ noun, value, onChange, but = [], ...rest }: ReferenceFieldProps) {
  const t = useTexts(thingTexts);
  const notices = useNotices();
  const { data, refetch } = useReferences(noun);
  const [search, setSearch] = useState("");
  const items = (data?.items ?? []).filter((one) => !but.includes(one.id));
  const typed = search.trim();
  const options = items.map((one) => ({ value: one.id, label: one.name }));
  if (data?.may_make && typed && !items.some((one) => one.name.toLowerCase() === typed.toLowerCase()))
    options.push({ value: NEW, label: t.createNew(typed) });

  async function choose(chosen: string | null) {
    if (chosen !== NEW) return onChange(chosen);
    try {
      const made = await asJson<{ id: string }>("POST", `/api/references/${noun}`, { name: typed });
      await refetch();
      onChange(made.id);
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <Select
      {...rest}
      data={options}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      value={value ?? null}
      onChange={(chosen) => void choose(chosen)}
      filter={({ options: all, search: wanted }) =>
        all.filter(
          (one) =>
            !("value" in one) || one.value === NEW || one.label.toLowerCase().includes(wanted.trim().toLowerCase()),
        )
      }
      nothingFoundMessage={t.nothing}
    />
  );
}

export interface LocationFieldProps extends Omit<SelectProps, "data" | "value" | "onChange"> {
  value: string | null | undefined;
  onChange: (id: string | null) => void;
}

/** The location that something belongs to, or the whole organisation. */
export function LocationField({ value, onChange, ...rest }: LocationFieldProps) {
  const t = useTexts(thingTexts);
  const { data } = useReferences("location");
  return (
    <Select
      label={t.location}
      {...rest}
      data={[
        { value: "", label: t.wholeOrganisation },
        ...(data?.items ?? []).map((one) => ({ value: one.id, label: one.name })),
      ]}
      allowDeselect={false}
      value={value ?? ""}
      onChange={(chosen) => onChange(chosen || null)}
    />
  );
}

/** What the fields below fill in, of whichever thing. */
interface Filled<F> {
  form: F;
  set: (some: Partial<F>) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
}

/** What something is called. */
export function NameField({ filling: { form, set, errors, readOnly } }: { filling: Filled<{ name: string }> }) {
  const t = useTexts(thingTexts);
  return (
    <TextInput
      label={t.name}
      required
      maxLength={200}
      value={form.name}
      error={errors.name}
      disabled={readOnly}
      onChange={(event) => set({ name: event.currentTarget.value })}
    />
  );
}

/** What something is called, and where it belongs: how most forms begin. */
export function NameAndLocation({ filling }: { filling: Filled<{ name: string; location: string | null }> }) {
  const { form, set, readOnly } = filling;
  return (
    <>
      <NameField filling={filling} />
      <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
    </>
  );
}

export interface OrderedProps<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  nameOf: (item: T) => string;
  onChange: (items: T[]) => void;
  readOnly?: boolean;
  /** Whether items can be taken out, too. */
  removable?: boolean;
  /** What an item looks like; its name, if not said. */
  show?: (item: T, place: number) => ReactNode;
  label: string;
}

/** A list in an order of one's own: dragged, or moved by its buttons. */
export function Ordered<T>({
  items,
  keyOf,
  nameOf,
  onChange,
  readOnly,
  removable = true,
  show,
  label,
}: OrderedProps<T>) {
  const t = useTexts(thingTexts);
  const [dragged, setDragged] = useState<number | null>(null);

  function move(from: number, to: number) {
    if (to < 0 || to >= items.length || from === to) return;
    const moved = [...items];
    moved.splice(to, 0, ...moved.splice(from, 1));
    onChange(moved);
  }

  function over(event: DragEvent, place: number) {
    if (dragged === null) return;
    event.preventDefault();
    if (dragged !== place) {
      move(dragged, place);
      setDragged(place);
    }
  }

  return (
    <Stack gap="xs" component="ol" m={0} p={0} aria-label={label} style={{ listStyle: "none" }}>
      {items.map((item, place) => (
        <Paper
          key={keyOf(item)}
          component="li"
          withBorder
          px="sm"
          py={6}
          className={classes.row}
          opacity={dragged === place ? 0.6 : 1}
          onDragOver={(event: DragEvent) => over(event, place)}
          onDrop={(event: DragEvent) => event.preventDefault()}
        >
          <Group gap="xs" wrap="nowrap" align="center">
            {!readOnly && (
              // biome-ignore lint/a11y/noStaticElementInteractions: the buttons beside it do the same by keyboard
              <span
                draggable
                title={t.drag(nameOf(item))}
                style={{ cursor: "grab", display: "flex" }}
                onDragStart={(event) => {
                  event.dataTransfer.effectAllowed = "move";
                  setDragged(place);
                }}
                onDragEnd={() => setDragged(null)}
              >
                <IconGripVertical aria-hidden size={18} />
              </span>
            )}
            <div style={{ flex: 1, minWidth: 0 }}>
              {show ? show(item, place) : <Text style={{ overflowWrap: "anywhere" }}>{nameOf(item)}</Text>}
            </div>
            {!readOnly && (
              <Group gap={2} wrap="nowrap">
                <ActionIcon
                  aria-label={t.up(nameOf(item))}
                  disabled={place === 0}
                  onClick={() => move(place, place - 1)}
                >
                  <IconArrowUp aria-hidden size={18} />
                </ActionIcon>
                <ActionIcon
                  aria-label={t.down(nameOf(item))}
                  disabled={place === items.length - 1}
                  onClick={() => move(place, place + 1)}
                >
                  <IconArrowDown aria-hidden size={18} />
                </ActionIcon>
                {removable && (
                  <ActionIcon
                    aria-label={t.take(nameOf(item))}
                    onClick={() => onChange(items.filter((other) => other !== item))}
                  >
                    <IconX aria-hidden size={18} />
                  </ActionIcon>
                )}
              </Group>
            )}
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

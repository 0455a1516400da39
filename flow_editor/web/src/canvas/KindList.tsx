/** The kinds of step in staff's words: everyday ones first, the others behind "More", all of them by searching. */
import { Button, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from "react";
import { useTexts } from "../texts";
import classes from "./canvas.module.css";
import { KindIcon } from "./KindIcon";
import { type Kind, type Kinds, useKinds } from "./kinds";
import { canvasTexts } from "./texts";

export interface KindListProps {
  onChoose: (kind: Kind) => void;
  /** A kind is being dragged away from the list. */
  onDrag?: (kind: Kind, event: PointerEvent) => void;
  /** Whether the cursor is put into the search field. */
  focus?: boolean;
}

/** Everyday kinds and the others, each in the order of their families. */
export function sorted({ all, families }: Kinds): { everyday: Kind[]; more: Kind[] } {
  const order = new Map(families.map(({ family }, place) => [family, place]));
  const kinds = [...all].sort((a, b) => (order.get(a.family) ?? 9) - (order.get(b.family) ?? 9));
  return { everyday: kinds.filter((kind) => kind.everyday), more: kinds.filter((kind) => !kind.everyday) };
}

/** Words without accents and capitals, to be searched in. */
export function folded(words: string): string {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Kinds in whose words all that was typed is found; those whose title begins so come first. */
export function matching(kinds: readonly Kind[], typed: string): Kind[] {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  const found = kinds.filter((kind) => {
    const said = folded(`${kind.title} ${kind.purpose} ${kind.fields.description ?? ""}`);
    return words.every((word) => said.includes(word));
  });
  const begins = (kind: Kind) => Number(!folded(kind.title).startsWith(words[0] ?? ""));
  const inTitle = (kind: Kind) => Number(!words.every((word) => folded(kind.title).includes(word)));
  return found.sort((a, b) => begins(a) - begins(b) || inTitle(a) - inTitle(b));
}

export function KindList({ onChoose, onDrag, focus = false }: KindListProps) {
  const t = useTexts(canvasTexts);
  const kinds = useKinds();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const { everyday, more } = useMemo(() => sorted(kinds), [kinds]);
  const searching = typed.trim() !== "";
  const shown = searching ? matching([...everyday, ...more], typed) : open ? [...everyday, ...more] : everyday;

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = Math.min(Math.max(active + (event.key === "ArrowDown" ? 1 : -1), 0), shown.length - 1);
      setActive(next);
      list.current?.querySelectorAll("[data-kind]")[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = shown[active];
      if (chosen) onChoose(chosen);
    }
  }

  return (
    <Stack gap="xs" style={{ minHeight: 0, flex: 1 }}>
      <TextInput
        aria-label={t.searchSteps}
        placeholder={t.searchSteps}
        leftSection={<IconSearch size={18} aria-hidden />}
        value={typed}
        data-autofocus={focus || undefined}
        autoFocus={focus}
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={searching || focus ? `${id}-${shown[active]?.kind}` : undefined}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ScrollArea style={{ flex: 1, minHeight: 0 }} type="auto" viewportRef={list} viewportProps={{ tabIndex: -1 }}>
        <div id={id} role="listbox" aria-label={t.addStep}>
          {shown.map((kind, place) => (
            <KindRow
              key={kind.kind}
              id={`${id}-${kind.kind}`}
              kind={kind}
              active={(searching || focus) && place === active}
              onChoose={onChoose}
              {...(onDrag && { onDrag })}
            />
          ))}
        </div>
        {!shown.length && (
          <Text c="dimmed" p="sm">
            {t.nothingFound}
          </Text>
        )}
        {!searching && (
          <Button
            variant="subtle"
            fullWidth
            justify="space-between"
            mt={4}
            aria-expanded={open}
            rightSection={open ? <IconChevronUp size={18} aria-hidden /> : <IconChevronDown size={18} aria-hidden />}
            onClick={() => setOpen(!open)}
          >
            {open ? t.fewer : t.more}
          </Button>
        )}
      </ScrollArea>
    </Stack>
  );
}

interface KindRowProps extends Omit<KindListProps, "focus"> {
  id: string;
  kind: Kind;
  active: boolean;
}

function KindRow({ id, kind, active, onChoose, onDrag }: KindRowProps) {
  return (
    <button
      id={id}
      type="button"
      role="option"
      aria-selected={active}
      className={classes.kindRow}
      data-kind={kind.kind}
      data-active={active || undefined}
      onClick={() => onChoose(kind)}
      onPointerDown={(event) => {
        if (event.button === 0 && event.pointerType !== "touch") onDrag?.(kind, event);
      }}
    >
      <KindIcon kind={kind} />
      <span>
        <span className={classes.kindTitle}>{kind.title}</span>
        <span className={classes.kindPurpose}>{kind.purpose}</span>
      </span>
    </button>
  );
}

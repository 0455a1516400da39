/** Finds steps by title, kind, or a word that callers hear; each leads to its place. */
import { Modal, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useTexts } from "../texts";
import { useCanvas, useWatched } from "./canvas";
import classes from "./canvas.module.css";
import { KindIcon } from "./KindIcon";
import { folded } from "./KindList";
import { useKinds } from "./kinds";
import { canvasTexts } from "./texts";

export function Finder({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useTexts(canvasTexts);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.find}
      returnFocus={false}
      closeButtonProps={{ "aria-label": t.close }}
    >
      {opened && <Find onClose={onClose} />}
    </Modal>
  );
}

function Find({ onClose }: { onClose: () => void }) {
  const t = useTexts(canvasTexts);
  const { drawing, looks, view, jumpTo, titleOf } = useCanvas();
  const kinds = useKinds();
  useWatched(view.steps);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const words = folded(typed).split(/\s+/).filter(Boolean);
  const found = drawing
    .stepIds()
    .map((step) => ({ step, title: titleOf(step), summary: looks.nodes.get(step)?.summary ?? "" }))
    .filter(({ step, title, summary }) => {
      const drawn = drawing.step(step);
      const kind = kinds.byName.get(drawn?.kind ?? "")?.title ?? "";
      const said = folded(`${title} ${kind} ${summary} ${JSON.stringify(drawn?.settings)}`);
      return words.every((word) => said.includes(word));
    })
    .sort((a, b) => a.title.localeCompare(b.title));

  function go(step: string | undefined) {
    if (!step) return;
    onClose();
    jumpTo(step);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setActive(Math.min(Math.max(active + (event.key === "ArrowDown" ? 1 : -1), 0), found.length - 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(found[active]?.step);
    }
  }

  return (
    <Stack gap="xs">
      <TextInput
        aria-label={t.find}
        placeholder={t.findHint}
        leftSection={<IconSearch size={18} aria-hidden />}
        data-autofocus
        autoFocus
        value={typed}
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found[active] ? `${id}-${found[active].step}` : undefined}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ScrollArea.Autosize mah={420} viewportProps={{ tabIndex: -1 }}>
        <div id={id} role="listbox" aria-label={t.find}>
          {found.slice(0, 100).map(({ step, title, summary }, place) => (
            <button
              key={step}
              id={`${id}-${step}`}
              type="button"
              role="option"
              aria-selected={place === active}
              className={classes.kindRow}
              data-active={place === active || undefined}
              onClick={() => go(step)}
            >
              <KindIcon kind={kinds.byName.get(drawing.named(step).kind)} />
              <span>
                <span className={classes.kindTitle}>{title}</span>
                <span className={classes.kindPurpose}>{summary}</span>
              </span>
            </button>
          ))}
        </div>
        {!found.length && <Text c="dimmed">{t.nothingFound}</Text>}
      </ScrollArea.Autosize>
    </Stack>
  );
}

/** Connecting by keyboard: a way out, then the step it leads to. */
import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../texts";
import { useCanvas } from "./canvas";
import { useExits } from "./StepCard";
import { canvasTexts } from "./texts";
import { TargetSelect } from "./WaysOut";

export function ConnectDialog({ step, onClose }: { step: string | null; onClose: () => void }) {
  const t = useTexts(canvasTexts);
  const { titleOf } = useCanvas();
  return (
    <Modal
      opened={step !== null}
      onClose={onClose}
      title={step ? t.connectFrom(titleOf(step)) : ""}
      closeButtonProps={{ "aria-label": t.close }}
    >
      {step && <Connect step={step} onClose={onClose} />}
    </Modal>
  );
}

function Connect({ step, onClose }: { step: string; onClose: () => void }) {
  const t = useTexts(canvasTexts);
  const { drawing, announce, titleOf } = useCanvas();
  const exits = useExits(step, drawing.step(step)?.kind ?? "");
  const free = exits.find((exit) => !drawing.edges.has(`${step}/${exit.name}`)) ?? exits[0];
  const [exit, setExit] = useState<string | null>(free?.name ?? null);
  const [target, setTarget] = useState<string | null>(null);

  function connect() {
    if (exit === null || target === null) return;
    drawing.apart();
    drawing.connect(step, exit, target);
    announce(t.connected(titleOf(step), titleOf(target)));
    onClose();
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        connect();
      }}
    >
      <Stack>
        <Text c="dimmed">{t.connectHelp}</Text>
        <Select
          label={t.wayOut}
          data={exits.map(({ name, label }) => ({ value: name, label }))}
          value={exit}
          onChange={setExit}
          allowDeselect={false}
          data-autofocus
        />
        <TargetSelect label={t.target} source={step} value={target} onChange={setTarget} />
        <Group justify="flex-end">
          <Button type="submit" disabled={exit === null || target === null}>
            {t.connect}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

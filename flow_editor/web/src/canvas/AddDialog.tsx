/** Asks which kind of step to add: after an arrow was drawn into the open, on an arrow's plus, or by the key A. */
import { Modal } from "@mantine/core";
import { useTexts } from "../texts";
import type { Place } from "./canvas";
import { KindList } from "./KindList";
import type { Kind } from "./kinds";
import { canvasTexts } from "./texts";

export interface AddDialogProps {
  place: Place | null;
  titleOf: (step: string) => string;
  onClose: () => void;
  onChoose: (kind: Kind, place: Place) => void;
}

export function AddDialog({ place, titleOf, onClose, onChoose }: AddDialogProps) {
  const t = useTexts(canvasTexts);
  return (
    <Modal
      opened={place !== null}
      onClose={onClose}
      title={place?.after ? t.addAfter(titleOf(place.after.step)) : place?.onArrow ? t.insertHere : t.addStep}
      closeButtonProps={{ "aria-label": t.close }}
      styles={{ body: { height: 520, display: "flex" } }}
    >
      {place && <KindList focus onChoose={(kind) => onChoose(kind, place)} />}
    </Modal>
  );
}

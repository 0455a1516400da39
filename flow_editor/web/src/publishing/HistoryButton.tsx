/** In the header of the canvas: leads to the flow's history. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { Link } from "wouter";
import { useCanvas } from "../canvas/canvas";
import { useTexts } from "../texts";
import { publishingTexts } from "./texts";

export default function HistoryButton() {
  const t = useTexts(publishingTexts);
  const { flow } = useCanvas();
  return (
    <Tooltip label={t.history}>
      <ActionIcon component={Link} href={`/flows/${flow}/history`} aria-label={t.history}>
        <IconHistory size={20} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

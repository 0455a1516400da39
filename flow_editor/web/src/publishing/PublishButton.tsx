/** In the header of the canvas: opens what publishing would change. */
import { Button, Tooltip } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useCanvas, useWatched } from "../canvas/canvas";
import { useTexts } from "../texts";
import { publishingTexts } from "./texts";

export default function PublishButton() {
  const t = useTexts(publishingTexts);
  const { panel, mayDraw } = useCanvas();
  const opened = useWatched(panel) === "publish";
  if (!mayDraw) return null;
  return (
    <Tooltip label={t.whatChanges} disabled={opened}>
      <Button
        size="compact-md"
        leftSection={<IconUpload size={18} aria-hidden />}
        aria-expanded={opened}
        onClick={() => panel.set(opened ? null : "publish")}
      >
        {t.publish}
      </Button>
    </Tooltip>
  );
}

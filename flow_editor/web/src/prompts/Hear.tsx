/** Lets one hear a text as callers would. */
import { Button } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { request } from "../api/client";
import { useTexts } from "../texts";
import { promptTexts } from "./texts";
import { useSound } from "./useSound";

export function Hear({ language, text }: { language: string; text: string }) {
  const t = useTexts(promptTexts);
  return (
    <PlayButton
      label={t.hear}
      disabled={!text.trim()}
      bring={() =>
        request("POST", "/api/speech", new Blob([JSON.stringify({ language, text })], { type: "application/json" }))
      }
    />
  );
}

interface PlayButtonProps {
  label: string;
  /** For screen readers, where the label alone does not say what is heard. */
  what?: string;
  disabled?: boolean;
  bring: () => Promise<Response>;
}

export function PlayButton({ label, what, disabled = false, bring }: PlayButtonProps) {
  const t = useTexts(promptTexts);
  const { playing, loading, toggle } = useSound(bring);
  return (
    <Button
      variant="light"
      size="compact-md"
      w="fit-content"
      leftSection={playing ? <IconPlayerStop aria-hidden size={16} /> : <IconPlayerPlay aria-hidden size={16} />}
      loading={loading}
      disabled={disabled && !playing}
      aria-label={what && `${playing ? t.stop : label}: ${what}`}
      onClick={toggle}
    >
      {playing ? t.stop : label}
    </Button>
  );
}

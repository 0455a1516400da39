/** Short notices, with an Undo in the place of "are you sure". */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMemo } from "react";
import { useTexts } from "../texts";
import { useSentence } from "./Problem";
import { sharedTexts } from "./texts";

/** How long an Undo is offered, in milliseconds. */
const UNDO_FOR = 15_000;

export interface Notices {
  /** Something is saved; `undo` puts it back as it was. */
  saved(text?: string, undo?: () => unknown): void;
  /** Something failed: the server's sentence, or ours. */
  failed(error: unknown): void;
  /** Delete at once, without a question, and offer to put it back. */
  deleted(name: string, restore: () => unknown): void;
}

export function useNotices(): Notices {
  const t = useTexts(sharedTexts);
  const sentence = useSentence();
  return useMemo(() => {
    function failed(error: unknown) {
      notifications.show({
        color: "red",
        message: sentence(error),
        autoClose: 10_000,
        closeButtonProps: { "aria-label": t.close },
      });
    }
    function saved(text = t.saved, undo?: () => unknown) {
      const id = notifications.show({
        autoClose: undo ? UNDO_FOR : 4000,
        withCloseButton: true,
        closeButtonProps: { "aria-label": t.close },
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{text}</Text>
            {undo && (
              <Button
                size="compact-md"
                variant="light"
                flex="none"
                onClick={async () => {
                  notifications.hide(id);
                  try {
                    await undo();
                    notifications.show({
                      message: t.undone,
                      autoClose: 3000,
                      closeButtonProps: { "aria-label": t.close },
                    });
                  } catch (error) {
                    failed(error);
                  }
                }}
              >
                {t.undo}
              </Button>
            )}
          </Group>
        ),
      });
    }
    return { saved, failed, deleted: (name, restore) => saved(t.deleted(name), restore) };
  }, [t, sentence]);
}

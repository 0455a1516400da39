/** Who changed something, when and how, with a way back: the same for whatever keeps its history. */
import { Badge, Button, Drawer, Group, Stack, Text, Timeline } from "@mantine/core";
import type { ReactNode } from "react";
import { useFormats, useTexts } from "../texts";
import { sharedTexts } from "./texts";

export interface HistoryEntry {
  id: string;
  at: string;
  /** Who changed it; null for the program itself. */
  who: string | null;
  /** What changed, in plain words. */
  what: ReactNode;
  current?: boolean;
  /** Whether `restore` can do something with it; if not said, it can. */
  restorable?: boolean;
}

export interface HistoryDrawerProps {
  opened: boolean;
  onClose: () => void;
  title?: string;
  entries: readonly HistoryEntry[];
  /** IANA name of the zone that times are shown in. */
  zone?: string;
  /** Puts things back as they were then; without it there is only reading. */
  restore?: (entry: HistoryEntry) => void;
  /** What restoring is called here. */
  restoreLabel?: string;
}

export function HistoryDrawer({ opened, onClose, title, entries, zone, restore, restoreLabel }: HistoryDrawerProps) {
  const t = useTexts(sharedTexts);
  const formats = useFormats();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      title={title ?? t.history}
      closeButtonProps={{ "aria-label": t.close }}
    >
      {entries.length === 0 ? (
        <Text c="dimmed">{t.noHistory}</Text>
      ) : (
        <Timeline bulletSize={16} lineWidth={2}>
          {entries.map((entry) => (
            <Timeline.Item
              key={entry.id}
              title={
                <Group gap="xs">
                  {formats.dateTime(entry.at, zone)}
                  {entry.current && <Badge variant="light">{t.current}</Badge>}
                </Group>
              }
            >
              <Stack gap={4} align="flex-start">
                {entry.who && (
                  <Text size="sm" c="dimmed">
                    {entry.who}
                  </Text>
                )}
                <Text size="sm" component="div">
                  {entry.what}
                </Text>
                {restore && (entry.restorable ?? !entry.current) && (
                  <Button size="compact-md" variant="light" onClick={() => restore(entry)}>
                    {restoreLabel ?? t.restore}
                  </Button>
                )}
              </Stack>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </Drawer>
  );
}

/** The history of one thing, with a way back to each state; or of all of a kind, also of those that are gone. */
import { Button, List } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHistory } from "@tabler/icons-react";
import { useMay } from "../accounts/session";
import { queries } from "../api/queries";
import { HistoryDrawer } from "../shared/HistoryDrawer";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import { asJson, type Done, type Entry, type Kind, undo, useHistory } from "./calls";
import { thingTexts } from "./texts";

export interface HistoryProps {
  kind: Kind;
  /** Which one; null for all of them. */
  id: string | null;
  mayChange: boolean;
}

export function History({ kind, id, mayChange }: HistoryProps) {
  const t = useTexts(thingTexts);
  const notices = useNotices();
  const [opened, { open, close }] = useDisclosure();
  const { data } = useHistory(kind, id, opened);
  if (!useMay("see_history")) return null;

  async function restore(change: string) {
    try {
      if (id === null) await undo(change);
      else {
        const done = await asJson<Done>("POST", `/api/${kind.path}/${id}/history`, { change });
        notices.saved(t.restored, () => undo(done.change));
        await queries.invalidateQueries();
      }
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <>
      <Button variant="default" leftSection={<IconHistory aria-hidden size={18} />} onClick={open}>
        {t.history}
      </Button>
      <HistoryDrawer
        opened={opened}
        onClose={close}
        entries={(data?.items ?? []).map((entry, place) => shown(entry, id !== null && place === 0, id === null))}
        restore={mayChange ? (entry) => void restore(entry.id) : undefined}
        restoreLabel={id === null ? t.undo : undefined}
      />
    </>
  );
}

function shown(entry: Entry, current: boolean, all: boolean) {
  return {
    id: entry.change,
    at: entry.at,
    who: entry.who,
    current,
    restorable: all ? entry.undo : !current,
    what: (
      <List size="sm" listStyleType="none" style={{ overflowWrap: "anywhere" }}>
        {entry.what.map((sentence) => (
          <List.Item key={sentence}>{sentence}</List.Item>
        ))}
      </List>
    ),
  };
}

/** Put something else in a thing's place everywhere, and delete it: with what that would do to calls said first. */
import { Button, Checkbox, Group, Modal, Select, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { queries } from "../api/queries";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { asJson, type Done, type Kind, type Line, type Use, undo, useThings } from "./calls";
import { EffectNote, useEffectOf } from "./EffectNote";
import { thingTexts } from "./texts";
import { Uses } from "./UsedBy";
import { VersionNote } from "./VersionNote";

export interface ReplaceProps {
  kind: Kind;
  line: Line;
  /** Where it is used, when it was to be deleted and could not be; otherwise it may stay. */
  usedBy?: readonly Use[] | undefined;
  onClose: () => void;
  onDeleted: () => void;
}

export function Replace({ kind, line, usedBy, onClose, onDeleted }: ReplaceProps) {
  const t = useTexts(thingTexts);
  const notices = useNotices();
  const others = useThings<Line>(kind).data?.items.filter((one) => one.id !== line.id) ?? [];
  const [by, setBy] = useState<string | null>(null);
  const [remove, setRemove] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState("");
  const deletes = usedBy !== undefined || remove;
  const effect = useEffectOf(kind, by === null ? null : { id: line.id, replace_by: by, keep: !deletes });
  const blocked = effect?.versions.some((one) => one.blocked) ?? false;
  const fails = effect?.versions.some((one) => one.failing > 0) ?? false;
  const mayNot = by === null || effect === undefined || blocked || (fails && !reason.trim());

  async function replace() {
    setBusy(true);
    setError(null);
    try {
      const done = await asJson<Done>("DELETE", `/api/${kind.path}/${line.id}`, {
        replace_by: by,
        keep: !deletes,
        reason,
      });
      notices.saved(t.replaced(line.name), done.change ? () => undo(done.change) : undefined);
      if (deletes) onDeleted();
      else onClose();
      await queries.invalidateQueries();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={usedBy ? t.inUse(line.name) : t.replaceTitle(line.name)}
      size="lg"
      closeButtonProps={{ "aria-label": t.cancel }}
    >
      <Stack>
        {usedBy && <Uses items={usedBy} />}
        <Text>{usedBy ? t.inUseHelp : t.replaceHelp}</Text>
        <Select
          label={t.instead}
          searchable
          data={others.map((one) => ({ value: one.id, label: one.name }))}
          value={by}
          onChange={setBy}
          nothingFoundMessage={t.nothing}
        />
        {!usedBy && (
          <Checkbox
            label={t.alsoDelete(line.name)}
            checked={remove}
            onChange={(event) => setRemove(event.currentTarget.checked)}
          />
        )}
        {by !== null && effect !== null && <EffectNote effect={effect} />}
        {effect?.versions.map((one) => (
          <VersionNote key={`${one.flow} ${one.planned}`} version={one} />
        ))}
        {fails && !blocked && (
          <Textarea
            label={t.reason}
            description={t.reasonHelp}
            required
            autosize
            minRows={2}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
        {error !== null && <Problem error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t.cancel}
          </Button>
          <Button disabled={mayNot} loading={busy} onClick={() => void replace()}>
            {deletes ? t.replaceAndDelete : t.replaceNow}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

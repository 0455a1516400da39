/** Contacts from a table: chosen, shown as it is understood with what is wrong line by line, then taken in one step. */
import { Alert, Button, FileButton, Group, List, Modal, Stack, Table, Text, Title } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { asJson, undo } from "../things/calls";
import { LocationField } from "../things/fields";
import { contactTexts } from "./texts";

type Preview = components["schemas"]["ContactsImportPreview"];
type Imported = components["schemas"]["ContactsImported"];

const LARGEST = 8_000_000;

/** The file's text: UTF-8, or what older spreadsheets write. */
async function read(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

export function Import({ onClose }: { onClose: () => void }) {
  const t = useTexts(contactTexts);
  const notices = useNotices();
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [location, setLocation] = useState<string | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const [busy, setBusy] = useState(false);

  async function choose(chosen: File | null) {
    if (!chosen) return;
    setTooLarge(chosen.size > LARGEST);
    if (chosen.size <= LARGEST) setFile({ name: chosen.name, text: await read(chosen) });
  }

  useEffect(() => {
    if (!file) return;
    let wanted = true;
    setError(null);
    asJson<Preview>("POST", "/api/contacts/import/preview", { text: file.text, location })
      .then((found) => wanted && setPreview(found))
      .catch((problem) => wanted && setError(problem));
    return () => {
      wanted = false;
    };
  }, [file, location]);

  async function take() {
    setBusy(true);
    try {
      const done = await asJson<Imported>("POST", "/api/contacts/import", { text: file?.text, location });
      notices.saved(t.taken(done.new + done.changed), done.change ? () => undo(done.change) : undefined);
      await queries.invalidateQueries({ queryKey: ["contacts"] });
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  const count = preview ? preview.new + preview.changed : 0;
  return (
    <Modal opened onClose={onClose} size="xl" title={t.importTitle} closeButtonProps={{ "aria-label": t.close }}>
      <Stack>
        <Text>{t.importHelp}</Text>
        <LocationField label={t.whose} value={location} onChange={setLocation} />
        <Group>
          <FileButton onChange={(chosen) => void choose(chosen)} accept=".csv,.tsv,.txt,text/csv">
            {(button) => (
              <Button {...button} variant="default" leftSection={<IconFile aria-hidden size={18} />}>
                {t.choose}
              </Button>
            )}
          </FileButton>
          {file && <Text style={{ overflowWrap: "anywhere" }}>{file.name}</Text>}
        </Group>
        {tooLarge && <Alert color="red">{t.tooLarge}</Alert>}
        {error !== null && <Problem error={error} />}
        {preview && <Shown preview={preview} />}
        {preview && (
          <Group justify="flex-end">
            {count === 0 && <Text c="dimmed">{t.nothingToTake}</Text>}
            <Button disabled={count === 0} loading={busy} onClick={() => void take()}>
              {t.takeThem(count)}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}

function Shown({ preview }: { preview: Preview }) {
  const t = useTexts(contactTexts);
  const formats = useFormats();
  const known = t.meanings as Record<string, string>;
  return (
    <Stack gap="sm">
      <Text fw={600}>{t.willBe(preview.new, preview.changed, preview.same)}</Text>
      <Text size="sm">
        {t.columns}:{" "}
        {preview.columns
          .map(({ title, meaning }) => `${title} → ${meaning ? (known[meaning] ?? t.asDetail(meaning)) : t.leftOut}`)
          .join(" · ")}
      </Text>
      {preview.wrong_count > 0 && (
        <Alert color="orange" title={t.wrong(preview.wrong_count)}>
          <List size="sm">
            {preview.wrong.map((wrong) => (
              <List.Item key={wrong.line}>
                {t.line(wrong.line)}: {wrong.message}
              </List.Item>
            ))}
          </List>
          {preview.wrong_count > preview.wrong.length && (
            <Text size="sm">{t.andMore(preview.wrong_count - preview.wrong.length)}</Text>
          )}
        </Alert>
      )}
      {preview.rows.length > 0 && (
        <>
          <Title order={3}>{t.firstLines}</Title>
          <Table.ScrollContainer minWidth={480} mah={300} type="native">
            <Table aria-label={t.firstLines}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t.contact}</Table.Th>
                  <Table.Th>{t.numbers}</Table.Th>
                  <Table.Th>{t.language}</Table.Th>
                  <Table.Th>{t.details}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {preview.rows.map((row) => (
                  <Table.Tr key={row.line}>
                    <Table.Td>{row.name}</Table.Td>
                    <Table.Td>{formats.list(row.numbers)}</Table.Td>
                    <Table.Td>{row.language}</Table.Td>
                    <Table.Td>
                      {Object.entries(row.details)
                        .map(([name, value]) => `${name}: ${value}`)
                        .join(" · ")}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
    </Stack>
  );
}

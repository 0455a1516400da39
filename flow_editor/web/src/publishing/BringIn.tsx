/** Bringing a flow in: a template or a file, then what it refers to. */
import { Badge, Button, FileButton, Group, Paper, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got, Refused } from "../api/client";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useFormats, useLanguage, useTexts } from "../texts";
import classes from "./publishing.module.css";
import type { Import } from "./queries";
import { Said } from "./Said";
import { publishingTexts } from "./texts";

/** Bytes that a flow may have, as the server allows. */
const LARGEST = 2_000_000;
const MAKE = "make";
const OPEN = "open";

/** The text of a file, or the name of a template. */
interface Source {
  text: string | null;
  template: string | null;
}

/** `onMade`: the id of the flow that was made. */
export function BringIn({ onMade }: { onMade: (flow: string) => void }) {
  const [brought, setBrought] = useState<{ source: Source; seen: Import } | null>(null);
  return brought ? (
    <Mapping source={brought.source} seen={brought.seen} back={() => setBrought(null)} onMade={onMade} />
  ) : (
    <Choose chosen={(source, seen) => setBrought({ source, seen })} />
  );
}

function Choose({ chosen }: { chosen: (source: Source, seen: Import) => void }) {
  const t = useTexts(publishingTexts);
  const language = useLanguage();
  const [busy, setBusy] = useState("");
  const [error, setError] = useState<unknown>(null);
  const {
    data,
    error: failed,
    refetch,
  } = useQuery({
    queryKey: ["templates", language],
    queryFn: () => got(api.GET("/api/templates")),
    staleTime: Number.POSITIVE_INFINITY,
  });

  async function look(source: Source, name: string) {
    setBusy(name);
    setError(null);
    try {
      chosen(source, await got(api.POST("/api/imports/look", { body: source })));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy("");
    }
  }
  async function read(file: File | null) {
    if (!file) return;
    if (file.size > LARGEST) {
      setError(new Refused(413, t.tooLarge));
      return;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      await look({ text, template: null }, "file");
    } catch {
      setError(new Refused(422, t.notText));
    }
  }
  return (
    <Stack gap="xl">
      {error !== null && <Problem error={error} />}
      <section>
        <Title order={2} mb="sm">
          {t.templates}
        </Title>
        {failed && <Problem error={failed} retry={() => void refetch()} />}
        {!data && !failed && <Loading rows={2} height={120} />}
        <div className={classes.templates}>
          {data?.templates.map(({ id, title, description, steps }) => (
            <Paper key={id} withBorder p="md" className={classes.template}>
              <Stack gap="xs" h="100%" justify="space-between" align="flex-start">
                <div>
                  <Title order={3}>{title}</Title>
                  <Text size="sm">{description}</Text>
                </div>
                <Group>
                  <Button
                    size="sm"
                    variant="light"
                    aria-label={t.templateOf(title)}
                    loading={busy === id}
                    onClick={() => void look({ text: null, template: id }, id)}
                  >
                    {t.use}
                  </Button>
                  <Text size="sm" c="dimmed">
                    {t.steps(steps)}
                  </Text>
                </Group>
              </Stack>
            </Paper>
          ))}
        </div>
      </section>
      <section>
        <Title order={2} mb="sm">
          {t.fromFile}
        </Title>
        <Stack align="flex-start" gap="xs">
          <Text size="sm">{t.fileHelp}</Text>
          <FileButton accept="application/json,.json" onChange={(file) => void read(file)}>
            {(props) => (
              <Button
                {...props}
                variant="default"
                loading={busy === "file"}
                leftSection={<IconFileImport size={18} aria-hidden />}
              >
                {t.chooseFile}
              </Button>
            )}
          </FileButton>
        </Stack>
      </section>
    </Stack>
  );
}

interface MappingProps {
  source: Source;
  seen: Import;
  back: () => void;
  onMade: (flow: string) => void;
}

function Mapping({ source, seen, back, onMade }: MappingProps) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const notices = useNotices();
  const [name, setName] = useState(seen.name);
  const [location, setLocation] = useState<string>(seen.locations[0]?.id ?? "");
  const [chosen, setChosen] = useState<Record<string, string>>(() =>
    Object.fromEntries(seen.references.map((one) => [one.key, one.found ?? (seen.may_make ? MAKE : OPEN)])),
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fields = error instanceof Refused ? error.fields : {};

  async function create() {
    setBusy(true);
    setError(null);
    const mapped = Object.entries(chosen).filter(([, to]) => to !== OPEN);
    try {
      const done = await got(
        api.POST("/api/imports", {
          body: {
            ...source,
            name,
            location: location || null,
            chosen: Object.fromEntries(mapped.map(([key, to]) => [key, to === MAKE ? "" : to])),
          },
        }),
      );
      if (done.made.length) notices.saved(t.made(formats.list(done.made)));
      onMade(done.flow);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }
  const places = seen.locations.map(({ id, name: label }) => ({ value: id, label: id ? label : t.allLocations }));
  return (
    <Stack>
      {error !== null && !Object.keys(fields).length && <Problem error={error} />}
      {seen.upgraded_from !== null && <Said kind="info">{t.upgraded}</Said>}
      <Text>{t.brings(seen.steps, seen.rehearsals)}</Text>
      {seen.description && <Text c="dimmed">{seen.description}</Text>}
      <TextInput
        label={t.name}
        description={seen.name_taken ? t.nameTaken : undefined}
        value={name}
        maxLength={200}
        required
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
      />
      {places.length > 1 && (
        <Select
          label={t.location}
          data={places}
          value={location}
          allowDeselect={false}
          onChange={(id) => setLocation(id ?? "")}
        />
      )}
      <Title order={2} mt="md">
        {t.mapping}
      </Title>
      {seen.references.length === 0 ? (
        <Text>{t.nothingReferred}</Text>
      ) : (
        <>
          <Text c="dimmed">{t.mappingHelp}</Text>
          <Table.ScrollContainer minWidth={560}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{t.inFile}</Table.Th>
                  <Table.Th scope="col">{t.inClinic}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {seen.references.map((one) => (
                  <Table.Tr key={one.key}>
                    <Table.Td>
                      <Group gap="xs">
                        <Text fw={600} className={classes.words}>
                          {one.name}
                        </Text>
                        <Badge variant="light" color={one.found ? "teal" : "yellow"}>
                          {one.found ? t.found : t.missing}
                        </Badge>
                      </Group>
                      <Text size="sm" c="dimmed">
                        {one.what}, {t.usedIn(formats.list(one.steps))}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      <Select
                        aria-label={`${one.what}: ${one.name}`}
                        searchable
                        allowDeselect={false}
                        value={chosen[one.key] ?? OPEN}
                        onChange={(to) => setChosen({ ...chosen, [one.key]: to ?? OPEN })}
                        data={[
                          ...(seen.may_make && !one.found ? [{ value: MAKE, label: t.make(one.name) }] : []),
                          ...one.choices.map(({ id, name: label }) => ({ value: id, label })),
                          { value: OPEN, label: t.leaveOpen },
                        ]}
                      />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
      <Group>
        <Button loading={busy} disabled={!name.trim()} onClick={() => void create()}>
          {t.create}
        </Button>
        <Button variant="default" onClick={back}>
          {t.back}
        </Button>
      </Group>
    </Stack>
  );
}

/** Screens on a wall: add one, get the code that lets it in, see whether it is there, end it. */
import { Anchor, Button, Code, CopyButton, Group, Modal, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDeviceTv, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, got, Refused, type Schema } from "../api/client";
import { DataTable } from "../shared/DataTable";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { Tag } from "../shared/Tag";
import { sharedTexts } from "../shared/texts";
import { LANGUAGE_NAMES, LANGUAGES, useFormats, useTexts } from "../texts";
import { wallboardTexts } from "./texts";

type Screen = Schema<"ScreensOut">["screens"][number];
type Given = Schema<"ScreenCode"> & { name: string };

export default function ScreensPage() {
  const t = useTexts(wallboardTexts);
  const shared = useTexts(sharedTexts);
  const [adding, { open, close }] = useDisclosure();
  const [code, setCode] = useState<Given | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["screens"],
    queryFn: () => got(api.GET("/api/screens")),
    refetchInterval: 60_000,
  });
  const add = (
    <Button leftSection={<IconPlus aria-hidden size={18} />} onClick={open}>
      {t.addScreen}
    </Button>
  );
  return (
    <>
      <PageHeader title={t.screens} description={t.screensHelp} actions={data?.screens.length ? add : undefined} />
      {error && !data && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.screens.length === 0 && (
        <Empty icon={IconDeviceTv} title={t.noScreens} action={add}>
          {t.noScreensHelp}
        </Empty>
      )}
      {data && data.screens.length > 0 && (
        <Paper withBorder radius="lg" p="sm">
          <Screens screens={data.screens} show={setCode} />
        </Paper>
      )}
      <Modal opened={adding} onClose={close} title={t.addScreen} closeButtonProps={{ "aria-label": shared.close }}>
        <Add
          made={(given) => {
            close();
            setCode(given);
            void refetch();
          }}
        />
      </Modal>
      <Modal
        opened={code !== null}
        onClose={() => setCode(null)}
        title={code ? t.codeTitle(code.name) : ""}
        closeButtonProps={{ "aria-label": shared.close }}
      >
        {code && <LetIn given={code} />}
      </Modal>
    </>
  );
}

function Screens({ screens, show }: { screens: readonly Screen[]; show: (given: Given) => void }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const notices = useNotices();
  async function again(screen: Screen) {
    try {
      const path = { params: { path: { id: screen.id } } };
      show({ ...(await got(api.POST("/api/screens/{id}/code", path))), name: screen.name });
    } catch (error) {
      notices.failed(error);
    }
  }
  async function end(screen: Screen) {
    try {
      await got(api.DELETE("/api/screens/{id}", { params: { path: { id: screen.id } } }));
      notices.saved(t.ended(screen.name));
    } catch (error) {
      notices.failed(error);
    }
  }
  return (
    <DataTable
      label={t.screens}
      rows={screens}
      rowKey={(screen) => screen.id}
      columns={[
        {
          key: "name",
          title: t.screenName,
          show: (screen) => (
            <Text fw={600} style={{ overflowWrap: "anywhere" }} data-screen={screen.id}>
              {screen.name}
            </Text>
          ),
        },
        {
          key: "shows",
          title: t.screenLocation,
          show: (screen) => (screen.location_name ? t.onlyAt(screen.location_name) : t.everything),
        },
        {
          key: "state",
          title: t.state,
          show: (screen) => <Tag look={screen.seen_at ? "good" : "plain"}>{screen.seen_at ? t.isIn : t.notIn}</Tag>,
        },
        {
          key: "seen",
          title: t.lastSeen,
          show: (screen) => (screen.seen_at ? `${formats.relative(screen.seen_at)} · ${screen.address}` : ""),
        },
        {
          key: "actions",
          title: t.actions,
          numeric: true,
          show: (screen) => (
            <Group gap="xs" justify="flex-end" wrap="nowrap">
              <Button size="compact-md" variant="default" onClick={() => void again(screen)}>
                {t.newCode}
              </Button>
              <Button size="compact-md" variant="default" onClick={() => void end(screen)}>
                {t.endScreen}
              </Button>
            </Group>
          ),
        },
      ]}
    />
  );
}

function Add({ made }: { made: (given: Given) => void }) {
  const t = useTexts(wallboardTexts);
  const [name, setName] = useState("");
  const [location, setLocation] = useState<string | null>(null);
  const [language, setLanguage] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const places = useQuery({ queryKey: ["locations", "names"], queryFn: () => got(api.GET("/api/locations")) });
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const body = { name, location, language: (language ?? "") as "" | "en" | "es" };
      made({ ...(await got(api.POST("/api/screens", { body }))), name });
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }
  const fields = error instanceof Refused ? error.fields : {};
  return (
    <form onSubmit={submit}>
      <Stack>
        {error !== null && !fields.name && <Problem error={error} />}
        <TextInput
          label={t.screenName}
          description={t.screenNameHelp}
          required
          data-autofocus
          value={name}
          error={fields.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t.screenLocation}
          placeholder={t.everything}
          clearable
          value={location}
          onChange={setLocation}
          data={(places.data?.items ?? []).map((place) => ({ value: place.id, label: t.onlyAt(place.name) }))}
        />
        <Select
          label={t.screenLanguage}
          placeholder={t.itsOwn}
          clearable
          value={language}
          onChange={setLanguage}
          data={LANGUAGES.map((one) => ({ value: one, label: LANGUAGE_NAMES[one] }))}
        />
        <Button type="submit" loading={busy}>
          {t.getCode}
        </Button>
      </Stack>
    </form>
  );
}

function LetIn({ given }: { given: Given }) {
  const t = useTexts(wallboardTexts);
  return (
    <Stack gap="sm">
      <Text>{t.codeHelp}</Text>
      <Anchor href={given.address} target="_blank" style={{ overflowWrap: "anywhere" }}>
        {given.address}
      </Anchor>
      <Text ta="center" fz={36} fw={700} ff="monospace" data-code={given.code} style={{ letterSpacing: "0.08em" }}>
        {given.code}
      </Text>
      <Text c="dimmed">{t.codeOnce}</Text>
      <Text>{t.orLink}</Text>
      <Group gap="sm" wrap="nowrap">
        <Code style={{ overflowWrap: "anywhere" }}>{given.link}</Code>
        <CopyButton value={given.link}>
          {({ copied, copy }) => (
            <Button size="compact-md" variant="default" onClick={copy} style={{ flex: "none" }}>
              {copied ? t.copied : t.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}

/** Every flow: what callers hear of it, whether something drawn is not live yet, and who is drawing. */
import { ActionIcon, Badge, Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconPencil, IconPlus, IconReplace, IconRoute, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, Suspense, useState } from "react";
import { useLocation } from "wouter";
import { useSession } from "../accounts/session";
import { api, got, Refused, type Schema } from "../api/client";
import { LIST_ACTIONS } from "../canvas/panels";
import { useChanged } from "../live";
import { type Column, DataTable } from "../shared/DataTable";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { History } from "../things/History";
import { FLOWS } from "../things/kinds";
import { useRemove } from "../things/useRemove";
import { flowsTexts } from "./texts";

type Row = Schema<"FlowsList.FlowOut">;

export default function FlowsPage() {
  const t = useTexts(flowsTexts);
  const formats = useFormats();
  const { permissions } = useSession();
  const [making, { open, close }] = useDisclosure();
  const list = useQuery({ queryKey: ["flows"], queryFn: () => got(api.GET("/api/flows")), refetchInterval: 20_000 });
  const { remove, replace, dialog } = useRemove(FLOWS);
  const mayDelete = list.data?.items.some((row) => row.may_change);
  useChanged("draft_presence", () => void list.refetch());

  const columns: Column<Row>[] = [
    { key: "name", title: t.name, show: (row) => row.name },
    {
      key: "live",
      title: t.live,
      show: ({ live }) =>
        live ? (
          <>
            {t.version(formats.number(live.number))}
            <Text size="sm" c="dimmed">
              {t.since(formats.date(live.published_at))}
            </Text>
          </>
        ) : (
          <Text c="dimmed">{t.notLive}</Text>
        ),
    },
    {
      key: "draft",
      title: t.draft,
      show: (row) => (
        <Stack gap={4} align="flex-start">
          {row.changed ? (
            <Badge variant="light" color="yellow">
              {t.changed}
            </Badge>
          ) : (
            <Text size="sm" c="dimmed">
              {t.unchanged}
            </Text>
          )}
          {row.changed && row.changed_by && row.changed_at && (
            <Text size="sm" c="dimmed">
              {t.changedBy(row.changed_by, formats.relative(row.changed_at))}
            </Text>
          )}
          {row.drawing.length > 0 && (
            <Group gap={4} wrap="nowrap">
              <IconPencil size={16} aria-hidden />
              <Text size="sm">{t.drawing(formats.list(row.drawing))}</Text>
            </Group>
          )}
        </Stack>
      ),
    },
    { key: "numbers", title: t.numbers, show: (row) => row.numbers.join(", ") },
  ];
  if (mayDelete)
    columns.push({
      key: "more",
      title: t.more,
      width: 60,
      show: (row) =>
        row.may_change && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.moreFor(row.name)}>
                <IconDots aria-hidden size={20} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconReplace aria-hidden size={18} />} onClick={() => replace(row)}>
                {t.replace}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconTrash aria-hidden size={18} />} onClick={() => void remove(row)}>
                {t.remove}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
    });

  const makeOne = list.data?.may_make && (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={open}>
      {t.newFlow}
    </Button>
  );
  const others = (
    <Suspense fallback={null}>
      {LIST_ACTIONS.filter(({ needs }) => !needs || permissions.includes(needs)).map(({ id, Show }) => (
        <Show key={id} />
      ))}
    </Suspense>
  );

  return (
    <>
      <PageHeader
        title={t.title}
        description={t.description}
        actions={
          <>
            {others}
            {list.data && <History kind={FLOWS} id={null} mayChange={permissions.includes("publish_flows")} />}
            {makeOne}
          </>
        }
      />
      {list.isPending && <Loading />}
      {list.error && <Problem error={list.error} retry={() => void list.refetch()} />}
      {list.data && list.data.items.length === 0 && (
        <Empty icon={IconRoute} title={t.emptyTitle} action={makeOne}>
          {t.emptyHelp}
        </Empty>
      )}
      {list.data && list.data.items.length > 0 && (
        <DataTable
          label={t.title}
          columns={columns}
          rows={list.data.items}
          rowKey={(row) => row.id}
          href={(row) => `/flows/${row.id}`}
        />
      )}
      {dialog}
      <NewFlow opened={making} onClose={close} />
    </>
  );
}

function NewFlow({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useTexts(flowsTexts);
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const wrong = error instanceof Refused ? error.fields.name : undefined;

  async function make(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const made = await got(api.POST("/api/flows", { body: { name, location: null } }));
      go(`/flows/${made.id}`);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }

  return (
    <Modal opened={opened} onClose={onClose} title={t.newFlow} closeButtonProps={{ "aria-label": t.cancel }}>
      <form onSubmit={make}>
        <Stack>
          {error !== null && !wrong && <Problem error={error} />}
          <TextInput
            label={t.newName}
            description={t.newNameHelp}
            required
            maxLength={200}
            data-autofocus
            value={name}
            error={wrong}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit" loading={busy}>
              {t.make}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

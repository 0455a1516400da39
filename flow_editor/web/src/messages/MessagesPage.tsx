/** What callers left: listened to here, marked as heard or as new again, and who has listened. */
import { Button, Group, List, Modal, Select, Stack, Switch, Table, Text } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { useMay } from "../accounts/session";
import { api, got, request } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { PlayButton } from "../prompts/Hear";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { asJson, useReferences } from "../things/calls";
import { messageTexts } from "./texts";

type Messages = components["schemas"]["MessageList"];
type Message = components["schemas"]["MessageList.MessageOut"];

export default function MessagesPage() {
  const t = useTexts(messageTexts);
  const [search, setSearch] = useSearchParams();
  const mailbox = search.get("mailbox") ?? "";
  const onlyNew = search.get("new") === "1";
  const boxes = useReferences("mailbox").data?.items ?? [];
  const { data, error, refetch } = useQuery({
    queryKey: ["messages", mailbox, onlyNew],
    queryFn: () =>
      asJson<Messages>("GET", `/api/messages?mailbox=${encodeURIComponent(mailbox)}&unheard=${onlyNew ? 1 : 0}`),
  });
  const put = (some: Record<string, string>) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      for (const [name, value] of Object.entries(some)) value ? after.set(name, value) : after.delete(name);
      return after;
    });
  return (
    <>
      <PageHeader title={t.title} description={t.description} />
      <Stack>
        <Group align="flex-end">
          <Select
            label={t.mailbox}
            data={[{ value: "", label: t.allMailboxes }, ...boxes.map((box) => ({ value: box.id, label: box.name }))]}
            value={mailbox}
            allowDeselect={false}
            onChange={(chosen) => put({ mailbox: chosen ?? "" })}
          />
          <Switch
            pb={8}
            label={t.onlyNew}
            checked={onlyNew}
            onChange={({ currentTarget }) => put({ new: currentTarget.checked ? "1" : "" })}
          />
        </Group>
        {error && <Problem error={error} retry={() => void refetch()} />}
        {!data && !error && <Loading />}
        {data?.items.length === 0 && (
          <Empty icon={IconMessages} title={onlyNew ? t.allHeard : t.emptyTitle}>
            {onlyNew ? t.allHeardHelp : t.empty}
          </Empty>
        )}
        {data && data.items.length > 0 && <Listed messages={data} />}
        {data?.more && <Text c="dimmed">{t.more}</Text>}
      </Stack>
    </>
  );
}

function Listed({ messages }: { messages: Messages }) {
  const t = useTexts(messageTexts);
  const formats = useFormats();
  const notices = useNotices();
  const mayAudit = useMay("see_history");
  const [asked, ask] = useState<Message | null>(null);
  const from = (message: Message) => message.caller_name || message.caller || t.withheld;

  async function mark(message: Message, heard: boolean) {
    const doing = (it: boolean) =>
      got(api.PATCH("/api/messages/{id}", { params: { path: { id: message.id } }, body: { heard: it } }));
    try {
      await doing(heard);
      notices.saved(t.marked, () => doing(!heard));
      await queries.invalidateQueries({ queryKey: ["messages"] });
    } catch (problem) {
      notices.failed(problem);
    }
  }

  return (
    <>
      <Table.ScrollContainer minWidth={760} type="native" tabIndex={0} aria-label={t.title}>
        <Table aria-label={t.title} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t.from}</Table.Th>
              <Table.Th scope="col">{t.mailbox}</Table.Th>
              <Table.Th scope="col">{t.left}</Table.Th>
              <Table.Th scope="col">{t.length}</Table.Th>
              <Table.Th scope="col">{t.state}</Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {messages.items.map((message) => (
              <Table.Tr key={message.id}>
                <Table.Td>
                  <Text fw={message.heard_at ? 400 : 700} style={{ overflowWrap: "anywhere" }}>
                    {from(message)}
                  </Text>
                  {message.caller_name && message.caller && (
                    <Text size="sm" c="dimmed">
                      {message.caller}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{message.mailbox_name}</Table.Td>
                <Table.Td>{formats.dateTime(message.left_at)}</Table.Td>
                <Table.Td>{formats.duration(message.seconds)}</Table.Td>
                <Table.Td>
                  <Group gap={6}>
                    {message.urgent && <Tag look="bad">{t.urgent}</Tag>}
                    {message.heard_at ? (
                      <Text size="sm">{t.heardBy(message.heard_by, formats.dateTime(message.heard_at))}</Text>
                    ) : (
                      <Tag look="attention">{t.fresh}</Tag>
                    )}
                  </Group>
                </Table.Td>
                <Table.Td>
                  <Group gap={6} wrap="nowrap" justify="flex-end">
                    <PlayButton
                      label={t.listen}
                      what={t.listenTo(from(message))}
                      bring={async () => {
                        const sound = await request("POST", `/api/messages/${message.id}/listen`);
                        void queries.invalidateQueries({ queryKey: ["messages"] });
                        return sound;
                      }}
                    />
                    {messages.may_handle && (
                      <Button
                        variant="subtle"
                        size="compact-md"
                        onClick={() => void mark(message, message.heard_at === null)}
                      >
                        {message.heard_at ? t.markNew : t.markHeard}
                      </Button>
                    )}
                    {mayAudit && (
                      <Button variant="subtle" size="compact-md" onClick={() => ask(message)}>
                        {t.who}
                      </Button>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {asked && <WhoListened message={asked} onClose={() => ask(null)} />}
    </>
  );
}

function WhoListened({ message, onClose }: { message: Message; onClose: () => void }) {
  const t = useTexts(messageTexts);
  const formats = useFormats();
  const { data, error } = useQuery({
    queryKey: ["messages", "listenings", message.id],
    queryFn: () => got(api.GET("/api/messages/{id}/listenings", { params: { path: { id: message.id } } })),
  });
  return (
    <Modal opened onClose={onClose} title={t.whoTitle} closeButtonProps={{ "aria-label": t.close }}>
      {error && <Problem error={error} />}
      {data?.items.length === 0 && <Text>{t.nobody}</Text>}
      <List>
        {data?.items.map((one) => (
          <List.Item key={`${one.at} ${one.who}`}>
            {one.who}, {formats.dateTime(one.at)}
          </List.Item>
        ))}
      </List>
    </Modal>
  );
}

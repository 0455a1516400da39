/** Beside the call: messages nobody has heard, and who is to be called back. */
import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { request } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { PlayButton } from "../prompts/Hear";
import { languageName } from "../shared/languages";
import { Problem } from "../shared/Problem";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { asJson } from "../things/calls";
import type { Console } from "./data";
import { consoleTexts } from "./texts";

type MessageList = components["schemas"]["MessageList"];

/** As many as fit beside a call. */
const SHOWN = 5;

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Paper withBorder radius="lg" p="lg" component="section" aria-labelledby={id}>
      <Stack gap="sm">
        <Title order={2} id={id}>
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}

export function Messages() {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  const { data, error } = useQuery({
    queryKey: ["messages", "", true],
    queryFn: () => asJson<MessageList>("GET", "/api/messages?mailbox=&unheard=1"),
  });
  return (
    <Section id="my-messages" title={t.messages}>
      {error && <Problem error={error} />}
      {data?.items.length === 0 && <Text c="dimmed">{t.noMessages}</Text>}
      {data?.items.slice(0, SHOWN).map((message) => {
        const from = message.caller_name || message.caller || t.withheld;
        return (
          <Group key={message.id} justify="space-between" wrap="nowrap" gap="sm">
            <Stack gap={0} miw={0}>
              <Group gap={6}>
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {from}
                </Text>
                {message.urgent && <Tag look="bad">{t.ranks.urgent}</Tag>}
              </Group>
              <Text size="sm" c="dimmed">
                {message.mailbox_name}, {formats.relative(message.left_at)}
              </Text>
            </Stack>
            <PlayButton
              label={formats.duration(message.seconds)}
              what={from}
              bring={async () => {
                const sound = await request("POST", `/api/messages/${message.id}/listen`);
                void queries.invalidateQueries({ queryKey: ["messages"] });
                return sound;
              }}
            />
          </Group>
        );
      })}
      <Anchor component={Link} href="/messages">
        {t.allMessages}
      </Anchor>
    </Section>
  );
}

export function Callbacks({ callbacks }: { callbacks: Console["callbacks"] }) {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  return (
    <Section id="my-callbacks" title={t.callbacks}>
      {callbacks.length === 0 && <Text c="dimmed">{t.noCallbacks}</Text>}
      {callbacks.map((one) => (
        <Stack key={one.id} gap={0}>
          <Group gap={6}>
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {one.caller_name || one.number || t.hidden}
            </Text>
            {one.state !== "held" && <Tag look="attention">{t.calling}</Tag>}
          </Group>
          <Text size="sm" c="dimmed">
            {[
              one.caller_name && one.number,
              languageName(one.language, formats.locale),
              formats.relative(one.since),
              one.attempts > 0 && t.attempts(one.attempts),
              one.next_at && t.notBefore(formats.time(one.next_at)),
            ]
              .filter(Boolean)
              .join(", ")}
          </Text>
          <Text size="sm" c="dimmed">
            {t.calledBack(one.queue)}
          </Text>
        </Stack>
      ))}
    </Section>
  );
}

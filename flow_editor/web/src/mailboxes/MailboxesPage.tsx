/** All mailboxes: how their greetings are heard, and how many messages wait. */
import { Group, Text } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { VoiceBadge } from "../prompts/Said";
import { languageName } from "../shared/languages";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { MAILBOXES } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { mailboxTexts } from "./texts";

type Line = components["schemas"]["MailboxesList.MailboxLine"];

export default function MailboxesPage() {
  const t = useTexts(mailboxTexts);
  const { locale } = useFormats();
  return (
    <ThingList<Line>
      kind={MAILBOXES}
      title={t.title}
      description={t.description}
      icon={IconMail}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      columns={[
        { key: "name", title: t.name, show: (line) => line.name },
        {
          key: "greeting",
          title: t.greeting,
          show: (line) => (
            <Group gap={6}>
              {line.voices.map((voice) => (
                <VoiceBadge key={voice.language} {...voice} language={languageName(voice.language, locale)} />
              ))}
            </Group>
          ),
        },
        {
          key: "messages",
          title: t.messages,
          show: (line) => (
            <Group gap={6} wrap="nowrap">
              <Text size="sm">{t.of(line.messages)}</Text>
              {line.unheard > 0 && <Tag look="attention">{t.unheard(line.unheard)}</Tag>}
            </Group>
          ),
        },
      ]}
    />
  );
}

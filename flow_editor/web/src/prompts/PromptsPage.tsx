/** All prompts, and which are still in the computer's voice. */
import { Group } from "@mantine/core";
import { IconMicrophone } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { languageName } from "../shared/languages";
import { useFormats, useTexts } from "../texts";
import { PROMPTS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { VoiceBadge } from "./Said";
import { promptTexts } from "./texts";

type Line = components["schemas"]["PromptsList.PromptLine"];

export default function PromptsPage() {
  const t = useTexts(promptTexts);
  const { locale } = useFormats();
  return (
    <ThingList<Line>
      kind={PROMPTS}
      title={t.title}
      description={t.description}
      icon={IconMicrophone}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      columns={[
        { key: "name", title: t.name, show: (line) => line.name },
        {
          key: "voices",
          title: t.voices,
          show: (line) => (
            <Group gap={6}>
              {line.voices.map((voice) => (
                <VoiceBadge key={voice.language} {...voice} language={languageName(voice.language, locale)} />
              ))}
            </Group>
          ),
        },
      ]}
    />
  );
}

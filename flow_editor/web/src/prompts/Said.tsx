/** What is said in each language: the words, and a recording in their place. Prompts and mailboxes' greetings alike. */
import { Fieldset, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { CALLER_LANGUAGES, languageName } from "../shared/languages";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import type { Kind } from "../things/calls";
import { Hear } from "./Hear";
import { Recorder } from "./Recorder";
import { promptTexts } from "./texts";

export interface Voice {
  language: string;
  recorded: boolean;
  text: boolean;
}

interface SaidProps {
  kind: Kind;
  /** None: not made yet, so there is nothing to put a recording to. */
  id: string | undefined;
  /** Those that callers are offered, before anything is there. */
  offered: readonly string[];
  voices: readonly Voice[];
  text: Readonly<Record<string, string>>;
  readOnly: boolean;
  onChange: (text: Record<string, string>) => void;
}

export function Said({ kind, id, offered, voices, text, readOnly, onChange }: SaidProps) {
  const t = useTexts(promptTexts);
  const { locale } = useFormats();
  const languages = [...new Set([...offered, ...voices.map((voice) => voice.language), ...Object.keys(text)])];
  return (
    <Stack>
      {languages.map((language) => {
        const name = languageName(language, locale);
        const recorded = voices.some((voice) => voice.language === language && voice.recorded);
        const written = text[language] ?? "";
        return (
          <Fieldset key={language} legend={name}>
            <Stack gap="sm">
              <VoiceBadge recorded={recorded} text={written.trim() !== ""} />
              <Textarea
                label={t.words(name)}
                description={t.wordsHelp}
                autosize
                minRows={2}
                maxLength={4000}
                lang={language}
                value={written}
                disabled={readOnly}
                onChange={(event) => onChange({ ...text, [language]: event.currentTarget.value })}
              />
              <Hear language={language} text={written} />
              <div>
                <Text fw={500}>{t.recording(name)}</Text>
                <Text size="sm" c="dimmed" mb={6}>
                  {id ? t.recordingHelp : t.saveFirst}
                </Text>
                {id && <Recorder {...{ kind, id, language, recorded, readOnly }} called={name} />}
              </div>
            </Stack>
          </Fieldset>
        );
      })}
      {!readOnly && (
        <Group>
          <Select
            key={languages.join(" ")}
            aria-label={t.addLanguage}
            placeholder={t.addLanguage}
            data={CALLER_LANGUAGES.filter((tag) => !languages.includes(tag)).map((tag) => ({
              value: tag,
              label: languageName(tag, locale),
            }))}
            value={null}
            searchable
            onChange={(tag) => tag && onChange({ ...text, [tag]: "" })}
          />
        </Group>
      )}
    </Stack>
  );
}

/** How something is heard: recorded, in the computer's voice, or not at all. */
export function VoiceBadge({ recorded, text, language }: { recorded: boolean; text: boolean; language?: string }) {
  const t = useTexts(promptTexts);
  const [look, words] = recorded
    ? (["good", t.recorded] as const)
    : text
      ? (["plain", t.computer] as const)
      : (["attention", t.nothing] as const);
  return <Tag look={look}>{language ? `${language}: ${words}` : words}</Tag>;
}

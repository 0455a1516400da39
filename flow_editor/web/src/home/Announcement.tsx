/** The day's announcement of a place, or of all: what callers hear, until when, changed and taken back. */
import { Button, Group, Modal, Paper, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { api, got } from "../api/client";
import { Hear } from "../prompts/Hear";
import { languageName } from "../shared/languages";
import { wallClock, wallDate } from "../shared/moments";
import { useFormats, useTexts } from "../texts";
import type { AnnouncementNow, HomeNow, PlaceNow } from "./data";
import { homeTexts } from "./texts";
import { useSwitch } from "./useSwitch";
import { useWhen } from "./useWhen";

interface AnnouncementProps {
  place: PlaceNow;
  languages: readonly string[];
}

export function Announcement({ place, languages }: AnnouncementProps) {
  const t = useTexts(homeTexts);
  return (
    <Told
      told={place.announcement}
      title={t.announceTitle(place.name)}
      zone={place.zone}
      location={place.id}
      languages={languages}
      may={place.may_change}
    />
  );
}

/** For every location that has nothing of its own to tell. */
export function AnnouncementForAll({ home }: { home: HomeNow }) {
  const t = useTexts(homeTexts);
  const locations = home.places.filter((place) => place.kind === "location");
  // With one location, its own announcement is all there is to say.
  if (locations.length < 2 && !home.announcement) return null;
  return (
    <Paper withBorder radius="lg" p="lg" component="section" aria-label={t.announcementForAll}>
      <Stack gap="sm">
        <Title order={3}>{t.announcementForAll}</Title>
        <Text c="dimmed" size="sm">
          {t.announcementHelp}
        </Text>
        <Told
          told={home.announcement}
          title={t.announceAllTitle}
          zone={home.zone}
          location={null}
          languages={home.languages}
          may={home.may_announce}
        />
      </Stack>
    </Paper>
  );
}

interface ToldProps {
  told: AnnouncementNow | null;
  title: string;
  zone: string;
  location: string | null;
  languages: readonly string[];
  may: boolean;
}

function Told({ told, title, zone, location, languages, may }: ToldProps) {
  const t = useTexts(homeTexts);
  const when = useWhen();
  const turn = useSwitch();
  const [writing, write] = useState(false);

  function takeBack() {
    const doing = location
      ? api.DELETE("/api/home/places/location/{id}/announcement", { params: { path: { id: location } } })
      : api.DELETE("/api/home/announcement");
    void turn(got(doing), t.takenBack);
  }

  return (
    <Stack gap="xs">
      {told && (
        <Paper bg="var(--mantine-primary-color-light)" p="sm" radius="md">
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <IconSpeakerphone aria-hidden size={20} style={{ flexShrink: 0 }} />
            <div style={{ overflowWrap: "anywhere" }}>
              {Object.entries(told.text).map(([language, text]) => (
                <Text key={language} size="sm" lang={language}>
                  {text}
                </Text>
              ))}
              {told.until && <Text size="sm">{t.until(when(told.until, zone))}</Text>}
            </div>
          </Group>
        </Paper>
      )}
      {may && (
        <Group gap="xs">
          <Button variant="default" size="sm" onClick={() => write(true)}>
            {told ? t.change : t.announce}
          </Button>
          {told && (
            <Button variant="subtle" size="sm" onClick={takeBack}>
              {t.takeBack}
            </Button>
          )}
        </Group>
      )}
      {writing && <Write {...{ told, title, zone, location, languages }} onClose={() => write(false)} />}
    </Stack>
  );
}

function Write({ told, title, zone, location, languages, onClose }: Omit<ToldProps, "may"> & { onClose: () => void }) {
  const t = useTexts(homeTexts);
  const formats = useFormats();
  const turn = useSwitch();
  const [text, setText] = useState<Record<string, string>>(told?.text ?? {});
  const [until, setUntil] = useState(
    told ? (told.until ? wallClock(told.until, zone) : "") : `${wallDate(Date.now() + 86_400_000, zone)}T00:00`,
  );

  async function save(event: FormEvent) {
    event.preventDefault();
    const body = { text, until: until || null };
    const doing = location
      ? api.PUT("/api/home/places/location/{id}/announcement", { params: { path: { id: location } }, body })
      : api.PUT("/api/home/announcement", { body });
    if (await turn(got(doing), t.announced)) onClose();
  }

  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ "aria-label": t.cancel }}>
      <form onSubmit={save}>
        <Stack>
          <Text>{t.announcementHelp}</Text>
          {languages.map((language, place) => (
            <Stack key={language} gap={4}>
              <Textarea
                label={t.announceLanguage(languageName(language, formats.locale))}
                description={place === 0 ? t.example : undefined}
                autosize
                minRows={2}
                maxLength={500}
                lang={language}
                value={text[language] ?? ""}
                data-autofocus={place === 0 || undefined}
                onChange={({ currentTarget }) => {
                  const written = currentTarget.value;
                  setText((before) => ({ ...before, [language]: written }));
                }}
              />
              <Hear language={language} text={text[language] ?? ""} />
            </Stack>
          ))}
          {languages.length > 1 && (
            <Text size="sm" c="dimmed">
              {t.announceMissing}
            </Text>
          )}
          <TextInput
            type="datetime-local"
            label={t.announceUntil}
            description={t.announceUntilHelp}
            min={wallClock(Date.now(), zone)}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit">{t.save}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The form of the organisation's preferences: on their page, and the first step of setting up a clinic. */
import {
  Alert,
  Button,
  Fieldset,
  Group,
  MultiSelect,
  Select,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { api, got, Refused } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { CALLER_LANGUAGES, languageName } from "../shared/languages";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { undo, useReferences } from "../things/calls";
import { preferenceTexts } from "./texts";

type Preferences = components["schemas"]["PreferencesOut"];

interface PreferencesFormProps {
  preferences: Preferences;
  /** In the wizard: goes on once it is saved. */
  onSaved?: () => void;
}

export function PreferencesForm({ preferences, onSaved }: PreferencesFormProps) {
  const t = useTexts(preferenceTexts);
  const { locale } = useFormats();
  const notices = useNotices();
  const flows = useReferences("flow").data?.items ?? [];
  const [form, setForm] = useState(() => ({
    ...preferences.form,
    zone: preferences.form.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    languages: preferences.form.languages ?? ["en"],
    emergency: preferences.form.emergency ?? {},
    interpreter_lines: preferences.form.interpreter_lines ?? {},
    dispatch_lines: preferences.form.dispatch_lines ?? {},
    pause_reasons: preferences.form.pause_reasons ?? [],
  }));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const fields = error instanceof Refused ? error.fields : {};
  const readOnly = !preferences.may_change;
  const languages = [...new Set([...form.languages, ...Object.keys(form.emergency)])];

  async function save() {
    setBusy(true);
    setError(null);
    try {
      const { change } = await got(api.PUT("/api/preferences", { body: { revision: preferences.revision, form } }));
      notices.saved(t.saved, change ? () => undo(change) : undefined);
      await queries.invalidateQueries();
      onSaved?.();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack maw={720}>
        {readOnly && <Alert color="gray">{t.notYours}</Alert>}
        <TextInput
          label={t.organisation}
          maxLength={200}
          value={form.organisation}
          error={fields.organisation}
          disabled={readOnly}
          onChange={(event) => setForm({ ...form, organisation: event.currentTarget.value })}
        />
        <Select
          label={t.zone}
          description={t.zoneHelp}
          searchable
          limit={50}
          data={preferences.zones}
          value={form.zone}
          error={fields.zone}
          disabled={readOnly}
          allowDeselect={false}
          onChange={(zone) => zone && setForm({ ...form, zone })}
        />
        <MultiSelect
          size="md"
          label={t.languages}
          description={t.languagesHelp}
          data={[...new Set([...CALLER_LANGUAGES, ...form.languages])].map((tag) => ({
            value: tag,
            label: languageName(tag, locale),
          }))}
          value={form.languages}
          error={fields.languages}
          disabled={readOnly}
          onChange={(chosen) => chosen.length && setForm({ ...form, languages: chosen })}
        />
        {languages.map((language, place) => (
          <Textarea
            key={language}
            label={t.emergency(languageName(language, locale))}
            description={place === 0 ? t.emergencyHelp : undefined}
            placeholder={place === 0 ? t.emergencyExample : undefined}
            autosize
            maxLength={500}
            lang={language}
            value={form.emergency[language] ?? ""}
            disabled={readOnly}
            onChange={(event) =>
              setForm({ ...form, emergency: { ...form.emergency, [language]: event.currentTarget.value } })
            }
          />
        ))}
        <Select
          label={t.defaultFlow}
          description={t.defaultFlowHelp}
          data={[{ value: "", label: t.none }, ...flows.map((flow) => ({ value: flow.id, label: flow.name }))]}
          value={form.default_flow ?? ""}
          error={fields.default_flow}
          disabled={readOnly}
          allowDeselect={false}
          onChange={(flow) => setForm({ ...form, default_flow: flow || null })}
        />
        <TagsInput
          label={t.pauseReasons}
          description={t.pauseReasonsHelp}
          maxTags={20}
          value={form.pause_reasons}
          error={fields.pause_reasons}
          disabled={readOnly}
          onChange={(reasons) => setForm({ ...form, pause_reasons: reasons })}
        />
        <Fieldset legend={t.interpreters}>
          <Stack gap="xs">
            <Text c="dimmed">{t.interpretersHelp}</Text>
            {languages.map((language) => (
              <TextInput
                key={language}
                type="tel"
                label={languageName(language, locale)}
                maxLength={32}
                value={form.interpreter_lines[language] ?? ""}
                error={fields[`interpreter_lines.${language}`]}
                disabled={readOnly}
                onChange={({ currentTarget }) =>
                  setForm({
                    ...form,
                    interpreter_lines: { ...form.interpreter_lines, [language]: currentTarget.value },
                  })
                }
              />
            ))}
          </Stack>
        </Fieldset>
        {Object.keys(preferences.locations).length > 0 && (
          <Fieldset legend={t.dispatch}>
            <Stack gap="xs">
              <Text c="dimmed">{t.dispatchHelp}</Text>
              {Object.entries(preferences.locations).map(([id, name]) => (
                <TextInput
                  key={id}
                  type="tel"
                  label={name}
                  maxLength={32}
                  value={form.dispatch_lines[id] ?? ""}
                  error={fields[`dispatch_lines.${id}`]}
                  disabled={readOnly}
                  onChange={({ currentTarget }) =>
                    setForm({ ...form, dispatch_lines: { ...form.dispatch_lines, [id]: currentTarget.value } })
                  }
                />
              ))}
            </Stack>
          </Fieldset>
        )}
        {error !== null && <Problem error={error} />}
        {!readOnly && (
          <Group>
            <Button type="submit" loading={busy}>
              {t.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

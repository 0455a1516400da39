/** Where calls may go: for the organisation, and for a location that has rules of its own. */
import { Button, Group, NumberInput, Select, Stack, Switch, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../accounts/session";
import { Refused } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useLanguage, useTexts } from "../texts";
import { asJson, type Done, undo, useReferences } from "../things/calls";
import { LocationField } from "../things/fields";
import { thingTexts } from "../things/texts";
import { lineTexts } from "./texts";

type Rules = Required<components["schemas"]["DialRules"]>;

/** ISO 3166: the countries of those who write in one of our languages first come first in the list by their names. */
const COUNTRIES =
  "AR AT AU BE BO BR CA CH CL CO CR CU CZ DE DK DO EC ES FI FR GB GR GT HN HU IE IN IT JP KR MX NI NL NO NZ PA PE PH PL PR PT PY RO SE SV US UY VE ZA".split(
    " ",
  );

export function DialRules() {
  const t = useTexts(lineTexts);
  const [location, setLocation] = useState<string | null>(null);
  const places = useReferences("location").data?.items ?? [];
  const path = `/api/dial-rules${location ? `?location=${location}` : ""}`;
  const { data } = useQuery({
    queryKey: ["preferences", "dial rules", location],
    queryFn: () => asJson<Rules>("GET", path),
  });
  return (
    <Stack component="section" gap="sm" maw={720} aria-label={t.rules}>
      <Title order={2}>{t.rules}</Title>
      <Text>{t.rulesHelp}</Text>
      {places.length > 0 && <LocationField label={t.rulesOf} value={location} onChange={setLocation} />}
      {data && (
        <Filled key={`${location} ${JSON.stringify(data)}`} saved={data} path={path} ofLocation={location !== null} />
      )}
    </Stack>
  );
}

function Filled({ saved, path, ofLocation }: { saved: Rules; path: string; ofLocation: boolean }) {
  const t = useTexts(lineTexts);
  const shared = useTexts(thingTexts);
  const notices = useNotices();
  const language = useLanguage();
  const may = useMay("change_setup");
  const [rules, setRules] = useState(saved);
  const [error, setError] = useState<unknown>(null);
  const names = new Intl.DisplayNames([language], { type: "region" });
  const countries = [...new Set([...COUNTRIES, rules.region])].map((code) => ({
    value: code,
    label: names.of(code) ?? code,
  }));
  countries.sort((a, b) => a.label.localeCompare(b.label, language));
  const off = !may || (ofLocation && !rules.own);
  const errors = error instanceof Refused ? error.fields : {};
  const set = (some: Partial<Rules>) => setRules({ ...rules, ...some });

  async function save() {
    setError(null);
    try {
      const done = await asJson<Done>("PUT", path, rules);
      await queries.invalidateQueries({ queryKey: ["preferences"] });
      notices.saved(undefined, done.change ? () => undo(done.change) : undefined);
    } catch (problem) {
      setError(problem);
    }
  }

  return (
    <Stack>
      {ofLocation && (
        <Switch
          label={t.ownRules}
          checked={rules.own}
          disabled={!may}
          onChange={(event) => set({ own: event.currentTarget.checked })}
        />
      )}
      <Select
        label={t.country}
        description={t.countryHelp}
        searchable
        allowDeselect={false}
        data={countries}
        value={rules.region}
        error={errors.region}
        disabled={off}
        nothingFoundMessage={shared.nothing}
        onChange={(region) => region && set({ region })}
      />
      <TagsInput
        label={t.allowed}
        description={t.allowedHelp}
        size="md"
        value={rules.allowed}
        error={errors.allowed}
        disabled={off}
        onChange={(allowed) => set({ allowed })}
      />
      <TagsInput
        label={t.denied}
        description={t.deniedHelp}
        size="md"
        value={rules.denied}
        error={errors.denied}
        disabled={off}
        onChange={(denied) => set({ denied })}
      />
      <Group grow align="flex-start">
        <TextInput
          label={t.prefix}
          description={t.prefixHelp}
          inputMode="numeric"
          maxLength={4}
          value={rules.outside_prefix}
          error={errors.outside_prefix}
          disabled={off}
          onChange={(event) => set({ outside_prefix: event.currentTarget.value })}
        />
        <NumberInput
          label={t.atOnce}
          description={t.atOnceHelp}
          min={0}
          max={10_000}
          allowDecimal={false}
          value={rules.at_once}
          disabled={off}
          onChange={(value) => set({ at_once: Number(value) || 0 })}
        />
      </Group>
      {error !== null && <Problem error={error} />}
      {may && JSON.stringify(rules) !== JSON.stringify(saved) && (
        <Group>
          <Button onClick={() => void save()}>{t.save}</Button>
          <Button variant="default" onClick={() => setRules(saved)}>
            {shared.discard}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

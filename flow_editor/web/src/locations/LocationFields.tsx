/** What is asked about a location: its zone, the number that its calls show, its address for emergencies, and who belongs to it. */
import { Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMemo } from "react";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { NameField } from "../things/fields";
import type { Filling } from "../things/ThingForm";
import { thingTexts } from "../things/texts";
import { locationTexts } from "./texts";

export type Form = Required<components["schemas"]["LocationsOne.LocationForm"]>;
export type Line = components["schemas"]["LocationsOne.LocationLine"];

/** Every zone that the browser knows, and one's own first. */
function zones(): string[] {
  const all = Intl.supportedValuesOf("timeZone");
  return all.includes("UTC") ? all : [...all, "UTC"];
}

export function blankLocation(): Form {
  return {
    name: "",
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    number: "",
    address: "",
    area_codes: [],
    post_codes: [],
  };
}

export function LocationFields(filling: Filling<Form, Line>) {
  const { form, set, errors, readOnly } = filling;
  const t = useTexts(locationTexts);
  const shared = useTexts(thingTexts);
  const known = useMemo(zones, []);
  return (
    <>
      <NameField filling={filling} />
      <Select
        label={t.zone}
        description={t.zoneHelp}
        required
        searchable
        allowDeselect={false}
        data={(known.includes(form.zone) ? known : [form.zone, ...known]).map((zone) => ({
          value: zone,
          label: zone.replaceAll("_", " "),
        }))}
        value={form.zone}
        error={errors.zone}
        disabled={readOnly}
        nothingFoundMessage={shared.nothing}
        onChange={(zone) => zone && set({ zone })}
      />
      <Textarea
        label={t.address}
        description={t.addressHelp}
        autosize
        minRows={2}
        maxLength={500}
        value={form.address}
        error={errors.address}
        disabled={readOnly}
        onChange={(event) => set({ address: event.currentTarget.value })}
      />
      <TextInput
        label={t.number}
        description={t.numberHelp}
        type="tel"
        maxLength={40}
        value={form.number}
        error={errors.number}
        disabled={readOnly}
        onChange={(event) => set({ number: event.currentTarget.value })}
      />
      <TagsInput
        label={t.areaCodes}
        description={t.areaCodesHelp}
        size="md"
        value={form.area_codes}
        error={errors.area_codes}
        disabled={readOnly}
        onChange={(area_codes) => set({ area_codes })}
      />
      <TagsInput
        label={t.postCodes}
        description={t.postCodesHelp}
        size="md"
        value={form.post_codes}
        error={errors.post_codes}
        disabled={readOnly}
        onChange={(post_codes) => set({ post_codes })}
      />
    </>
  );
}

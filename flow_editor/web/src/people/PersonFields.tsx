/** What is asked about a person: languages, phones in order, and, for those who manage accounts, how they sign in. */
import { Alert, Button, Group, Input, MultiSelect, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../accounts/session";
import type { components } from "../api/schema";
import { Levels } from "../skills/Levels";
import { skillTexts } from "../skills/texts";
import { useLanguage, useTexts } from "../texts";
import { NameAndLocation, Ordered } from "../things/fields";
import type { Filling } from "../things/ThingForm";
import { Account } from "./Account";
import { PhoneState, SetUpPhone, usePhones } from "./phones";
import { personTexts } from "./texts";

type Phone = Required<components["schemas"]["PeopleOne.PhoneForm"]>;
export type Form = Omit<Required<components["schemas"]["PeopleOne.PersonForm"]>, "phones"> & { phones: Phone[] };
export type Line = components["schemas"]["PeopleOne.PersonLine"];

const KINDS = ["desk", "browser", "mobile", "outside"] as const;
/** Languages that staff may speak: those with a name in Careline's own words come first on the server. */
const SPOKEN = ["en", "es", "fr", "pt", "zh", "vi", "ru", "ar", "ko", "de", "pl", "tl", "ht", "so", "hmn", "ur", "hi"];

export function blankPerson(): Form {
  return {
    name: "",
    location: null,
    languages: [],
    available: true,
    skills: [],
    phones: [{ id: null, kind: "desk", label: "", number: "", extension: "" }],
    email: "",
    roles: [],
  };
}

export function PersonFields(filling: Filling<Form, Line>) {
  const t = useTexts(personTexts);
  const skills = useTexts(skillTexts);
  const language = useLanguage();
  const names = new Intl.DisplayNames([language], { type: "language" });
  const { form, set, readOnly } = filling;
  const spoken = [...new Set([...SPOKEN, ...form.languages])];
  return (
    <>
      <NameAndLocation filling={filling} />
      <MultiSelect
        label={t.languages}
        description={t.languagesHelp}
        size="md"
        searchable
        data={spoken.map((code) => ({ value: code, label: names.of(code) ?? code }))}
        value={form.languages}
        disabled={readOnly}
        onChange={(languages) => set({ languages })}
      />
      <Switch
        label={t.available}
        description={t.availableHelp}
        checked={form.available}
        disabled={readOnly}
        onChange={(event) => set({ available: event.currentTarget.checked })}
      />
      <Phones filling={filling} />
      <Levels
        noun="skill"
        label={skills.person}
        help={skills.personHelp}
        nothing={skills.none}
        add={skills.addSkill}
        items={form.skills.map(({ skill, level }) => ({ id: skill, level }))}
        error={filling.errors.skills}
        readOnly={readOnly}
        onChange={(items) => set({ skills: items.map(({ id, level }) => ({ skill: id, level })) })}
      />
      <Account filling={filling} />
    </>
  );
}

function Phones({ filling: { form, set, errors, readOnly, line } }: { filling: Filling<Form, Line> }) {
  const t = useTexts(personTexts);
  const { data: state } = usePhones();
  const may = useMay("change_setup") && !readOnly;
  const [settingUp, setSettingUp] = useState<{ id: string; name: string } | null>(null);
  const changed =
    JSON.stringify(form.phones.map((phone) => phone.id)) !== JSON.stringify(line?.phones.map(({ id }) => id));
  const name = (phone: Phone) => t.phoneName(t.kinds[phone.kind], phone.extension || phone.number);

  function change(place: number, some: Partial<Phone>) {
    set({ phones: form.phones.map((phone, at) => (at === place ? { ...phone, ...some } : phone)) });
  }

  return (
    <Input.Wrapper
      label={t.phones}
      description={form.phones.length ? t.phonesHelp : undefined}
      size="md"
      labelElement="div"
    >
      {form.phones.length === 0 && <Text c="dimmed">{t.noPhones}</Text>}
      <Stack gap="sm" mt="xs">
        <Ordered
          label={t.phones}
          items={form.phones}
          keyOf={(phone) => phone.id ?? `new ${form.phones.indexOf(phone)}`}
          nameOf={name}
          readOnly={readOnly}
          onChange={(phones) => set({ phones })}
          show={(phone, place) => {
            const inside = phone.kind === "desk" || phone.kind === "browser";
            const now = line?.phones.find((one) => one.id === phone.id);
            return (
              <Stack gap={6}>
                <Group gap="xs" align="flex-start" grow preventGrowOverflow={false}>
                  <Select
                    size="sm"
                    aria-label={t.kind}
                    allowDeselect={false}
                    data={KINDS.map((kind) => ({ value: kind, label: t.kinds[kind] }))}
                    value={phone.kind}
                    disabled={readOnly}
                    onChange={(kind) => kind && change(place, { kind: kind as Phone["kind"] })}
                    miw={150}
                  />
                  {inside ? (
                    <TextInput
                      size="sm"
                      aria-label={t.extension}
                      placeholder={t.extensionHelp}
                      inputMode="numeric"
                      maxLength={6}
                      value={phone.extension}
                      error={errors[`phones.${place}`]}
                      disabled={readOnly}
                      onChange={(event) => change(place, { extension: event.currentTarget.value })}
                      miw={150}
                    />
                  ) : (
                    <TextInput
                      size="sm"
                      type="tel"
                      aria-label={t.number}
                      placeholder={t.number}
                      maxLength={40}
                      value={phone.number}
                      error={errors[`phones.${place}`]}
                      disabled={readOnly}
                      onChange={(event) => change(place, { number: event.currentTarget.value })}
                      miw={150}
                    />
                  )}
                  <TextInput
                    size="sm"
                    aria-label={t.label}
                    placeholder={t.label}
                    maxLength={200}
                    value={phone.label}
                    disabled={readOnly}
                    onChange={(event) => change(place, { label: event.currentTarget.value })}
                    miw={120}
                  />
                </Group>
                {now && now.signed_in !== null && (
                  <Group gap="xs">
                    <PhoneState phone={now} watched={state?.watched ?? true} />
                    {may && (
                      <Button
                        size="compact-md"
                        variant="subtle"
                        onClick={() => setSettingUp({ id: now.id, name: name(phone) })}
                      >
                        {t.setUp}
                      </Button>
                    )}
                  </Group>
                )}
              </Stack>
            );
          }}
        />
        {!readOnly && (
          <Group>
            <Button
              variant="default"
              leftSection={<IconPlus aria-hidden size={18} />}
              onClick={() =>
                set({ phones: [...form.phones, { id: null, kind: "mobile", label: "", number: "", extension: "" }] })
              }
            >
              {t.addPhone}
            </Button>
          </Group>
        )}
        {changed && line && state?.written === false && <Alert color="orange">{t.notWritten}</Alert>}
      </Stack>
      {settingUp && <SetUpPhone {...settingUp} onClose={() => setSettingUp(null)} />}
    </Input.Wrapper>
  );
}

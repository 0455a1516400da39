/** One contact: numbers, language, and details that flows can compare. */
import { ActionIcon, Button, Group, Input, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { useFormats, useLanguage, useTexts } from "../texts";
import { LocationField } from "../things/fields";
import { CONTACTS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { thingTexts } from "../things/texts";
import { contactTexts } from "./texts";

interface Number {
  number: string;
  label: string;
}

type Form = Omit<Required<components["schemas"]["ContactsOne.ContactForm"]>, "numbers"> & { numbers: Number[] };
type Line = components["schemas"]["ContactsOne.ContactLine"];

const SPOKEN = ["en", "es", "fr", "pt", "zh", "vi", "ru", "ar", "ko", "de"];

export default function ContactPage() {
  const t = useTexts(contactTexts);
  const shared = useTexts(thingTexts);
  const formats = useFormats();
  const names = new Intl.DisplayNames([useLanguage()], { type: "language" });
  const blank = (): Form => ({
    name: "",
    location: null,
    language: null,
    numbers: [{ number: "", label: "" }],
    details: {},
  });
  return (
    <ThingPage<Form, Line>
      kind={CONTACTS}
      newTitle={t.make}
      blank={blank}
      replaceable={false}
      below={(line) => line.lists.length > 0 && <Text mt="lg">{`${t.onLists}: ${formats.list(line.lists)}`}</Text>}
    >
      {({ form, set, errors, readOnly }) => (
        <>
          <TextInput
            label={shared.name}
            required
            maxLength={200}
            value={form.name}
            error={errors.name}
            disabled={readOnly}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Input.Wrapper label={t.numbers} size="md" labelElement="div">
            <Stack gap="xs" mt="xs">
              {form.numbers.map((one, place) => {
                const change = (some: Partial<Number>) =>
                  set({ numbers: form.numbers.map((other, at) => (at === place ? { ...other, ...some } : other)) });
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: what is typed is all there is to tell them apart
                  <Group key={place} gap="xs" wrap="nowrap" align="flex-start">
                    <TextInput
                      style={{ flex: 2 }}
                      type="tel"
                      aria-label={t.number}
                      placeholder={t.number}
                      maxLength={40}
                      value={one.number}
                      error={errors[`numbers.${place}`]}
                      disabled={readOnly}
                      onChange={(event) => change({ number: event.currentTarget.value })}
                    />
                    <TextInput
                      style={{ flex: 1 }}
                      aria-label={t.label}
                      placeholder={t.label}
                      maxLength={40}
                      value={one.label}
                      disabled={readOnly}
                      onChange={(event) => change({ label: event.currentTarget.value })}
                    />
                    {!readOnly && (
                      <ActionIcon
                        mt={4}
                        aria-label={t.take(one.number || t.number)}
                        onClick={() => set({ numbers: form.numbers.filter((_, at) => at !== place) })}
                      >
                        <IconX aria-hidden size={18} />
                      </ActionIcon>
                    )}
                  </Group>
                );
              })}
              {!readOnly && (
                <Group>
                  <Button
                    variant="default"
                    size="sm"
                    leftSection={<IconPlus aria-hidden size={16} />}
                    onClick={() => set({ numbers: [...form.numbers, { number: "", label: "" }] })}
                  >
                    {t.addNumber}
                  </Button>
                </Group>
              )}
            </Stack>
          </Input.Wrapper>
          <Select
            label={t.language}
            placeholder={t.noLanguage}
            clearable
            data={[...new Set([...SPOKEN, ...(form.language ? [form.language] : [])])].map((code) => ({
              value: code,
              label: names.of(code) ?? code,
            }))}
            value={form.language}
            error={errors.language}
            disabled={readOnly}
            onChange={(language) => set({ language })}
          />
          <Details details={form.details} readOnly={readOnly} onChange={(details) => set({ details })} />
          <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
        </>
      )}
    </ThingPage>
  );
}

interface DetailsProps {
  details: Record<string, string>;
  readOnly: boolean;
  onChange: (details: Record<string, string>) => void;
}

function Details({ details, readOnly, onChange }: DetailsProps) {
  const t = useTexts(contactTexts);
  const pairs = Object.entries(details);
  const put = (changed: [string, string][]) => onChange(Object.fromEntries(changed));
  return (
    <Input.Wrapper label={t.details} description={t.detailsHelp} size="md" labelElement="div">
      <Stack gap="xs" mt="xs">
        {pairs.map(([name, value], place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: its name is being typed
          <Group key={place} gap="xs" wrap="nowrap">
            <TextInput
              style={{ flex: 1 }}
              aria-label={t.detail}
              placeholder={t.detail}
              maxLength={200}
              value={name}
              disabled={readOnly}
              onChange={(event) => {
                const typed = event.currentTarget.value;
                if (!(typed in details)) put(pairs.map((pair, at) => (at === place ? [typed, value] : pair)));
              }}
            />
            <TextInput
              style={{ flex: 2 }}
              aria-label={t.value}
              placeholder={t.value}
              maxLength={500}
              value={value}
              disabled={readOnly}
              onChange={(event) => {
                const typed = event.currentTarget.value;
                put(pairs.map((pair, at) => (at === place ? [name, typed] : pair)));
              }}
            />
            {!readOnly && (
              <ActionIcon
                aria-label={t.take(name || t.detail)}
                onClick={() => put(pairs.filter((_, at) => at !== place))}
              >
                <IconX aria-hidden size={18} />
              </ActionIcon>
            )}
          </Group>
        ))}
        {!readOnly && (
          <Group>
            <Button
              variant="default"
              size="sm"
              leftSection={<IconPlus aria-hidden size={16} />}
              disabled={"" in details}
              onClick={() => onChange({ ...details, "": "" })}
            >
              {t.addDetail}
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

/** One provider: the care team, absences, and the calls that are put through. */
import { Button, Text, TextInput } from "@mantine/core";
import { IconPhoneIncoming } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../accounts/session";
import { useZoneOf } from "../hours/ZoneField";
import { useFormats, useTexts } from "../texts";
import { NameAndLocation, ReferenceField } from "../things/fields";
import { PROVIDERS } from "../things/kinds";
import { Part } from "../things/Part";
import { ThingPage } from "../things/ThingPage";
import { Absences } from "./Absences";
import { type ProviderForm, type ProviderLine, useExpecting } from "./data";
import { ExpectedCalls } from "./ExpectedCalls";
import { PutThrough } from "./PutThrough";
import { providerTexts } from "./texts";

export default function ProviderPage() {
  const t = useTexts(providerTexts);
  const formats = useFormats();
  const zoneOf = useZoneOf();
  const blank = (): ProviderForm => ({
    name: "",
    spoken: "",
    location: null,
    person: null,
    queue: null,
    absences: [],
  });
  return (
    <ThingPage<ProviderForm, ProviderLine>
      kind={PROVIDERS}
      newTitle={t.make}
      replaceable
      blank={blank}
      below={(line) => <PutThroughHere line={line} />}
    >
      {(filling) => {
        const { form, set, errors, readOnly, line } = filling;
        const keys = line?.keys ?? [];
        return (
          <>
            <NameAndLocation filling={filling} />
            <TextInput
              label={t.spoken}
              description={t.spokenHelp}
              maxLength={200}
              value={form.spoken}
              disabled={readOnly}
              onChange={(event) => set({ spoken: event.currentTarget.value })}
            />
            <ReferenceField
              noun="queue"
              label={t.careTeam}
              description={t.careTeamHelp}
              placeholder={t.noCareTeam}
              clearable
              value={form.queue}
              disabled={readOnly}
              onChange={(queue) => set({ queue })}
            />
            {line && form.queue === null && <Text size="sm">{t.noCareTeamHelp}</Text>}
            <ReferenceField
              noun="person"
              label={t.person}
              description={t.personHelp}
              clearable
              value={form.person}
              disabled={readOnly}
              onChange={(person) => set({ person })}
            />
            {keys.length > 0 && (
              <Text size="sm" c="dimmed">
                {t.byName(new Intl.ListFormat(formats.locale, { type: "disjunction" }).format(keys))}
              </Text>
            )}
            <Part title={t.absences} help={t.absencesHelp}>
              <Absences
                provider={line?.id}
                absences={form.absences}
                zone={zoneOf({ form: { location: form.location, zone: null }, line })}
                errors={errors}
                readOnly={readOnly}
                onChange={(absences) => set({ absences })}
              />
            </Part>
          </>
        );
      }}
    </ThingPage>
  );
}

function PutThroughHere({ line }: { line: ProviderLine }) {
  const t = useTexts(providerTexts);
  const may = useMay("expect_calls");
  const theirs = useExpecting(may).data?.items.some((one) => one.line.id === line.id) ?? false;
  const [adding, setAdding] = useState(false);
  return (
    <Part title={t.expected} help={t.expectedHelp}>
      {line.expected.length > 0 ? (
        <ExpectedCalls providers={[line]} named={false} />
      ) : (
        <Text c="dimmed">{t.noExpected}</Text>
      )}
      {theirs && (
        <Button
          variant="light"
          w="fit-content"
          leftSection={<IconPhoneIncoming aria-hidden size={18} />}
          onClick={() => setAdding(true)}
        >
          {t.putThrough}
        </Button>
      )}
      {adding && <PutThrough providers={[line]} onClose={() => setAdding(false)} />}
    </Part>
  );
}

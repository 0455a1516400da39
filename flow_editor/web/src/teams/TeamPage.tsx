/** One team: its name, where it belongs, and its members in order. */
import { Input, Text, TextInput } from "@mantine/core";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { LocationField, Ordered, ReferenceField } from "../things/fields";
import { TEAMS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { thingTexts } from "../things/texts";
import { teamTexts } from "./texts";

type Form = Required<components["schemas"]["TeamsOne.TeamForm"]>;
type Line = components["schemas"]["TeamsOne.TeamLine"];

export default function TeamPage() {
  const t = useTexts(teamTexts);
  const shared = useTexts(thingTexts);
  const people = useReferences("person").data?.items ?? [];
  const name = (id: string) => people.find((person) => person.id === id)?.name ?? t.gone;
  return (
    <ThingPage<Form, Line> kind={TEAMS} newTitle={t.make} blank={() => ({ name: "", location: null, members: [] })}>
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
          <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
          <Input.Wrapper
            label={t.members}
            description={form.members.length ? t.membersHelp : undefined}
            error={errors.members}
            size="md"
            labelElement="div"
          >
            {form.members.length === 0 && <Text c="dimmed">{t.noMembers}</Text>}
            <div style={{ marginTop: 8 }}>
              <Ordered
                label={t.members}
                items={form.members}
                keyOf={(id) => id}
                nameOf={name}
                readOnly={readOnly}
                onChange={(members) => set({ members })}
              />
            </div>
          </Input.Wrapper>
          {!readOnly && (
            <ReferenceField
              key={form.members.join(" ")}
              noun="person"
              aria-label={t.addMember}
              placeholder={t.addMember}
              value={null}
              but={form.members}
              onChange={(id) => id && set({ members: [...form.members, id] })}
            />
          )}
        </>
      )}
    </ThingPage>
  );
}

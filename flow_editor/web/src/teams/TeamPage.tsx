/** One team: its name, where it belongs, and its members in order. */
import { Input, Text } from "@mantine/core";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { NameAndLocation, Ordered, ReferenceField } from "../things/fields";
import { TEAMS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { teamTexts } from "./texts";

type Form = Required<components["schemas"]["TeamsOne.TeamForm"]>;
type Line = components["schemas"]["TeamsOne.TeamLine"];

export default function TeamPage() {
  const t = useTexts(teamTexts);
  const people = useReferences("person").data?.items ?? [];
  const name = (id: string) => people.find((person) => person.id === id)?.name ?? t.gone;
  return (
    <ThingPage<Form, Line> kind={TEAMS} newTitle={t.make} blank={() => ({ name: "", location: null, members: [] })}>
      {(filling) => {
        const { form, set, errors, readOnly } = filling;
        return (
          <>
            <NameAndLocation filling={filling} />
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
        );
      }}
    </ThingPage>
  );
}

/** One skill: who has it, and how well. */
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { NameAndLocation } from "../things/fields";
import { SKILLS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { Levels } from "./Levels";
import { skillTexts } from "./texts";

type Form = Required<components["schemas"]["SkillsOne.SkillForm"]>;
type Line = components["schemas"]["SkillsOne.SkillLine"];

export default function SkillPage() {
  const t = useTexts(skillTexts);
  return (
    <ThingPage<Form, Line>
      kind={SKILLS}
      newTitle={t.make}
      replaceable
      blank={() => ({ name: "", location: null, people: [] })}
    >
      {(filling) => (
        <>
          <NameAndLocation filling={filling} />
          <Levels
            noun="person"
            label={t.people}
            help={t.peopleHelp}
            nothing={t.nobody}
            add={t.addPerson}
            items={filling.form.people.map(({ person, level }) => ({ id: person, level }))}
            error={filling.errors.people}
            readOnly={filling.readOnly}
            onChange={(items) => filling.set({ people: items.map(({ id, level }) => ({ person: id, level })) })}
          />
        </>
      )}
    </ThingPage>
  );
}

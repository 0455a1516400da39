/** One person. */
import { useTexts } from "../texts";
import { PEOPLE } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { blankPerson, type Form, type Line, PersonFields } from "./PersonFields";
import { personTexts } from "./texts";

export default function PersonPage() {
  const t = useTexts(personTexts);
  return (
    <ThingPage<Form, Line> kind={PEOPLE} newTitle={t.make} blank={blankPerson}>
      {(filling) => <PersonFields {...filling} />}
    </ThingPage>
  );
}

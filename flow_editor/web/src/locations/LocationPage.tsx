/** One location. */
import { useTexts } from "../texts";
import { LOCATIONS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { blankLocation, type Form, type Line, LocationFields } from "./LocationFields";
import { locationTexts } from "./texts";

export default function LocationPage() {
  const t = useTexts(locationTexts);
  return (
    <ThingPage<Form, Line> kind={LOCATIONS} newTitle={t.make} blank={blankLocation}>
      {(filling) => <LocationFields {...filling} />}
    </ThingPage>
  );
}

/** One set of opening hours. */
import { useTexts } from "../texts";
import { HOURS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import type { HoursForm, HoursLine } from "./form";
import { blankHours, HoursFields } from "./HoursFields";
import { hoursTexts } from "./texts";

export default function HoursOfPage() {
  const t = useTexts(hoursTexts);
  return (
    <ThingPage<HoursForm, HoursLine> kind={HOURS} newTitle={t.make} replaceable blank={blankHours}>
      {(filling) => <HoursFields {...filling} />}
    </ThingPage>
  );
}

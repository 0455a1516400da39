/** One number, and the calls to it as they come. */
import { useSearch } from "wouter";
import { useTexts } from "../texts";
import { NUMBERS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { CallNow } from "./CallNow";
import { blankNumber, type Form, type Line, NumberFields } from "./NumberFields";
import { numberTexts } from "./texts";

export default function NumberPage() {
  const t = useTexts(numberTexts);
  const asked = new URLSearchParams(useSearch()).get("number");
  const blank = (): Form => (asked ? { ...blankNumber(), number: asked, state: "live" } : blankNumber());
  return (
    <ThingPage<Form, Line>
      kind={NUMBERS}
      newTitle={t.make}
      blank={blank}
      replaceable={false}
      below={(line) => <CallNow line={line} />}
    >
      {(filling) => <NumberFields {...filling} />}
    </ThingPage>
  );
}

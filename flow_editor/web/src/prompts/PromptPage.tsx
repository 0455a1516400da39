/** One prompt: its words and its recordings. */
import type { components } from "../api/schema";
import { useOffered } from "../preferences/data";
import { useTexts } from "../texts";
import { NameAndLocation } from "../things/fields";
import { PROMPTS } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { Said } from "./Said";
import { promptTexts } from "./texts";

type Form = Required<components["schemas"]["PromptsOne.PromptForm"]>;
type Line = components["schemas"]["PromptsOne.PromptLine"];

export default function PromptPage() {
  const t = useTexts(promptTexts);
  const offered = useOffered();
  return (
    <ThingPage<Form, Line>
      kind={PROMPTS}
      newTitle={t.make}
      replaceable
      blank={() => ({ name: "", location: null, text: {} })}
    >
      {(filling) => {
        const { form, set, readOnly, line } = filling;
        return (
          <>
            <NameAndLocation filling={filling} />
            <Said
              kind={PROMPTS}
              id={line?.id}
              offered={offered}
              voices={line?.voices ?? []}
              text={form.text}
              readOnly={readOnly}
              onChange={(text) => set({ text })}
            />
          </>
        );
      }}
    </ThingPage>
  );
}

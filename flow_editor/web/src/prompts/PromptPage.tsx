/** One prompt: its words and its recordings. */
import { TextInput } from "@mantine/core";
import type { components } from "../api/schema";
import { useOffered } from "../preferences/data";
import { useTexts } from "../texts";
import { LocationField } from "../things/fields";
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
      {({ form, set, errors, readOnly, line }) => (
        <>
          <TextInput
            label={t.name}
            required
            maxLength={200}
            value={form.name}
            error={errors.name}
            disabled={readOnly}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
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
      )}
    </ThingPage>
  );
}

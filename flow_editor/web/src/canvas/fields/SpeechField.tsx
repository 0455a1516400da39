/** What callers hear: a text in each language that the flow is offered in, or one of the clinic's recorded prompts. */
import { Fieldset, Input, Stack, Textarea } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFacts } from "../canvas";
import { useKinds } from "../kinds";
import { canvasTexts } from "../texts";
import { GROWING, group } from "./FieldEditor";
import { ReferenceField, refOf } from "./ReferenceField";

export interface SpeechFieldProps {
  label: string | undefined;
  description?: string | undefined;
  error?: string | undefined;
  disabled?: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function SpeechField({ label, description, error, disabled = false, value, onChange }: SpeechFieldProps) {
  const t = useTexts(canvasTexts);
  const names = useKinds().languages;
  const { languages } = useFacts();
  const { text, prompt } = group(value);
  const texts = group(text);
  const shown = [...new Set([...languages, ...Object.keys(texts).filter((code) => texts[code])])];

  function put(code: string, said: string) {
    const { [code]: _, ...others } = texts;
    onChange({ ...group(value), text: said ? { ...others, [code]: said } : others });
  }

  return (
    <Fieldset legend={label} disabled={disabled}>
      <Stack gap="sm">
        {description && <Input.Description>{description}</Input.Description>}
        {shown.map((code) => (
          <Textarea
            key={code}
            label={t.speechText(names[code] ?? code)}
            lang={code}
            styles={GROWING}
            value={typeof texts[code] === "string" ? texts[code] : ""}
            onChange={(event) => put(code, event.currentTarget.value)}
          />
        ))}
        <ReferenceField
          noun="prompt"
          label={t.recording}
          description={refOf(prompt) ? t.recordingHelp : undefined}
          value={prompt}
          disabled={disabled}
          onChange={(chosen) => {
            const { prompt: _, ...others } = group(value);
            onChange(chosen ? { ...others, prompt: chosen } : others);
          }}
        />
        {error && <Input.Error>{error}</Input.Error>}
      </Stack>
    </Fieldset>
  );
}

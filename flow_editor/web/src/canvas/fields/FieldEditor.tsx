/** One setting of a step, edited as its schema says. A kind of step that is new in Python needs nothing here. */
import {
  Checkbox,
  Fieldset,
  Input,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useTexts } from "../../texts";
import { useKinds } from "../kinds";
import { canvasTexts } from "../texts";
import { ListField } from "./ListField";
import { ReferenceField, ReferencesField } from "./ReferenceField";
import { SpeechField } from "./SpeechField";
import { type Field, isOptional, optionsOf, resolved, type SettingsSchema, widgetOf } from "./schema";

/** Fields of several lines grow with what is in them, by the browser's own means: measuring it in a script is slow. */
export const GROWING = { input: { fieldSizing: "content", minHeight: "4.6rem", maxHeight: "16rem" } } as const;

export interface FieldProps {
  field: Field;
  schema: SettingsSchema;
  /** undefined: as it is born. */
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string | undefined;
  disabled?: boolean;
  /** What it is called, where the schema does not say. */
  name?: string;
}

export function FieldEditor(props: FieldProps) {
  const t = useTexts(canvasTexts);
  const { languages } = useKinds();
  const { schema, onChange, error, disabled = false } = props;
  const field = resolved(props.field, schema);
  const value = props.value === undefined ? field.default : props.value;
  const known = { label: field.title ?? props.name, description: field.description, error, disabled };

  if (field["x-widget"] === "language") {
    const data = Object.entries(languages).map(([code, label]) => ({ value: code, label }));
    return <Select {...known} data={data} value={words(value)} onChange={onChange} allowDeselect={false} searchable />;
  }
  switch (widgetOf(field, schema)) {
    case "speech":
      return <SpeechField {...known} value={value} onChange={onChange} />;
    case "reference":
      return <ReferenceField {...known} noun={field["x-ref"] ?? ""} value={value} onChange={onChange} />;
    case "references": {
      const noun = resolved(field.items ?? {}, schema)["x-ref"] ?? "";
      return <ReferencesField {...known} noun={noun} most={field.maxItems} value={value} onChange={onChange} />;
    }
    case "switch":
      return <Switch {...known} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "number":
      return (
        <NumberInput
          {...known}
          value={typeof value === "number" ? value : ""}
          allowDecimal={field.type === "number"}
          clampBehavior="blur"
          {...(field.minimum !== undefined && { min: field.minimum })}
          {...(field.maximum !== undefined && { max: field.maximum })}
          onChange={(next) => {
            if (typeof next === "number" && Number.isFinite(next)) onChange(next);
          }}
        />
      );
    case "choice": {
      const data = optionsOf(field).map(({ value: option, label }) => ({ value: option, label: label || "–" }));
      return (
        <Select
          {...known}
          data={data}
          value={words(value)}
          allowDeselect={false}
          clearable={isOptional(props.field)}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    }
    case "choices":
      return (
        <Checkbox.Group {...known} value={list(value).map(String)} onChange={onChange}>
          <Stack gap={6} mt={6}>
            {optionsOf(resolved(field.items ?? {}, schema)).map((option) => (
              <Checkbox key={option.value} value={option.value} label={option.label} disabled={disabled} />
            ))}
          </Stack>
        </Checkbox.Group>
      );
    case "words":
      return <TagsInput {...known} value={list(value).map(String)} onChange={onChange} {...atMost(field.maxItems)} />;
    case "list":
      return <ListField {...known} field={field} schema={schema} value={list(value)} onChange={onChange} />;
    case "group":
      return (
        <Fieldset legend={known.label} disabled={disabled}>
          <Stack gap="sm">
            {field.description && <Input.Description>{field.description}</Input.Description>}
            <GroupFields field={field} schema={schema} value={group(value)} onChange={onChange} disabled={disabled} />
            {error && <Input.Error>{error}</Input.Error>}
          </Stack>
        </Fieldset>
      );
    case "longText":
      return (
        <Textarea
          {...known}
          styles={GROWING}
          value={words(value)}
          {...(field.maxLength && { maxLength: field.maxLength })}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "text":
    case "telephone":
      return (
        <TextInput
          {...known}
          value={words(value)}
          inputMode={field["x-widget"] === "telephone" ? "tel" : "text"}
          {...(field.maxLength && { maxLength: field.maxLength })}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return (
        <Input.Wrapper {...known}>
          <Text size="sm" c="dimmed">
            {t.notKnown}
          </Text>
        </Input.Wrapper>
      );
  }
}

export interface GroupFieldsProps {
  field: Field;
  schema: SettingsSchema;
  value: Record<string, unknown>;
  onChange: (value: Record<string, unknown>) => void;
  disabled?: boolean;
}

/** The fields of an object, one under the other. */
export function GroupFields({ field, schema, value, onChange, disabled = false }: GroupFieldsProps) {
  return Object.entries(field.properties ?? {}).map(([name, inner]) => (
    <FieldEditor
      key={name}
      name={name}
      field={inner}
      schema={schema}
      value={value[name]}
      disabled={disabled}
      onChange={(next) => {
        const { [name]: _, ...others } = value;
        onChange(next === undefined ? others : { ...others, [name]: next });
      }}
    />
  ));
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function group(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function atMost(most: number | undefined): { maxTags?: number } {
  return most === undefined ? {} : { maxTags: most };
}

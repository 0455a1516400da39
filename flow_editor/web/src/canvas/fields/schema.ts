/**
 * JSON Schema as the server writes it for a step's settings (controller/flows/schema.py), and what a form makes of it. The form
 * is ours: validators that compile schemas at run time are forbidden by the content security policy, and the server checks.
 */

export interface Field {
  title?: string;
  description?: string;
  type?: "string" | "integer" | "number" | "boolean" | "array" | "object" | "null";
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  oneOf?: readonly Field[];
  anyOf?: readonly Field[];
  items?: Field;
  properties?: Readonly<Record<string, Field>>;
  additionalProperties?: unknown;
  patternProperties?: Readonly<Record<string, Field>>;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  $ref?: string;
  "x-ref"?: string;
  "x-widget"?: string;
}

export interface SettingsSchema extends Field {
  $defs?: Readonly<Record<string, Field>>;
  "x-exits"?: readonly { name: string; label: string; undrawn: "problem" | "catch_all" | "hang_up" }[];
}

/** A field with what it refers to put in: what is written at the place goes before what is written at the definition. */
export function resolved(field: Field, schema: SettingsSchema): Field {
  if (field.$ref) {
    const { $ref, ...here } = field;
    const definition = schema.$defs?.[$ref.slice($ref.lastIndexOf("/") + 1)];
    return resolved({ ...definition, ...here }, schema);
  }
  const some = field.anyOf?.filter((one) => one.type !== "null");
  if (some?.length === 1 && some[0]) {
    const { anyOf: _, ...here } = field;
    return resolved({ ...some[0], ...here }, schema);
  }
  return field;
}

/** Whether leaving it out is one of its values. */
export function isOptional(field: Field): boolean {
  return field.anyOf?.some((one) => one.type === "null") ?? false;
}

export type Widget =
  | "speech"
  | "telephone"
  | "reference"
  | "references"
  | "choice"
  | "choices"
  | "words"
  | "switch"
  | "number"
  | "text"
  | "longText"
  | "list"
  | "group"
  | "unknown";

/** Texts that may be longer than this are written in several lines. */
const LONG = 200;

/** How a (resolved) field is edited. */
export function widgetOf(field: Field, schema: SettingsSchema): Widget {
  if (field["x-widget"] === "speech") return "speech";
  if (field["x-ref"]) return "reference";
  if (field["x-widget"] === "telephone") return "telephone";
  if (optionsOf(field).length) return "choice";
  switch (field.type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "string":
      return (field.maxLength ?? 0) > LONG ? "longText" : "text";
    case "array": {
      const items = field.items ? resolved(field.items, schema) : {};
      if (items["x-ref"]) return "references";
      if (optionsOf(items).length) return "choices";
      if (items.type === "string") return "words";
      return items.type === "object" || items.properties ? "list" : "unknown";
    }
    default:
      return field.properties ? "group" : "unknown";
  }
}

export interface Option {
  value: string;
  label: string;
}

/** What can be chosen, where only some values are allowed. Values are strings in all of the server's schemas. */
export function optionsOf(field: Field): Option[] {
  if (field.oneOf?.every((one) => one.const !== undefined)) {
    return field.oneOf.map((one) => ({ value: String(one.const), label: one.title ?? String(one.const) }));
  }
  return field.enum?.map((value) => ({ value: String(value), label: String(value) })) ?? [];
}

/** What a new one of a list begins with: the defaults of its fields. */
export function bornValue(field: Field, schema: SettingsSchema): unknown {
  const known = resolved(field, schema);
  if (known.default !== undefined) return structuredClone(known.default);
  if (known.properties && known["x-widget"] !== "speech" && !known["x-ref"]) {
    const born = Object.entries(known.properties).map(([name, inner]) => [name, bornValue(inner, schema)] as const);
    return Object.fromEntries(born.filter(([, value]) => value !== undefined));
  }
  if (known.type === "string") return "";
  return undefined;
}

import { describe, expect, test } from "vitest";
import { bornValue, isOptional, optionsOf, resolved, type SettingsSchema, widgetOf } from "./schema";

const schema: SettingsSchema = {
  $defs: {
    Choice: {
      type: "object",
      properties: { key: { type: "string", default: "" }, label: { type: "string", default: "", maxLength: 60 } },
    },
    Order: {
      type: "string",
      oneOf: [
        { const: "at_once", title: "all at once" },
        { const: "in_order", title: "one by one" },
      ],
    },
    Ref_Team_: { type: "object", "x-ref": "team", properties: { id: { type: "string" }, name: { type: "string" } } },
    Speech: { type: "object", "x-widget": "speech", properties: {} },
  },
};

const widget = (field: Parameters<typeof resolved>[0]) => widgetOf(resolved(field, schema), schema);

describe("how a setting is edited", () => {
  test.each([
    [{ $ref: "#/$defs/Speech", title: "What callers hear" }, "speech"],
    [{ $ref: "#/$defs/Ref_Team_" }, "reference"],
    [{ anyOf: [{ $ref: "#/$defs/Ref_Team_" }, { type: "null" as const }] }, "reference"],
    [{ type: "array" as const, items: { $ref: "#/$defs/Ref_Team_" } }, "references"],
    [{ type: "array" as const, items: { $ref: "#/$defs/Choice" } }, "list"],
    [{ type: "array" as const, items: { $ref: "#/$defs/Order" } }, "choices"],
    [{ type: "array" as const, items: { type: "string" as const } }, "words"],
    [{ $ref: "#/$defs/Order", default: "at_once" }, "choice"],
    [{ enum: ["", "1"], type: "string" as const }, "choice"],
    [{ type: "boolean" as const }, "switch"],
    [{ type: "integer" as const }, "number"],
    [{ type: "string" as const, maxLength: 500 }, "longText"],
    [{ type: "string" as const, "x-widget": "telephone" }, "telephone"],
    [{ $ref: "#/$defs/Choice" }, "group"],
    [{}, "unknown"],
  ])("%j", (field, expected) => {
    expect(widget(field)).toBe(expected);
  });
});

test("what is written at the place goes before what is written at the definition", () => {
  expect(resolved({ $ref: "#/$defs/Order", title: "Order" }, schema)).toMatchObject({ title: "Order", type: "string" });
  expect(isOptional({ anyOf: [{ type: "string" }, { type: "null" }] })).toBe(true);
});

test("choices are in the words of the server", () => {
  expect(optionsOf(resolved({ $ref: "#/$defs/Order" }, schema))[0]).toEqual({ value: "at_once", label: "all at once" });
});

test("a new one of a list is born with its fields' defaults", () => {
  expect(bornValue({ $ref: "#/$defs/Choice" }, schema)).toEqual({ key: "", label: "" });
});

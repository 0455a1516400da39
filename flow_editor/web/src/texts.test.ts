import { expect, test } from "vitest";
import { defineTexts, formatsFor, localeFor } from "./texts";

test("a text that one language lacks, or has too many, does not compile", () => {
  defineTexts({ en: { a: "a", f: (n: number) => `${n}` }, es: { a: "á", f: (n: number) => `${n}` } });
  // @ts-expect-error: the Spanish one is missing
  defineTexts({ en: { a: "a", b: "b" }, es: { a: "á" } });
  // @ts-expect-error: there is no such English one
  defineTexts({ en: { a: "a" }, es: { a: "á", b: "b" } });
  // @ts-expect-error: missing further down
  defineTexts({ en: { group: { a: "a", b: "b" } }, es: { group: { a: "á" } } });
  // @ts-expect-error: too many further down
  defineTexts({ en: { group: { a: "a" } }, es: { group: { a: "á", b: "b" } } });
  // @ts-expect-error: something else goes into it
  defineTexts({ en: { f: (n: number) => `${n}` }, es: { f: (s: string) => s } });
});

test("the browser's own locale is taken where it speaks the language", () => {
  expect(localeFor("en", ["es-MX", "en-GB"])).toBe("en-GB");
  expect(localeFor("es", ["en-GB"])).toBe("es");
});

test("times are written in the zone of the location", () => {
  const formats = formatsFor("en-GB");
  expect(formats.time("2026-11-24T18:00:00Z", "America/New_York")).toBe("13:00");
  expect(formats.date("2026-11-24T03:00:00Z", "America/New_York")).toBe("23 Nov 2026");
});

test("times gone by and durations", () => {
  const formats = formatsFor("en");
  expect(formats.relative("2026-01-01T00:00:00Z", "2026-01-01T00:05:10Z")).toBe("5 minutes ago");
  expect(formats.duration(65)).toBe("1:05");
  expect(formats.duration(3725.9)).toBe("1:02:05");
});

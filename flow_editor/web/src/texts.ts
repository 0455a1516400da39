/**
 * What the application says, in the reader's language. Each feature keeps its own texts beside it:
 *
 *     const texts = defineTexts({ en: { title: "Numbers" }, es: { title: "Números" } });
 *     const t = useTexts(texts);
 *
 * A text that one language lacks, or has too many, does not compile. Texts with something inside are functions. What the
 * server makes (problems, summaries, messages of errors) comes from it in the reader's language already.
 */
import { createContext, useContext, useMemo } from "react";

export const LANGUAGES = ["en", "es"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Names of the languages, each in itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", es: "Español" };

// biome-ignore lint/suspicious/noExplicitAny: any function that gives a text, whatever goes into it
type Words = { readonly [key: string]: string | ((...inside: any[]) => string) | Words };

/** The form of a language's texts, with every text widened from its very words. */
type Form<T> = {
  readonly [K in keyof T]: T[K] extends (...inside: infer A) => string
    ? (...inside: A) => string
    : T[K] extends string
      ? string
      : Form<T[K]>;
};

/** Keys of `There` that `Here` has not, at any depth, are not allowed. */
type Exact<Here, There> = {
  readonly [K in keyof There]: K extends keyof Here
    ? There[K] extends string
      ? string
      : // biome-ignore lint/suspicious/noExplicitAny: any function
        There[K] extends (...inside: any[]) => string
        ? There[K]
        : Exact<Here[K], There[K]>
    : never;
};

export type Texts<T> = Readonly<Record<Language, Form<T>>>;

export function defineTexts<const T extends Words, const S extends Form<T>>(languages: {
  en: T;
  es: S & Exact<T, S>;
}): Texts<T> {
  return languages as unknown as Texts<T>;
}

export const LanguageContext = createContext<Language>("en");

/** The reader's language. */
export function useLanguage(): Language {
  return useContext(LanguageContext);
}

/** A feature's texts in the reader's language. */
export function useTexts<T>(texts: Texts<T>): Form<T> {
  return texts[useLanguage()];
}

const REMEMBERED = "careline-language";

export function isLanguage(value: string | null | undefined): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** The language before anybody has signed in: the one last chosen here, otherwise the browser's. */
export function rememberedLanguage(): Language {
  const chosen = localStorage.getItem(REMEMBERED);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en";
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(REMEMBERED, language);
}

/** The reader's own way to write dates and numbers: the browser's, where it speaks the chosen language. */
export function localeFor(language: Language, browser: readonly string[] = navigator.languages): string {
  return browser.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
}

type Moment = string | number | Date;

/** Ways to write dates, times and numbers for one locale. Zones are IANA names, by default the browser's. */
export function formatsFor(locale: string) {
  const written = (options: Intl.DateTimeFormatOptions) => (moment: Moment, zone?: string) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }).format(new Date(moment));
  return {
    locale,
    /** 24 Nov 2026 */
    date: written({ dateStyle: "medium" }),
    /** 3:05 PM, or 15:05 */
    time: written({ timeStyle: "short" }),
    dateTime: written({ dateStyle: "medium", timeStyle: "short" }),
    /** Tue 24 Nov */
    day: written({ weekday: "short", day: "numeric", month: "short" }),
    weekday: written({ weekday: "long" }),
    number: (value: number, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options).format(value),
    percent: (share: number) =>
      new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share),
    list: (items: readonly string[]) => new Intl.ListFormat(locale, { type: "conjunction" }).format(items),
    /** "5 minutes ago", "in 2 hours", as seen at `now`. */
    relative: (moment: Moment, now: Moment = Date.now()) => relative(locale, moment, now),
    /** 1:05 or 1:02:05, from seconds. */
    duration: (seconds: number) => duration(seconds),
  };
}

export type Formats = ReturnType<typeof formatsFor>;

export function useFormats(): Formats {
  const language = useLanguage();
  return useMemo(() => formatsFor(localeFor(language)), [language]);
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function relative(locale: string, moment: Moment, now: Moment): string {
  const seconds = (new Date(moment).getTime() - new Date(now).getTime()) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** What a language is called, in the reader's own. */
export function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Languages that callers may be offered: those the computer speaks well, and has words for. */
export const CALLER_LANGUAGES: readonly string[] = ["en", "es", "fr", "pt", "zh", "vi", "ru", "ar", "ko", "de"];

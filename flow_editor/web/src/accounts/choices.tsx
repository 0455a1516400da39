/** Language, and light or dark: before and after signing in. */
import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES, useLanguage, useTexts } from "../texts";
import { useAccounts } from "./session";
import { accountTexts } from "./texts";

export function LanguageChoice() {
  const t = useTexts(accountTexts);
  const { setLanguage } = useAccounts();
  return (
    <SegmentedControl
      aria-label={t.language}
      value={useLanguage()}
      onChange={(value) => isLanguage(value) && setLanguage(value)}
      data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
    />
  );
}

export function SchemeChoice() {
  const t = useTexts(accountTexts);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label={t.appearance}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={[
        { value: "light", label: t.light },
        { value: "dark", label: t.dark },
        { value: "auto", label: t.auto },
      ]}
    />
  );
}

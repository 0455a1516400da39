/** The signed-in person's own page: language, appearance, signing out. */
import { Button, Input, Stack, Text } from "@mantine/core";
import { PageHeader } from "../shared/PageHeader";
import { useTexts } from "../texts";
import { LanguageChoice, SchemeChoice } from "./choices";
import { useAccounts, useSession } from "./session";
import { accountTexts } from "./texts";

export default function AccountPage() {
  const t = useTexts(accountTexts);
  const { signOut } = useAccounts();
  const { person } = useSession();
  return (
    <Stack maw={560}>
      <PageHeader title={t.account} />
      <Text>{t.signedInAs(person.name)}</Text>
      <Text c="dimmed">{person.email}</Text>
      <Input.Wrapper label={t.language} size="md">
        <div>
          <LanguageChoice />
        </div>
      </Input.Wrapper>
      <Input.Wrapper label={t.appearance} size="md">
        <div>
          <SchemeChoice />
        </div>
      </Input.Wrapper>
      <div>
        <Button variant="default" onClick={() => void signOut()}>
          {t.signOut}
        </Button>
      </div>
    </Stack>
  );
}

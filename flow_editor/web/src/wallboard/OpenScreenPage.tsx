/** Where a screen comes in: by the code of the page of screens, typed or in the link. Nobody needs to touch it again. */
import { Anchor, Button, Card, Center, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { LanguageChoice } from "../accounts/choices";
import { KEY } from "../accounts/session";
import { api, got } from "../api/client";
import { queries } from "../api/queries";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { wallboardTexts } from "./texts";

export default function OpenScreenPage({ given = "" }: { given?: string }) {
  const t = useTexts(wallboardTexts);
  const [, go] = useLocation();
  const [code, setCode] = useState(given);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const session = await got(api.POST("/api/screens/open", { body: { code } }));
      queries.setQueryData(KEY, session);
      go("/wall", { replace: true });
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={460} gap="lg" align="center">
        <Card withBorder padding="xl" radius="lg" w="100%">
          <form onSubmit={submit}>
            <Stack>
              <Title order={1}>{t.openTitle}</Title>
              <Text>{t.openHelp}</Text>
              {error !== null && <Problem error={error} />}
              <TextInput
                label={t.code}
                required
                autoFocus
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                size="xl"
                value={code}
                onChange={(event) => setCode(event.currentTarget.value)}
              />
              <Button type="submit" size="lg" loading={busy}>
                {t.openDo}
              </Button>
            </Stack>
          </form>
        </Card>
        <LanguageChoice />
        <Anchor component={Link} href="/">
          {t.toSignIn}
        </Anchor>
      </Stack>
    </Center>
  );
}

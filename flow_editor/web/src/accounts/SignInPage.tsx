/** The sign-in page: e-mail and password. One-time links sign in by themselves, on the server. */
import { Button, Card, Center, Group, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { LanguageChoice, SchemeChoice } from "./choices";
import { useAccounts } from "./session";
import { accountTexts } from "./texts";

export function SignInPage() {
  const t = useTexts(accountTexts);
  const { signIn } = useAccounts();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(email.trim(), password);
    } catch (problem) {
      setPassword("");
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={420} gap="lg">
        <Card withBorder padding="xl" radius="lg">
          <form onSubmit={submit}>
            <Stack>
              <Title order={1}>{t.welcome}</Title>
              {error !== null && <Problem error={error} />}
              <TextInput
                label={t.email}
                type="email"
                name="email"
                autoComplete="username"
                required
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <PasswordInput
                label={t.password}
                name="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              <Button type="submit" loading={busy} size="lg" mt="xs">
                {t.signIn}
              </Button>
              <Text size="sm" c="dimmed">
                {t.forgotten}
              </Text>
            </Stack>
          </form>
        </Card>
        <Group justify="center">
          <LanguageChoice />
          <SchemeChoice />
        </Group>
      </Stack>
    </Center>
  );
}

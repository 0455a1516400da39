/** Where a link leads: the first owner makes themselves known, others choose their password. */
import { Button, Card, Center, Loader, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { api, got, Refused } from "../api/client";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { LanguageChoice } from "./choices";
import { useAccounts } from "./session";
import { accountTexts } from "./texts";

export function WelcomePage({ token }: { token: string }) {
  const t = useTexts(accountTexts);
  const link = useQuery({
    queryKey: ["welcome", token],
    queryFn: () => got(api.GET("/api/welcome/{token}", { params: { path: { token } } })),
  });
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={460} gap="lg" align="center">
        {link.isPending && <Loader />}
        {link.error && (
          <>
            <Problem error={link.error} />
            <Button component={Link} href="/" variant="default">
              {t.toSignIn}
            </Button>
          </>
        )}
        {link.data && <Choose token={token} owner={link.data.purpose === "owner"} known={link.data} />}
        <LanguageChoice />
      </Stack>
    </Center>
  );
}

interface ChooseProps {
  token: string;
  owner: boolean;
  known: { name: string; email: string };
}

function Choose({ token, owner, known }: ChooseProps) {
  const t = useTexts(accountTexts);
  const { accept } = useAccounts();
  const [, go] = useLocation();
  const [name, setName] = useState(known.name);
  const [email, setEmail] = useState(known.email);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const fields = error instanceof Refused ? error.fields : {};

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await accept(token, { name: name.trim(), email: email.trim(), password });
      go(owner ? "/set-up" : "/", { replace: true });
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }

  return (
    <Card withBorder padding="xl" radius="lg" w="100%">
      <form onSubmit={submit}>
        <Stack>
          <Title order={1}>{owner ? t.welcomeOwner : t.welcomePerson(known.name)}</Title>
          <Text>{owner ? t.ownerHelp : t.passwordHelp}</Text>
          {error !== null && <Problem error={error} />}
          {owner && (
            <TextInput
              label={t.yourName}
              autoComplete="name"
              required
              value={name}
              error={fields.name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <TextInput
            label={t.email}
            type="email"
            autoComplete="username"
            required
            value={email}
            error={fields.email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t.newPassword}
            description={t.passwordRule}
            autoComplete="new-password"
            required
            value={password}
            error={fields.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" size="lg" loading={busy}>
            {t.begin}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}

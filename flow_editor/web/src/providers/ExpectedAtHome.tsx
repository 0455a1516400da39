/** At Home: the calls that are put through to providers, and a quick way to add one. */
import { Button, Stack, Text, Title } from "@mantine/core";
import { IconPhoneIncoming } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../accounts/session";
import { useTexts } from "../texts";
import { useExpecting } from "./data";
import { ExpectedCalls } from "./ExpectedCalls";
import { PutThrough } from "./PutThrough";
import { providerTexts } from "./texts";

export default function ExpectedAtHome() {
  const t = useTexts(providerTexts);
  const may = useMay("expect_calls");
  const { data } = useExpecting(may);
  const [adding, setAdding] = useState(false);
  const providers = data?.items.map((one) => one.line) ?? [];
  if (providers.length === 0) return null;
  const some = providers.some((one) => one.expected.length > 0);
  return (
    <Stack component="section" gap="sm" aria-labelledby="home-expected">
      <Title order={2} id="home-expected">
        {t.homeTitle}
      </Title>
      {some ? <ExpectedCalls providers={providers} named /> : <Text c="dimmed">{t.homeNothing}</Text>}
      <Button
        variant="light"
        w="fit-content"
        leftSection={<IconPhoneIncoming aria-hidden size={18} />}
        onClick={() => setAdding(true)}
      >
        {t.putThrough}
      </Button>
      {adding && <PutThrough providers={providers} onClose={() => setAdding(false)} />}
    </Stack>
  );
}

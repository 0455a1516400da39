/** Calls that are put through, each with a way to put it through no longer. */
import { ActionIcon, Group, Paper, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useMay } from "../accounts/session";
import { useWhen } from "../home/useWhen";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import { type Expected, expect, noLonger, type ProviderLine } from "./data";
import { again } from "./PutThrough";
import { providerTexts } from "./texts";

interface ExpectedCallsProps {
  providers: readonly ProviderLine[];
  /** Whether to say to whom. */
  named: boolean;
}

export function ExpectedCalls({ providers, named }: ExpectedCallsProps) {
  const t = useTexts(providerTexts);
  const notices = useNotices();
  const when = useWhen();
  const may = useMay("expect_calls");

  async function stop(provider: ProviderLine, call: Expected) {
    try {
      const form = await noLonger(provider.id, call.id);
      await again();
      notices.saved(t.stopped(call.who || t.anybody), () => expect(provider.id, form).then(again));
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <Stack component="ul" gap="xs" m={0} p={0} aria-label={t.expected} style={{ listStyle: "none" }}>
      {providers.flatMap((provider) =>
        provider.expected.map((call) => (
          <Paper key={call.id} component="li" withBorder radius="md" px="md" py="xs">
            <Group justify="space-between" wrap="nowrap">
              <Text style={{ overflowWrap: "anywhere" }}>
                {named && (
                  <Text span fw={600}>
                    {provider.name}:{" "}
                  </Text>
                )}
                {call.who || t.anybody},{" "}
                <Text span c="dimmed">
                  {t.untilTime(when(call.until, provider.zone))}
                </Text>
              </Text>
              {may && (
                <ActionIcon aria-label={t.stop(call.who || t.anybody)} onClick={() => void stop(provider, call)}>
                  <IconX aria-hidden size={18} />
                </ActionIcon>
              )}
            </Group>
          </Paper>
        )),
      )}
    </Stack>
  );
}

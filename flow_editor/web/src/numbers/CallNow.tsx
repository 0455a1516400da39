/** "Call it now": the calls to a number as they come, each with the form in which the provider sent the number. */
import { Alert, Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPhoneIncoming } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "../accounts/session";
import type { components } from "../api/schema";
import { useFormats, useTexts } from "../texts";
import { asJson } from "../things/calls";
import type { Line } from "./NumberFields";
import { numberTexts } from "./texts";

export function CallNow({ line }: { line: Line }) {
  const t = useTexts(numberTexts);
  const formats = useFormats();
  const { data } = useQuery({
    queryKey: ["calls", "number", line.id],
    queryFn: () => asJson<components["schemas"]["NumberCalls"]>("GET", `/api/numbers/${line.id}/calls`),
    enabled: useMay("see_calls"),
  });
  if (!data) return null;
  const early = data.items.length > 0 && (line.state === "planned" || line.state === "porting");
  return (
    <Stack component="section" gap="sm" mt="xl" aria-label={t.callNow}>
      <Title order={2}>{t.callNow}</Title>
      <Text>{t.callNowHelp}</Text>
      {early && (
        <Alert color="orange" title={t.earlyTitle}>
          {t.early}
        </Alert>
      )}
      <div aria-live="polite">
        {data.items.length === 0 && <Text c="dimmed">{t.waiting}</Text>}
        <Stack gap="xs">
          {data.items.map((call) => (
            <Paper key={call.id} withBorder p="sm">
              <Group gap="sm" wrap="nowrap" align="flex-start">
                <IconPhoneIncoming aria-hidden size={22} style={{ flexShrink: 0 }} />
                <div>
                  <Group gap="xs">
                    <Text fw={600}>
                      {t.arrived(formats.relative(call.began_at, data.now))} {call.caller && t.from(call.caller)}
                    </Text>
                    {!call.ended_at && (
                      <Badge color="teal" variant="light" tt="none">
                        {t.onTheLine}
                      </Badge>
                    )}
                    {call.test && (
                      <Badge color="orange" variant="light" tt="none">
                        {t.test}
                      </Badge>
                    )}
                  </Group>
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {t.sentAs(call.dialled)}
                  </Text>
                </div>
              </Group>
            </Paper>
          ))}
        </Stack>
      </div>
    </Stack>
  );
}

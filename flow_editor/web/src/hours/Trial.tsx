/** What callers would get at a time, by hours that are saved or not. */
import { Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "../api/client";
import { wallClock } from "../shared/moments";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import type { HoursForm } from "./form";
import { hoursTexts } from "./texts";

export function Trial({ form, zone }: { form: HoursForm; zone: string }) {
  const t = useTexts(hoursTexts);
  const formats = useFormats();
  const [at, setAt] = useState(() => wallClock(Date.now(), zone));
  const [asked] = useDebouncedValue({ calendar: form.calendar, location: form.location, zone: form.zone, at }, 200);
  const { data, error } = useQuery({
    queryKey: ["hours", "trial", asked],
    queryFn: () => got(api.POST("/api/hours/trial", { body: asked })),
    enabled: asked.at !== "",
    placeholderData: (before) => before,
  });
  return (
    <Paper withBorder radius="lg" p="md">
      <Stack gap="sm">
        <Text c="dimmed" size="sm">
          {t.trialHelp}
        </Text>
        <Group align="flex-end">
          <TextInput
            type="datetime-local"
            label={t.at}
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
          {data && !error && (
            <Text fw={600} pb={8} role="status">
              {t.state[data.state]}
              {data.reason && `: ${data.reason}`}
              {data.until &&
                ` ${t.until(`${formats.day(data.until, data.zone)}, ${formats.time(data.until, data.zone)}`)}`}
            </Text>
          )}
        </Group>
        {error && <Problem error={error} />}
      </Stack>
    </Paper>
  );
}

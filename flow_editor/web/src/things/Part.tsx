/** A part of a long form: its title, what it is for, its fields. */
import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

export function Part({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="xs" mt="md" aria-label={title}>
      <Title order={2}>{title}</Title>
      {help && (
        <Text c="dimmed" size="sm">
          {help}
        </Text>
      )}
      {children}
    </Stack>
  );
}

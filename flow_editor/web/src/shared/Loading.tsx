/** What a page looks like until its data is there. */
import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { useTexts } from "../texts";
import { sharedTexts } from "./texts";

export function Loading({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  const t = useTexts(sharedTexts);
  return (
    <Stack gap="sm" aria-busy="true" role="status">
      <VisuallyHidden>{t.loading}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike, and never moved
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** What is still there of the demo, and its going in one click. */
import { Alert, Button, Stack, Text } from "@mantine/core";
import { api, got } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { useNotices } from "../shared/notices";
import { useFormats, useTexts } from "../texts";
import { undo } from "../things/calls";
import { setUpTexts } from "./texts";

type Leftover = NonNullable<components["schemas"]["SetUpOut"]["demo"]>;

interface DemoProps {
  demo: Leftover;
  mayChange: boolean;
  onGone: () => void;
}

export function Demo({ demo, mayChange, onGone }: DemoProps) {
  const t = useTexts(setUpTexts);
  const formats = useFormats();
  const notices = useNotices();
  async function remove() {
    try {
      const { change } = await got(api.DELETE("/api/set-up/demo"));
      notices.saved(t.demoGone, change ? () => undo(change) : undefined);
      onGone();
      await queries.invalidateQueries();
    } catch (error) {
      notices.failed(error);
    }
  }
  return (
    <Alert title={t.demoTitle}>
      <Stack gap="xs" align="flex-start">
        <Text>{t.demo(demo.goes)}</Text>
        {demo.stays.length > 0 && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {t.demoStays(formats.list(demo.stays))}
          </Text>
        )}
        {mayChange && (
          <Button variant="default" size="sm" onClick={() => void remove()}>
            {t.removeDemo}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

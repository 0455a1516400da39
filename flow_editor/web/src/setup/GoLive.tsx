/** The go-live list: each item looks by itself, and says what is missing and where to put it right. */
import { Alert, Anchor, Group, List, Stack, Text } from "@mantine/core";
import type { components } from "../api/schema";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import type { StepName } from "./leaving";
import { setUpTexts } from "./texts";

type Item = components["schemas"]["SetUpOut.GoLiveItem"];

interface GoLiveProps {
  items: readonly Item[];
  go: (step: StepName) => void;
}

export function GoLive({ items, go }: GoLiveProps) {
  const t = useTexts(setUpTexts);
  const open = items.filter((item) => !item.done);
  return (
    <Stack gap="sm">
      <Alert color={open.length ? "yellow" : "green"} role="status">
        {open.length ? t.goLiveOpen(open.length) : t.goLiveDone}
      </Alert>
      <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
        {[...open, ...items.filter((item) => item.done)].map((item) => (
          <Group key={item.code} component="li" wrap="nowrap" align="flex-start" gap="sm">
            <Tag look={item.done ? "good" : "attention"} miw={104}>
              {item.done ? t.ready : t.missing}
            </Tag>
            <div style={{ overflowWrap: "anywhere" }}>
              <Text fw={item.done ? 400 : 600}>{item.text}</Text>
              {!item.done && (
                <>
                  <List size="sm" hidden={item.missing.length === 0}>
                    {item.missing.slice(0, 8).map((missing) => (
                      <List.Item key={missing}>{missing}</List.Item>
                    ))}
                  </List>
                  {item.step ? (
                    <Anchor
                      component="button"
                      type="button"
                      size="sm"
                      aria-label={`${t.fix}: ${item.text}`}
                      onClick={() => item.step && go(item.step)}
                    >
                      {t.fix}
                    </Anchor>
                  ) : (
                    <Text size="sm">{t.forEngineer}</Text>
                  )}
                </>
              )}
            </div>
          </Group>
        ))}
      </Stack>
    </Stack>
  );
}

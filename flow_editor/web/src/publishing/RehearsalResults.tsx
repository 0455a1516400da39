/** How rehearsals went: those of the flow, and of the flows that use it. Those that failed say why. */
import { List, Stack, Text, Title } from "@mantine/core";
import { useTexts } from "../texts";
import type { Preview } from "./queries";
import { Said } from "./Said";
import { publishingTexts } from "./texts";

export function RehearsalResults({ rehearsals }: { rehearsals: Preview["rehearsals"] }) {
  const t = useTexts(publishingTexts);
  return (
    <Stack gap="xs">
      <Title order={3}>{t.rehearsals}</Title>
      {rehearsals.map((of) => (
        <OfFlow key={of.flow} of={of} />
      ))}
    </Stack>
  );
}

function OfFlow({ of }: { of: Preview["rehearsals"][number] }) {
  const t = useTexts(publishingTexts);
  const failed = of.rehearsals.filter((one) => !one.passed);
  const count = of.rehearsals.length;
  const name = of.own ? undefined : t.usedBy(of.name);
  if (!count) return of.own ? <Text size="sm">{t.noRehearsals}</Text> : null;
  if (!failed.length) {
    return (
      <Said kind="good" title={name}>
        {t.allPass(count)}
      </Said>
    );
  }
  return (
    <Said kind="wrong" title={name}>
      <Stack gap="xs">
        <Text size="sm">{t.somePass(count - failed.length, count)}</Text>
        <List size="sm" spacing={6}>
          {failed.map((one) => (
            <List.Item key={one.id}>
              <Text fw={600} size="sm">
                {one.title || t.untitled}
              </Text>
              {one.why.map((why) => (
                <Text key={why} size="sm">
                  {why}
                </Text>
              ))}
              {one.before && <Text size="sm">{t.failedBefore}</Text>}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Said>
  );
}

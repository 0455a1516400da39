/** Of a version that a flow would get: what keeps it from going live, and the rehearsals that would not end as expected. */
import { List, Stack, Title } from "@mantine/core";
import { RehearsalResults } from "../publishing/RehearsalResults";
import { Said } from "../publishing/Said";
import { useTexts } from "../texts";
import type { Effect } from "./calls";
import { thingTexts } from "./texts";

export function VersionNote({ version }: { version: Effect["versions"][number] }) {
  const t = useTexts(thingTexts);
  const errors = version.problems.filter((problem) => problem.severity === "error");
  if (!errors.length && !version.failing) return null;
  return (
    <Stack gap="xs" component="section" aria-label={version.name} style={{ overflowWrap: "anywhere" }}>
      <Title order={3} size="h4">
        {version.planned ? t.planned(version.name) : version.name}
      </Title>
      {errors.length > 0 && (
        <Said kind="wrong" title={t.stuck}>
          <List size="sm">
            {errors.map((problem) => (
              <List.Item key={problem.text}>{problem.text}</List.Item>
            ))}
          </List>
        </Said>
      )}
      {version.failing > 0 && !version.blocked && <RehearsalResults rehearsals={version.rehearsals} />}
    </Stack>
  );
}

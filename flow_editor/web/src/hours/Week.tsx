/** The week, day by day, and copying a day to others. */
import { Button, Group, Menu, Paper, Stack, Text } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useTexts } from "../texts";
import { type Calendar, DAYS, type Day } from "./form";
import { Spans } from "./Spans";
import { hoursTexts } from "./texts";

interface WeekProps {
  week: NonNullable<Calendar["week"]>;
  readOnly: boolean;
  onChange: (week: NonNullable<Calendar["week"]>) => void;
}

export function Week({ week, readOnly, onChange }: WeekProps) {
  const t = useTexts(hoursTexts);
  const copy = (from: Day, to: readonly Day[]) =>
    onChange({ ...week, ...Object.fromEntries(to.map((day) => [day, week[from] ?? []])) });
  return (
    <Paper withBorder radius="lg" p="md">
      <Stack gap="md" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {DAYS.map((day) => (
          <Group key={day} component="li" align="flex-start" justify="space-between" gap="sm">
            <Text fw={600} w={110} pt={6}>
              {t.days[day]}
            </Text>
            <div style={{ flex: "1 1 300px" }}>
              <Spans
                what={t.days[day]}
                spans={week[day] ?? []}
                readOnly={readOnly}
                onChange={(spans) => onChange({ ...week, [day]: spans })}
              />
            </div>
            {!readOnly && <Copy day={day} copy={(to) => copy(day, to)} />}
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}

function Copy({ day, copy }: { day: Day; copy: (to: readonly Day[]) => void }) {
  const t = useTexts(hoursTexts);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          size="compact-md"
          leftSection={<IconCopy aria-hidden size={16} />}
          aria-label={t.copyFrom(t.days[day])}
        >
          {t.copy}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => copy(DAYS.slice(0, 5))}>{t.toWeekdays}</Menu.Item>
        <Menu.Item onClick={() => copy(DAYS)}>{t.toAll}</Menu.Item>
        <Menu.Divider />
        {DAYS.filter((other) => other !== day).map((other) => (
          <Menu.Item key={other} onClick={() => copy([other])}>
            {t.days[other]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

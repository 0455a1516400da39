/** What needs somebody, worst first, each with the page where it is put right. */
import { Alert, Anchor, Group, List, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link } from "wouter";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import { useConcerns } from "./data";
import { homeTexts } from "./texts";

export function Concerns() {
  const t = useTexts(homeTexts);
  const { data } = useConcerns();
  if (!data) return null;
  if (data.items.length === 0) {
    return (
      <Group gap="xs">
        <IconCircleCheck aria-hidden size={20} />
        <Text>{t.noConcerns}</Text>
      </Group>
    );
  }
  const errors = data.items.some((one) => one.severity === "error");
  return (
    <Alert color={errors ? "red" : "yellow"} title={t.concerns} component="section" aria-label={t.concerns}>
      <List spacing="xs" listStyleType="none" withPadding={false}>
        {data.items.map((one) => (
          <List.Item key={`${one.code} ${one.text}`}>
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <Tag look={one.severity === "error" ? "bad" : "attention"} miw={110}>
                {one.severity === "error" ? t.error : t.warning}
              </Tag>
              {one.path === "/" ? (
                <Text>{one.text}</Text>
              ) : (
                <Anchor
                  component={Link}
                  href={one.path}
                  style={{ overflowWrap: "anywhere" }}
                  c="inherit"
                  underline="always"
                >
                  {one.text}
                </Anchor>
              )}
            </Group>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

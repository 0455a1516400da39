/** Above every page that set-up has led to: the way back to its step. */
import { Button, CloseButton, Group, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, useLocation } from "wouter";
import { useTexts } from "../texts";
import { backInSetUp, useLeftAt } from "./leaving";
import classes from "./setup.module.css";
import { setUpTexts } from "./texts";

export function BackToSetUp() {
  const t = useTexts(setUpTexts);
  const [here] = useLocation();
  const step = useLeftAt();
  if (!step || here === "/set-up") return null;
  return (
    <Group component="aside" aria-label={t.title} className={classes.left} gap="sm" wrap="nowrap" px="md" py={6}>
      <Button
        component={Link}
        href={`/set-up?step=${step}`}
        size="compact-md"
        leftSection={<IconArrowLeft aria-hidden size={18} />}
      >
        {t.backToSetUp}
      </Button>
      <Text size="sm" truncate flex={1}>
        {t.leftAt(t.names[step])}
      </Text>
      <CloseButton aria-label={t.noWayBack} onClick={backInSetUp} />
    </Group>
  );
}

/** Differences in plain words; one that is at a step leads to it on the canvas. */
import { Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useTexts } from "../texts";
import classes from "./publishing.module.css";
import type { Difference } from "./queries";
import { publishingTexts } from "./texts";

const SIGNS = { added: IconPlus, changed: IconPencil, removed: IconMinus };

function sort(change: Difference["change"]): keyof typeof SIGNS {
  if (change === "node_new") return "added";
  return change === "node_gone" ? "removed" : "changed";
}

export function Differences({
  differences,
  show,
}: {
  differences: readonly Difference[];
  show?: ((step: string) => void) | undefined;
}) {
  const t = useTexts(publishingTexts);
  return (
    <Stack gap={4} component="ul" className={classes.plain}>
      {differences.map((difference, place) => {
        const kind = sort(difference.change);
        const Sign = SIGNS[kind];
        const { node } = difference;
        const line = (
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <span className={classes.sign} data-mark={kind}>
              <Sign aria-label={t.legend[kind]} size={16} />
            </span>
            <Text size="sm" className={classes.words}>
              {difference.text}
            </Text>
          </Group>
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that is only ever replaced as a whole
          <li key={place}>
            {node !== null && show ? (
              <UnstyledButton className={classes.line} onClick={() => show(node)}>
                {line}
              </UnstyledButton>
            ) : (
              <div className={classes.line}>{line}</div>
            )}
          </li>
        );
      })}
    </Stack>
  );
}

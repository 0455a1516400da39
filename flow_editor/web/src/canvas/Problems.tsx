/** What is wrong with the flow, worst first; each leads to its place. */
import { ScrollArea, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconInfoTriangle } from "@tabler/icons-react";
import { useTexts } from "../texts";
import { useCanvas, useWatched } from "./canvas";
import classes from "./canvas.module.css";
import type { Problem } from "./model/looks";
import { canvasTexts } from "./texts";

export function Problems() {
  const t = useTexts(canvasTexts);
  const { looks } = useCanvas();
  const problems = useWatched(looks.problems);
  if (!problems.length) {
    return (
      <Stack align="center" p="xl" gap="sm">
        <IconCircleCheck size={40} color="var(--connect)" aria-hidden />
        <Text>{t.noProblems}</Text>
      </Stack>
    );
  }
  return (
    <ScrollArea style={{ flex: 1, minHeight: 0 }} type="auto" viewportProps={{ tabIndex: -1 }}>
      <Stack p="xs" gap="md">
        <Group title={t.mustFix} problems={problems.filter((problem) => problem.severity === "error")} />
        <Group title={t.mayFix} problems={problems.filter((problem) => problem.severity !== "error")} />
      </Stack>
    </ScrollArea>
  );
}

function Group({ title, problems }: { title: string; problems: readonly Problem[] }) {
  const { jumpTo } = useCanvas();
  if (!problems.length) return null;
  return (
    <section aria-label={title}>
      <Text component="h3" fw={650} size="sm" px="sm" py={4}>
        {title}
      </Text>
      {problems.map((problem) => {
        const Sign = problem.severity === "error" ? IconAlertTriangle : IconInfoTriangle;
        return (
          <button
            key={`${problem.node} ${problem.code} ${problem.text}`}
            type="button"
            className={classes.problemRow}
            disabled={problem.node === null}
            onClick={() => problem.node && jumpTo(problem.node, problem.setting)}
          >
            <span className={classes.problem} data-severity={problem.severity}>
              <Sign size={20} aria-hidden />
            </span>
            <span>{problem.text}</span>
          </button>
        );
      })}
    </section>
  );
}

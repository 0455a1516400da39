/** Something said with its weight: wrong, to be looked at, good, planned. By sign and words, not by colour alone. */
import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconCalendarClock, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./publishing.module.css";

const KINDS = {
  wrong: { color: "red", Sign: IconAlertTriangle },
  look: { color: "yellow", Sign: IconAlertTriangle },
  hint: { color: "yellow", Sign: IconInfoCircle },
  good: { color: "teal", Sign: IconCircleCheck },
  plan: { color: "blue", Sign: IconCalendarClock },
  info: { color: "blue", Sign: IconInfoCircle },
};

interface Props {
  kind: keyof typeof KINDS;
  title?: string | undefined;
  /** Read out when it appears. */
  announced?: boolean;
  children?: ReactNode;
}

export function Said({ kind, title, announced = false, children }: Props) {
  const { color, Sign } = KINDS[kind];
  return (
    <Alert
      color={color}
      icon={<Sign aria-hidden />}
      title={title}
      role={announced ? "status" : "note"}
      classNames={{ title: classes.saidTitle ?? "", message: classes.words ?? "" }}
    >
      {children}
    </Alert>
  );
}

/** A word about something: read easily in light and dark, with a dot whose colour says the same once more. */
import { Badge, type BadgeProps } from "@mantine/core";
import type { ReactNode } from "react";

const COLORS = {
  good: "var(--mantine-color-green-7)",
  bad: "var(--mantine-color-red-7)",
  attention: "var(--mantine-color-yellow-7)",
  plain: "var(--mantine-color-gray-6)",
} as const;

interface TagProps extends Omit<BadgeProps, "color" | "variant" | "leftSection"> {
  look: keyof typeof COLORS;
  children: ReactNode;
}

export function Tag({ look, children, ...rest }: TagProps) {
  return (
    <Badge
      variant="default"
      size="lg"
      tt="none"
      fw={600}
      leftSection={
        <span
          aria-hidden
          style={{ display: "block", width: 10, height: 10, borderRadius: 5, background: COLORS[look] }}
        />
      }
      {...rest}
    >
      {children}
    </Badge>
  );
}

/** Calm and plain, like good clinic signage: one accent colour, plenty of space, large targets, high contrast. */
import {
  createTheme,
  defaultVariantColorsResolver,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eaf6f6",
  "#d3eaea",
  "#a5d4d4",
  "#74bebe",
  "#4cabab",
  "#2f9191",
  "#1a7f7f",
  "#0e6b6b",
  "#095858",
  "#054545",
];

export const theme = createTheme({
  colors: { accent },
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.75rem" }, h2: { fontSize: "1.25rem" }, h3: { fontSize: "1.05rem" } },
  },
  defaultRadius: "md",
  respectReducedMotion: true,
  // Tinted badges and the like say their colour by the tint: words on them are as dark, or as light, as all others.
  variantColorResolver: (input) => ({
    ...defaultVariantColorsResolver(input),
    ...(input.variant === "light" && input.color !== "accent" && { color: "var(--mantine-color-text)" }),
  }),
  focusRing: "auto",
  components: {
    Button: { defaultProps: { size: "md" } },
    ActionIcon: { defaultProps: { size: "lg", variant: "subtle" } },
    TextInput: { defaultProps: { size: "md" } },
    PasswordInput: { defaultProps: { size: "md" } },
    NumberInput: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: { size: "md" } },
    Select: { defaultProps: { size: "md" } },
    MultiSelect: { defaultProps: { size: "md" } },
    TagsInput: { defaultProps: { size: "md" } },
    Checkbox: { defaultProps: { size: "md" } },
    Switch: { defaultProps: { size: "md" } },
    Badge: { defaultProps: { tt: "none" } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
  },
});

/** Shared with public/scheme.js, which reads it before the first paint. */
export const schemes = localStorageColorSchemeManager({ key: "careline-scheme" });

/**
 * What other features put around the canvas, one line each, loaded when first needed:
 *
 *     panel("history", IconHistory, { en: "History", es: "Historial" }, () => import("../publishing/HistoryPanel")),
 *
 * A side panel is opened by a button in the header (and a command) and takes the place of the form at the right; a header
 * action draws its own button. Both find what is on the canvas by `useCanvas()`.
 */
import { type Icon, IconChecklist, IconPhoneCall, IconUpload } from "@tabler/icons-react";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { Permission } from "../accounts/session";
import type { Language } from "../texts";

type Load = () => Promise<{ default: ComponentType }>;

export interface SidePanel {
  id: string;
  icon: Icon;
  title: Record<Language, string>;
  Show: LazyExoticComponent<ComponentType>;
  /** Only those who may do this see it. */
  needs?: Permission;
  /** It is opened by a header action, and has no button of its own. */
  byAction?: true;
}

export interface HeaderAction {
  id: string;
  Show: LazyExoticComponent<ComponentType>;
  needs?: Permission;
}

export function panel(
  id: string,
  icon: Icon,
  title: Record<Language, string>,
  load: Load,
  needs?: Permission,
): SidePanel {
  return { id, icon, title, Show: lazy(load), ...(needs && { needs }) };
}

export function action(id: string, load: Load, needs?: Permission): HeaderAction {
  return { id, Show: lazy(load), ...(needs && { needs }) };
}

/** At the right of the canvas, in this order. */
export const SIDE_PANELS: readonly SidePanel[] = [
  panel(
    "test-call",
    IconPhoneCall,
    { en: "Test call", es: "Llamada de prueba" },
    () => import("../testcall/TestCallPanel"),
    "test_calls",
  ),
  panel(
    "rehearsals",
    IconChecklist,
    { en: "Rehearsals", es: "Ensayos" },
    () => import("../rehearsals/RehearsalsPanel"),
  ),
  {
    ...panel(
      "publish",
      IconUpload,
      { en: "Publish", es: "Publicar" },
      () => import("../publishing/PublishPanel"),
      "draw_flows",
    ),
    byAction: true,
  },
];

/** At the right end of the canvas's header, in this order: the most important one last. */
export const HEADER_ACTIONS: readonly HeaderAction[] = [
  action("callers", () => import("../calls/CallersButton"), "see_calls"),
  action("history", () => import("../publishing/HistoryButton")),
  action("publish", () => import("../publishing/PublishButton"), "draw_flows"),
];

/** In the header of the list of flows, beside "New flow": import, from a template. */
export const LIST_ACTIONS: readonly HeaderAction[] = [
  action("import", () => import("../publishing/ImportButton"), "draw_flows"),
];

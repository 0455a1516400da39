/** Every page: its address and where it is, one line each. Loaded when first opened. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";

export interface Page {
  path: string;
  Show: LazyExoticComponent<ComponentType>;
  /** Takes the whole window beside the navigation, without margins: the canvas. */
  wide: boolean;
}

type Load = () => Promise<{ default: ComponentType }>;

function page(path: string, load: Load, { wide = false } = {}): Page {
  return { path, Show: lazy(load), wide };
}

export const PAGES: readonly Page[] = [page("/account", () => import("./accounts/AccountPage"))];

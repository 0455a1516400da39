/** Every page: its address and where it is, one line each. Loaded when first opened. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";

export interface Page {
  path: string;
  Show: LazyExoticComponent<ComponentType>;
  load: Load;
  /** Takes the whole window beside the navigation, without margins: the canvas. */
  wide: boolean;
}

type Load = () => Promise<{ default: ComponentType }>;

function page(path: string, load: Load, { wide = false } = {}): Page {
  return { path, Show: lazy(load), load, wide };
}

// biome-ignore format: one line a page
export const PAGES: readonly Page[] = [
  page("/", () => import("./home/HomePage")),
  page("/flows", () => import("./flows/FlowsPage")),
  page("/flows/import", () => import("./publishing/ImportPage")),
  page("/flows/:id/history", () => import("./publishing/HistoryPage")),
  page("/flows/:id", () => import("./canvas/CanvasPage"), { wide: true }),
  page("/numbers", () => import("./numbers/NumbersPage")),
  page("/numbers/:id", () => import("./numbers/NumberPage")),
  page("/locations", () => import("./locations/LocationsPage")),
  page("/locations/:id", () => import("./locations/LocationPage")),
  page("/people", () => import("./people/PeoplePage")),
  page("/people/:id", () => import("./people/PersonPage")),
  page("/teams", () => import("./teams/TeamsPage")),
  page("/teams/:id", () => import("./teams/TeamPage")),
  page("/queues", () => import("./queues/QueuesPage")),
  page("/queues/:id", () => import("./queues/QueuePage")),
  page("/skills", () => import("./skills/SkillsPage")),
  page("/skills/:id", () => import("./skills/SkillPage")),
  page("/providers", () => import("./providers/ProvidersPage")),
  page("/providers/:id", () => import("./providers/ProviderPage")),
  page("/messages", () => import("./messages/MessagesPage")),
  page("/hours", () => import("./hours/HoursPage")),
  page("/hours/:id", () => import("./hours/HoursOfPage")),
  page("/on-call", () => import("./rotas/RotasPage")),
  page("/on-call/:id", () => import("./rotas/RotaPage")),
  page("/mailboxes", () => import("./mailboxes/MailboxesPage")),
  page("/mailboxes/:id", () => import("./mailboxes/MailboxPage")),
  page("/preferences", () => import("./preferences/PreferencesPage")),
  page("/set-up", () => import("./setup/SetUpPage")),
  page("/prompts", () => import("./prompts/PromptsPage")),
  page("/prompts/:id", () => import("./prompts/PromptPage")),
  page("/contacts", () => import("./contacts/ContactsPage")),
  page("/contacts/:id", () => import("./contacts/ContactPage")),
  page("/lists", () => import("./contacts/ContactsPage")),
  page("/lists/:id", () => import("./contacts/ListPage")),
  page("/lines", () => import("./lines/LinesPage")),
  page("/lines/:id", () => import("./lines/LinePage")),
  page("/my-calls", () => import("./console/ConsolePage")),
  page("/calls", () => import("./calls/CallsPage")),
  page("/calls/:id", () => import("./calls/CallPage")),
  page("/wallboard", () => import("./wallboard/WallboardPage"), { wide: true }),
  page("/screens", () => import("./wallboard/ScreensPage")),
  page("/account", () => import("./accounts/AccountPage")),
];

/** Begin to load the page at an address, while it is still being asked who is signed in. */
export function preload(address: string): void {
  const parts = address.split("/");
  const at = PAGES.find(({ path }) => {
    const wanted = path.split("/");
    return (
      wanted.length === parts.length && wanted.every((part, place) => part.startsWith(":") || part === parts[place])
    );
  });
  void at?.load();
}

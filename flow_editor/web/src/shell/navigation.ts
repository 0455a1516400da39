/** The places of the application, in staff's words. One is shown once a page is there for it (routes.tsx). */
import {
  type Icon,
  IconAddressBook,
  IconAdjustments,
  IconBuilding,
  IconCalendarUser,
  IconChecklist,
  IconClock,
  IconDeviceDesktopAnalytics,
  IconHeadset,
  IconHome,
  IconMail,
  IconMessages,
  IconMicrophone,
  IconNumbers,
  IconPhoneCall,
  IconRoute,
  IconServer,
  IconStars,
  IconStethoscope,
  IconUser,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { shellTexts } from "./texts";

export interface Place {
  path: string;
  text: keyof (typeof shellTexts)["en"];
  icon: Icon;
}

export const PLACES: readonly Place[] = [
  { path: "/", text: "home", icon: IconHome },
  { path: "/flows", text: "flows", icon: IconRoute },
  { path: "/my-calls", text: "myCalls", icon: IconHeadset },
  { path: "/calls", text: "calls", icon: IconPhoneCall },
  { path: "/wallboard", text: "wallboard", icon: IconDeviceDesktopAnalytics },
  { path: "/messages", text: "messages", icon: IconMessages },
];

export const SET_UP: readonly Place[] = [
  { path: "/numbers", text: "numbers", icon: IconNumbers },
  { path: "/locations", text: "locations", icon: IconBuilding },
  { path: "/hours", text: "hours", icon: IconClock },
  { path: "/people", text: "people", icon: IconUser },
  { path: "/teams", text: "teams", icon: IconUsers },
  { path: "/queues", text: "queues", icon: IconUsersGroup },
  { path: "/skills", text: "skills", icon: IconStars },
  { path: "/providers", text: "providers", icon: IconStethoscope },
  { path: "/on-call", text: "onCall", icon: IconCalendarUser },
  { path: "/contacts", text: "contacts", icon: IconAddressBook },
  { path: "/prompts", text: "prompts", icon: IconMicrophone },
  { path: "/mailboxes", text: "mailboxes", icon: IconMail },
  { path: "/lines", text: "lines", icon: IconServer },
  { path: "/preferences", text: "preferences", icon: IconAdjustments },
  { path: "/set-up", text: "setUpClinic", icon: IconChecklist },
];

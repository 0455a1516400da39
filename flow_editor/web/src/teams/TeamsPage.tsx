/** All teams. */
import { IconUsers } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { useFormats, useTexts } from "../texts";
import { TEAMS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { teamTexts } from "./texts";

type Line = components["schemas"]["TeamsList.TeamLine"];

export default function TeamsPage() {
  const t = useTexts(teamTexts);
  const formats = useFormats();
  return (
    <ThingList<Line>
      kind={TEAMS}
      title={t.title}
      description={t.description}
      icon={IconUsers}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      searched={(line) => line.members.join(" ")}
      columns={[
        { key: "name", title: t.title, show: (line) => line.name },
        { key: "members", title: t.members, show: (line) => formats.list(line.members) || t.noMembers },
      ]}
    />
  );
}

/** All skills, and who has them. */
import { IconStars } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { useFormats, useTexts } from "../texts";
import { SKILLS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { skillTexts } from "./texts";

type Line = components["schemas"]["SkillsList.SkillLine"];

export default function SkillsPage() {
  const t = useTexts(skillTexts);
  const formats = useFormats();
  return (
    <ThingList<Line>
      kind={SKILLS}
      title={t.title}
      description={t.description}
      icon={IconStars}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      searched={(line) => line.people.map((one) => one.name).join(" ")}
      columns={[
        { key: "name", title: t.title, show: (line) => line.name },
        {
          key: "people",
          title: t.people,
          show: (line) => formats.list(line.people.map((one) => t.had(one.name, one.level))) || t.nobody,
        },
      ]}
    />
  );
}

/** All on-call rotas: who is on call now, and whether there are gaps. */
import { Text } from "@mantine/core";
import { IconCalendarUser } from "@tabler/icons-react";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import { ROTAS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import type { RotaLine } from "./form";
import { rotaTexts } from "./texts";

export default function RotasPage() {
  const t = useTexts(rotaTexts);
  return (
    <ThingList<RotaLine>
      kind={ROTAS}
      title={t.title}
      description={t.description}
      icon={IconCalendarUser}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      searched={(line) => line.now.flat().join(" ")}
      columns={[
        { key: "name", title: t.name, show: (line) => line.name },
        {
          key: "now",
          title: t.now,
          show: (line) =>
            line.now.length ? line.now.map((step) => step.join(", ")).join(` · ${t.thenStep("")}`) : t.nobody,
        },
        {
          key: "gaps",
          title: t.gaps,
          show: (line) =>
            line.gaps ? <Tag look="bad">{t.gapCount(line.gaps)}</Tag> : <Text size="sm">{t.noGaps}</Text>,
        },
      ]}
    />
  );
}

/** All opening hours, and what they say now. */
import { IconClock } from "@tabler/icons-react";
import { useWhen } from "../home/useWhen";
import { useTexts } from "../texts";
import { HOURS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import type { HoursLine } from "./form";
import { hoursTexts } from "./texts";

export default function HoursPage() {
  const t = useTexts(hoursTexts);
  const when = useWhen();
  return (
    <ThingList<HoursLine>
      kind={HOURS}
      title={t.title}
      description={t.description}
      icon={IconClock}
      make={t.make}
      empty={{ title: t.emptyTitle, words: t.empty }}
      columns={[
        { key: "name", title: t.name, show: (line) => line.name },
        {
          key: "now",
          title: t.now,
          show: (line) =>
            [t.state[line.state], line.reason && `(${line.reason})`, line.until && t.until(when(line.until, line.zone))]
              .filter(Boolean)
              .join(" "),
        },
        { key: "zone", title: t.zone, show: (line) => line.zone },
      ]}
    />
  );
}

/** All locations. */
import { Text } from "@mantine/core";
import { IconBuilding } from "@tabler/icons-react";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { LOCATIONS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { locationTexts } from "./texts";

type Line = components["schemas"]["LocationsList.LocationLine"];

export default function LocationsPage() {
  const t = useTexts(locationTexts);
  return (
    <ThingList<Line>
      kind={LOCATIONS}
      title={t.title}
      description={t.description}
      icon={IconBuilding}
      make={t.make}
      located={false}
      empty={{ title: t.emptyTitle, words: t.empty }}
      searched={(line) => `${line.address} ${line.number} ${line.zone}`}
      columns={[
        { key: "name", title: t.title, show: (line) => line.name },
        {
          key: "address",
          title: t.address,
          show: (line) =>
            line.address || (
              <Text c="orange.9" span>
                {t.noAddress}
              </Text>
            ),
        },
        { key: "number", title: t.number, show: (line) => line.number },
        { key: "zone", title: t.zone, show: (line) => line.zone.replaceAll("_", " ") },
      ]}
    />
  );
}

/** Public holidays: of which country and region, and which of them the clinic takes, with the days of this year and the next. */
import { Checkbox, Group, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, got } from "../api/client";
import { useFormats, useTexts } from "../texts";
import type { Calendar } from "./form";
import { hoursTexts } from "./texts";

type Taken = Calendar["holidays"];

interface HolidaysProps {
  holidays: Taken;
  readOnly: boolean;
  onChange: (holidays: Taken) => void;
}

export function Holidays({ holidays, readOnly, onChange }: HolidaysProps) {
  const t = useTexts(hoursTexts);
  const { locale } = useFormats();
  const countries = useQuery({
    queryKey: ["holidays", "countries", locale],
    queryFn: () => got(api.GET("/api/holidays")),
    staleTime: Number.POSITIVE_INFINITY,
  }).data?.items;
  const regions = countries?.find((one) => one.code === holidays?.country)?.regions ?? [];
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <Select
          label={t.country}
          searchable
          disabled={readOnly}
          data={[
            { value: "", label: t.noHolidays },
            ...(countries ?? []).map((one) => ({ value: one.code, label: one.name })),
          ]}
          value={countries ? (holidays?.country ?? "") : null}
          allowDeselect={false}
          onChange={(country) => onChange(country ? { country, region: null, taken: [] } : null)}
        />
        {holidays && regions.length > 0 && (
          <Select
            label={t.region}
            searchable
            disabled={readOnly}
            data={[
              { value: "", label: t.wholeCountry },
              ...regions.map((one) => ({ value: one.code, label: one.name })),
            ]}
            value={holidays.region ?? ""}
            allowDeselect={false}
            onChange={(region) => onChange({ ...holidays, region: region || null })}
          />
        )}
      </Group>
      {holidays && <Choice holidays={holidays} readOnly={readOnly} onChange={onChange} />}
    </Stack>
  );
}

function Choice({ holidays, readOnly, onChange }: HolidaysProps & { holidays: NonNullable<Taken> }) {
  const t = useTexts(hoursTexts);
  const formats = useFormats();
  const { data } = useQuery({
    queryKey: ["holidays", holidays.country, holidays.region],
    queryFn: () =>
      got(
        api.GET("/api/holidays/{country}", {
          params: { path: { country: holidays.country }, query: { region: holidays.region ?? "" } as never },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const taken = holidays.taken;
  const all = data?.items.map((one) => one.name) ?? [];
  return (
    <Stack gap="sm">
      <Checkbox
        label={t.takeAll}
        checked={taken === null}
        disabled={readOnly}
        onChange={({ currentTarget }) => onChange({ ...holidays, taken: currentTarget.checked ? null : all })}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs">
        {data?.items.map((one) => (
          <Checkbox
            key={one.name}
            label={one.name}
            description={one.days.map((day) => formats.date(`${day}T12:00:00Z`, "UTC")).join(" · ")}
            checked={taken === null || taken.includes(one.name)}
            disabled={readOnly || taken === null}
            onChange={({ currentTarget }) =>
              onChange({
                ...holidays,
                taken: currentTarget.checked
                  ? [...(taken ?? []), one.name]
                  : (taken ?? []).filter((name) => name !== one.name),
              })
            }
          />
        ))}
      </SimpleGrid>
      {data?.items.length === 0 && <Text c="dimmed">{t.noHolidays}</Text>}
    </Stack>
  );
}

/** The zone of something that belongs to no location. */
import { Select, Text } from "@mantine/core";
import { usePreferences } from "../preferences/data";
import { useTexts } from "../texts";
import { hoursTexts } from "./texts";

interface ZoneFieldProps {
  value: string | null;
  error?: string | undefined;
  disabled: boolean;
  onChange: (zone: string | null) => void;
}

export function ZoneField({ value, error, disabled, onChange }: ZoneFieldProps) {
  const t = useTexts(hoursTexts);
  const zones = usePreferences().data?.zones ?? (value ? [value] : []);
  return (
    <Select
      label={t.zone}
      description={t.zoneHelp}
      searchable
      clearable
      limit={50}
      data={zones}
      value={value}
      error={error}
      disabled={disabled}
      onChange={onChange}
    />
  );
}

interface Zoned {
  location: string | null;
  zone: string | null;
}

/** Whose times are meant: the thing's own zone, its location's, or the organisation's. */
export function useZoneOf() {
  const organisation = usePreferences().data?.form.zone ?? "UTC";
  return ({ form, line }: { form: Zoned; line: { zone: string } | undefined }) =>
    form.zone ?? line?.zone ?? organisation;
}

interface OwnZoneProps {
  filling: {
    form: Zoned;
    set: (some: Partial<Zoned>) => void;
    errors: Readonly<Record<string, string>>;
    readOnly: boolean;
  };
  zone: string;
}

/** A zone of its own for what belongs to no location, and in words whose times are meant. */
export function OwnZone({ filling: { form, set, errors, readOnly }, zone }: OwnZoneProps) {
  const t = useTexts(hoursTexts);
  return (
    <>
      {form.location === null && (
        <ZoneField
          value={form.zone}
          error={errors.zone}
          disabled={readOnly}
          onChange={(chosen) => set({ zone: chosen })}
        />
      )}
      <Text c="dimmed">{t.zoneOf(zone)}</Text>
    </>
  );
}

/** The zone of something that belongs to no location. */
import { Select } from "@mantine/core";
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

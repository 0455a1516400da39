/** Lengths of time as staff say them: minutes for waits, seconds for ringing; kept in seconds. */
import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useTexts } from "../texts";
import { queueTexts } from "./texts";

interface TimeProps extends Omit<NumberInputProps, "value" | "onChange" | "min" | "max"> {
  /** In seconds. */
  value: number;
  min: number;
  max: number;
  onChange: (seconds: number) => void;
  /** What the empty field means, where 0 is that. */
  never?: string;
}

export function Minutes({ value, min, max, onChange, never, ...rest }: TimeProps) {
  const t = useTexts(queueTexts);
  return (
    <NumberInput
      {...rest}
      min={never ? 0 : min / 60}
      max={max / 60}
      step={1}
      decimalScale={1}
      suffix={` ${t.min}`}
      placeholder={never}
      value={never && value === 0 ? "" : value / 60}
      onChange={(minutes) => {
        if (typeof minutes === "number") onChange(minutes === 0 && never ? 0 : Math.max(min, Math.round(minutes * 60)));
        else if (never) onChange(0);
      }}
    />
  );
}

export function Seconds({ value, min, max, onChange, never, ...rest }: TimeProps) {
  const t = useTexts(queueTexts);
  return (
    <NumberInput
      {...rest}
      min={min}
      max={max}
      step={5}
      allowDecimal={false}
      clampBehavior="blur"
      suffix={` ${t.s}`}
      placeholder={never}
      value={never && value === 0 ? "" : value}
      onChange={(seconds) => {
        if (typeof seconds === "number") onChange(seconds);
        else if (never) onChange(0);
      }}
    />
  );
}

interface CountProps extends Omit<NumberInputProps, "value" | "onChange"> {
  value: number;
  onChange: (count: number) => void;
  /** What the empty field means, where 0 is that. */
  never?: string;
}

export function Count({ value, onChange, never, ...rest }: CountProps) {
  return (
    <NumberInput
      {...rest}
      allowDecimal={false}
      allowNegative={false}
      placeholder={never}
      value={never && value === 0 ? "" : value}
      onChange={(count) => {
        if (typeof count === "number") onChange(count);
        else if (never) onChange(0);
      }}
    />
  );
}

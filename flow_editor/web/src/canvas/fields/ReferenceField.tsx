/** Chooses something that the clinic has (hours, a team, a prompt ...) by its name, or makes a new one by typing its name. */
import { MultiSelect, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got, type Schema } from "../../api/client";
import { queries } from "../../api/queries";
import { useNotices } from "../../shared/notices";
import { useTexts } from "../../texts";
import { useKinds } from "../kinds";
import { canvasTexts } from "../texts";

export interface Ref {
  id: string;
  name: string;
}

interface Known {
  label: string | undefined;
  description?: string | undefined;
  error?: string | undefined;
  disabled?: boolean;
  noun: string;
}

const NEW = "new:";
const NAMED = "named:";

export function refOf(value: unknown): Ref | null {
  const { id, name } = (value ?? {}) as Partial<Ref>;
  const found = { id: typeof id === "string" ? id : "", name: typeof name === "string" ? name : "" };
  return found.id || found.name ? found : null;
}

/** What is shown as chosen: by id, or, for what was drawn before it existed, by name. */
function optionFor(ref: Ref): string {
  return ref.id || NAMED + ref.name;
}

function useChoices(noun: string, chosen: readonly Ref[], typed: string) {
  const t = useTexts(canvasTexts);
  const { nouns } = useKinds();
  const query = useQuery({
    queryKey: ["references", noun],
    queryFn: () => got(api.GET("/api/references/{noun}", { params: { path: { noun } } })),
    staleTime: 5000,
  });
  const items: Schema<"References">["items"] = query.data?.items ?? [];
  const data = items.map(({ id, name }) => ({ value: id, label: name }));
  for (const ref of chosen) {
    if (!items.some(({ id }) => id === ref.id)) data.push({ value: optionFor(ref), label: ref.name || ref.id });
  }
  const name = typed.trim();
  const taken = data.some(({ label }) => label.toLowerCase() === name.toLowerCase());
  if (name && !taken && query.data?.may_make) {
    data.push({ value: NEW + name, label: t.createNew(nouns[noun] ?? noun, name) });
  }
  return { data, items, again: () => void query.refetch() };
}

/** Makes a new one of what was typed. */
function useMake(noun: string) {
  const t = useTexts(canvasTexts);
  const notices = useNotices();
  return async (name: string): Promise<Ref | null> => {
    try {
      const made = await got(
        api.POST("/api/references/{noun}", { params: { path: { noun } }, body: { name, location: null } }),
      );
      await queries.invalidateQueries({ queryKey: ["references", noun] });
      notices.saved(t.created(made.name));
      return { id: made.id, name: made.name };
    } catch (error) {
      notices.failed(error);
      return null;
    }
  };
}

interface OneProps extends Known {
  value: unknown;
  onChange: (value: Ref | undefined) => void;
}

export function ReferenceField({ noun, value, onChange, ...known }: OneProps) {
  const t = useTexts(canvasTexts);
  const [typed, setTyped] = useState("");
  const chosen = refOf(value);
  const { data, items, again } = useChoices(noun, chosen ? [chosen] : [], typed === chosen?.name ? "" : typed);
  const make = useMake(noun);

  async function choose(option: string | null) {
    if (option === null) onChange(undefined);
    else if (option.startsWith(NEW)) {
      const made = await make(option.slice(NEW.length));
      if (made) onChange(made);
    } else {
      const found = items.find(({ id }) => id === option);
      if (found) onChange({ id: found.id, name: found.name });
    }
  }

  return (
    <Select
      {...known}
      data={data}
      value={chosen && optionFor(chosen)}
      onChange={(option) => void choose(option)}
      onSearchChange={setTyped}
      onDropdownOpen={again}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t.removeItem }}
      placeholder={t.nothingChosen}
      nothingFoundMessage={t.nothingFound}
      limit={200}
    />
  );
}

interface SeveralProps extends Known {
  most?: number | undefined;
  value: unknown;
  onChange: (value: Ref[]) => void;
}

export function ReferencesField({ noun, most, value, onChange, ...known }: SeveralProps) {
  const t = useTexts(canvasTexts);
  const [typed, setTyped] = useState("");
  const chosen = (Array.isArray(value) ? value : []).flatMap((one) => refOf(one) ?? []);
  const { data, items, again } = useChoices(noun, chosen, typed);
  const make = useMake(noun);

  async function choose(options: string[]) {
    const refs: Ref[] = [];
    for (const option of options) {
      const before = chosen.find((ref) => optionFor(ref) === option);
      const found = items.find(({ id }) => id === option);
      if (before) refs.push(before);
      else if (found) refs.push({ id: found.id, name: found.name });
      else if (option.startsWith(NEW)) {
        const made = await make(option.slice(NEW.length));
        if (made) refs.push(made);
      }
    }
    onChange(refs);
  }

  return (
    <MultiSelect
      {...known}
      data={data}
      value={chosen.map(optionFor)}
      onChange={(options) => void choose(options)}
      searchValue={typed}
      onSearchChange={setTyped}
      onDropdownOpen={again}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t.removeItem }}
      {...(chosen.length === 0 && { placeholder: t.nothingChosen })}
      nothingFoundMessage={t.nothingFound}
      {...(most !== undefined && { maxValues: most })}
      limit={200}
    />
  );
}

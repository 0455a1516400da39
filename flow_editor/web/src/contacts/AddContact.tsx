/** Find one of many contacts by name or number. */
import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { useThings } from "../things/calls";
import { CONTACTS } from "../things/kinds";
import { thingTexts } from "../things/texts";
import { contactTexts } from "./texts";

type Contact = components["schemas"]["ContactsList.ContactLine"];

export interface AddContactProps {
  but: readonly string[];
  onChoose: (id: string, name: string) => void;
}

export function AddContact({ but, onChoose }: AddContactProps) {
  const t = useTexts(contactTexts);
  const shared = useTexts(thingTexts);
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const { data } = useThings<Contact>(CONTACTS, search);
  const found = (data?.items ?? []).filter((contact) => !but.includes(contact.id));
  return (
    <Select
      key={but.length}
      aria-label={t.addContact}
      placeholder={t.addContact}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      data={found.map((one) => ({ value: one.id, label: [one.name, ...one.numbers].join(" · ") }))}
      value={null}
      onChange={(id) => {
        const chosen = found.find((one) => one.id === id);
        if (chosen) onChoose(chosen.id, chosen.name);
      }}
      nothingFoundMessage={shared.nothing}
      style={{ flex: 1 }}
      miw={200}
    />
  );
}

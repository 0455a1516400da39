/** Who is called: people of the clinic and numbers outside, in an order of one's own. */
import { Button, Group, Paper, Stack, TextInput } from "@mantine/core";
import { IconPhonePlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { Ordered, ReferenceField } from "../things/fields";
import { type Member, memberKey, person } from "./form";
import { rotaTexts } from "./texts";

interface MembersProps {
  members: readonly Member[];
  readOnly: boolean;
  onChange: (members: Member[]) => void;
}

/** What somebody is called now. */
export function useMemberName(): (member: Member) => string {
  const people = useReferences("person").data?.items ?? [];
  return (member) =>
    (member.person && people.find((one) => one.id === member.person)?.name) || member.name || member.number || "";
}

export function Members({ members, readOnly, onChange }: MembersProps) {
  const t = useTexts(rotaTexts);
  const name = useMemberName();
  const people = useReferences("person").data?.items ?? [];
  const [outside, setOutside] = useState<{ name: string; number: string } | null>(null);
  return (
    <Stack gap="xs">
      <Ordered
        label={t.members}
        items={members}
        keyOf={memberKey}
        nameOf={name}
        readOnly={readOnly}
        onChange={onChange}
      />
      {!readOnly && (
        <Group gap="xs">
          <ReferenceField
            key={members.map(memberKey).join(" ")}
            noun="person"
            aria-label={t.addPerson}
            placeholder={t.addPerson}
            value={null}
            but={members.flatMap((member) => member.person ?? [])}
            onChange={(id) => {
              if (id) onChange([...members, person(id, people.find((one) => one.id === id)?.name ?? "")]);
            }}
          />
          {!outside && (
            <Button
              variant="subtle"
              size="compact-md"
              leftSection={<IconPhonePlus aria-hidden size={16} />}
              onClick={() => setOutside({ name: "", number: "" })}
            >
              {t.addNumber}
            </Button>
          )}
        </Group>
      )}
      {outside && (
        <Paper withBorder p="sm" radius="md">
          <Group align="flex-end" gap="xs">
            <TextInput
              label={t.numberName}
              maxLength={200}
              value={outside.name}
              onChange={(event) => setOutside({ ...outside, name: event.currentTarget.value })}
            />
            <TextInput
              type="tel"
              label={t.number}
              maxLength={40}
              value={outside.number}
              onChange={(event) => setOutside({ ...outside, number: event.currentTarget.value })}
            />
            <Button
              size="sm"
              disabled={!outside.number.trim()}
              onClick={() => {
                onChange([...members, { person: null, number: outside.number.trim(), name: outside.name.trim() }]);
                setOutside(null);
              }}
            >
              {t.add}
            </Button>
            <Button size="sm" variant="default" onClick={() => setOutside(null)}>
              {t.cancel}
            </Button>
          </Group>
        </Paper>
      )}
    </Stack>
  );
}

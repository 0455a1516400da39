/** Who answers: teams in order, each always, or only while callers would wait too long. */
import { Group, Input, Select, Stack, Text } from "@mantine/core";
import { useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { Ordered, ReferenceField } from "../things/fields";
import { type AnsweringTeam, HELPS_AFTER, LEAVES_BELOW } from "./form";
import { queueTexts } from "./texts";
import { Minutes } from "./times";

interface TeamsProps {
  teams: readonly AnsweringTeam[];
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  onChange: (teams: AnsweringTeam[]) => void;
}

export function Teams({ teams, errors, readOnly, onChange }: TeamsProps) {
  const t = useTexts(queueTexts);
  const known = useReferences("team").data?.items ?? [];
  const name = (one: AnsweringTeam) => known.find((team) => team.id === one.team)?.name ?? t.gone;
  const change = (place: number, some: Partial<AnsweringTeam>) =>
    onChange(teams.map((one, here) => (here === place ? { ...one, ...some } : one)));
  const nobodyAlways = teams.length > 0 && teams.every((one) => one.joins_after !== null);
  return (
    <Input.Wrapper error={errors.teams ?? (nobodyAlways ? t.nobodyAlways : undefined)}>
      <Stack gap="sm">
        {teams.length === 0 && <Text c="dimmed">{t.noTeams}</Text>}
        <Ordered
          label={t.teams}
          items={teams}
          keyOf={(one) => one.team}
          nameOf={name}
          readOnly={readOnly}
          onChange={onChange}
          show={(one, place) => (
            <Stack gap={6}>
              <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                {name(one)}
              </Text>
              <Group gap="xs" align="flex-end">
                <Select
                  aria-label={t.answersWhen(name(one))}
                  allowDeselect={false}
                  data={[
                    { value: "always", label: t.always },
                    { value: "helps", label: t.helps },
                  ]}
                  value={one.joins_after === null ? "always" : "helps"}
                  disabled={readOnly}
                  w={260}
                  onChange={(when) =>
                    change(
                      place,
                      when === "helps"
                        ? { joins_after: HELPS_AFTER, leaves_below: LEAVES_BELOW }
                        : { joins_after: null, leaves_below: null },
                    )
                  }
                />
                {one.joins_after !== null && (
                  <>
                    <Minutes
                      label={t.joinsAfter}
                      w={150}
                      value={one.joins_after}
                      min={1}
                      max={14400}
                      disabled={readOnly}
                      error={errors[`teams.${place}`]}
                      onChange={(joins_after) => change(place, { joins_after })}
                    />
                    <Minutes
                      label={t.leavesBelow}
                      w={150}
                      value={one.leaves_below ?? one.joins_after / 2}
                      min={0}
                      max={14400}
                      disabled={readOnly}
                      onChange={(leaves_below) => change(place, { leaves_below })}
                    />
                  </>
                )}
              </Group>
            </Stack>
          )}
        />
        {!readOnly && (
          <ReferenceField
            key={teams.map((one) => one.team).join(" ")}
            noun="team"
            aria-label={t.addTeam}
            placeholder={t.addTeam}
            value={null}
            but={teams.map((one) => one.team)}
            onChange={(team) => team && onChange([...teams, { team, joins_after: null, leaves_below: null }])}
          />
        )}
      </Stack>
    </Input.Wrapper>
  );
}

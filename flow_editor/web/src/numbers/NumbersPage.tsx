/** All numbers, the default line, and calls to numbers that nobody answers. */
import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconNumbers, IconPhoneOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { useMay } from "../accounts/session";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { useNotices } from "../shared/notices";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { asJson, type Done, undo } from "../things/calls";
import { ReferenceField } from "../things/fields";
import { NUMBERS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { numberTexts } from "./texts";

type Line = components["schemas"]["NumbersList.NumberLine"];

const LOOKS: Record<Line["state"], "good" | "attention" | "plain"> = {
  planned: "plain",
  porting: "attention",
  testing: "attention",
  live: "good",
  retired: "plain",
};

export default function NumbersPage() {
  const t = useTexts(numberTexts);
  return (
    <Stack gap="xl">
      <div>
        <ThingList<Line>
          kind={NUMBERS}
          title={t.title}
          description={t.description}
          icon={IconNumbers}
          make={t.make}
          empty={{ title: t.emptyTitle, words: t.empty }}
          searched={(line) => `${line.number} ${line.flow}`}
          above={<Unanswered />}
          columns={[
            { key: "number", title: t.number, show: (line) => line.number },
            { key: "label", title: t.label, show: (line) => line.label },
            {
              key: "state",
              title: t.state,
              show: (line) => (
                <Tag look={LOOKS[line.state]} miw="max-content">
                  {t.states[line.state]}
                </Tag>
              ),
            },
            {
              key: "flow",
              title: t.flow,
              show: (line) => (line.flow === "" ? t.noFlow : line.answers ? line.flow : t.notLive(line.flow)),
            },
          ]}
        />
      </div>
      <DefaultLine />
    </Stack>
  );
}

function Unanswered() {
  const t = useTexts(numberTexts);
  const formats = useFormats();
  const may = useMay("change_setup");
  const { data } = useQuery({
    queryKey: ["calls", "unanswered"],
    queryFn: () => asJson<components["schemas"]["UnansweredNumbers"]>("GET", "/api/numbers/unanswered"),
    enabled: useMay("see_calls"),
  });
  if (!data?.items.length) return null;
  return (
    <Alert color="orange" icon={<IconPhoneOff aria-hidden />} title={t.unanswered} mb="lg">
      <Stack gap="sm">
        <Text size="sm">{t.unansweredHelp}</Text>
        <List spacing="xs" listStyleType="none">
          {data.items.map((one) => (
            <List.Item key={`${one.dialled} ${one.known}`}>
              <Group gap="sm">
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {one.shown}
                </Text>
                <Text size="sm">{t.calls(one.calls, formats.relative(one.last_at))}</Text>
                {may && (one.known || one.number) && (
                  <Button
                    component={Link}
                    size="compact-md"
                    variant="default"
                    href={one.known ? `/numbers/${one.known}` : `/numbers/new?number=${encodeURIComponent(one.shown)}`}
                  >
                    {one.known ? t.giveFlow : t.addIt}
                  </Button>
                )}
              </Group>
            </List.Item>
          ))}
        </List>
      </Stack>
    </Alert>
  );
}

function DefaultLine() {
  const t = useTexts(numberTexts);
  const notices = useNotices();
  const may = useMay("change_setup");
  const { data } = useQuery({
    queryKey: ["preferences", "default line"],
    queryFn: () => asJson<{ flow: string | null }>("GET", "/api/default-line"),
  });
  if (!data) return null;

  async function choose(flow: string | null) {
    try {
      const done = await asJson<Done>("PUT", "/api/default-line", { flow });
      await queries.invalidateQueries({ queryKey: ["preferences"] });
      if (done.change) notices.saved(undefined, () => undo(done.change));
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <ReferenceField
      noun="flow"
      label={t.defaultLine}
      description={t.defaultHelp}
      placeholder={t.noDefault}
      clearable
      maw={480}
      disabled={!may}
      value={data.flow}
      onChange={(flow) => void choose(flow)}
    />
  );
}

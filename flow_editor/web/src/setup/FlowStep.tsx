/** What callers hear: from a template to a flow, which numbers it answers, and on to the canvas to publish it. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { useMay } from "../accounts/session";
import { api, got } from "../api/client";
import { queries } from "../api/queries";
import type { Form, Line } from "../numbers/NumberFields";
import { BringIn } from "../publishing/BringIn";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import { asJson, type Done, type One, undo, useThings } from "../things/calls";
import { ReferenceField } from "../things/fields";
import { NUMBERS } from "../things/kinds";
import { leaveSetUp } from "./leaving";
import { setUpTexts } from "./texts";

export function FlowStep() {
  const t = useTexts(setUpTexts);
  const [, go] = useLocation();
  const may = useMay("draw_flows");
  const list = useQuery({ queryKey: ["flows"], queryFn: () => got(api.GET("/api/flows")) });
  const [more, setMore] = useState(false);

  function draw(flow: string) {
    leaveSetUp("flow");
    go(`/flows/${flow}`);
  }

  if (list.error && !list.data) return <Problem error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Loading rows={3} />;
  const flows = list.data.items;
  if (may && (flows.length === 0 || more)) {
    return (
      <Stack>
        <BringIn
          onMade={() => {
            setMore(false);
            void queries.invalidateQueries();
          }}
        />
        {more && (
          <Group>
            <Button variant="default" onClick={() => setMore(false)}>
              {t.noMore}
            </Button>
          </Group>
        )}
      </Stack>
    );
  }
  return (
    <Stack>
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label={t.names.flow}>
        {flows.map((flow) => (
          <Paper key={flow.id} component="li" withBorder radius="md" p="md">
            <Group justify="space-between" gap="sm">
              <Stack gap={4} miw={0} align="flex-start">
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {flow.name}
                </Text>
                <Tag look={flow.live ? "good" : "attention"} miw="max-content">
                  {flow.live ? (flow.changed ? t.liveAndChanged : t.live) : t.notLive}
                </Tag>
              </Stack>
              <Button
                variant={flow.live ? "default" : "filled"}
                leftSection={<IconPencil aria-hidden size={18} />}
                onClick={() => draw(flow.id)}
                aria-label={`${flow.live ? t.draw : t.drawAndPublish}: ${flow.name}`}
              >
                {flow.live ? t.draw : t.drawAndPublish}
              </Button>
            </Group>
          </Paper>
        ))}
      </Stack>
      {may && (
        <Group>
          <Button variant="default" leftSection={<IconPlus aria-hidden size={18} />} onClick={() => setMore(true)}>
            {t.add.flow}
          </Button>
        </Group>
      )}
      <WithoutFlow />
    </Stack>
  );
}

/** Numbers that no flow answers yet: each is given one here. */
function WithoutFlow() {
  const t = useTexts(setUpTexts);
  const notices = useNotices();
  const { data } = useThings<Line>(NUMBERS);
  const without = data?.items.filter((line) => line.flow === "" && line.state !== "retired" && line.may_change) ?? [];
  if (without.length === 0) return null;

  async function give(line: Line, flow: string) {
    const path = `/api/${NUMBERS.path}/${line.id}`;
    try {
      const { form, revision } = await asJson<One<Form, Line>>("GET", path);
      const done = await asJson<Done>("PUT", path, { revision, form: { ...form, flow } });
      await queries.invalidateQueries();
      notices.saved(undefined, done.change ? () => undo(done.change) : undefined);
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <Stack component="section" gap="xs" aria-labelledby="set-up-without">
      <Title order={3} id="set-up-without">
        {t.withoutFlow}
      </Title>
      {without.map((line) => (
        <ReferenceField
          key={line.id}
          noun="flow"
          label={line.label ? `${line.label}, ${line.number}` : line.number}
          placeholder={t.chooseFlow}
          maw={480}
          value={null}
          onChange={(flow) => flow && void give(line, flow)}
        />
      ))}
    </Stack>
  );
}

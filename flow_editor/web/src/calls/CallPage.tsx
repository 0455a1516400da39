/** One call: what happened step by step, in words, and the way that it took on the version that it walked. */
import { ActionIcon, Anchor, Badge, Group, Stack, Text, Title } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useParams } from "wouter";
import { api, got, type Schema } from "../api/client";
import type { Decoration } from "../canvas/model/decorations";
import { arrowKey } from "../canvas/model/drawing";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { useFrom } from "./CallsPage";
import classes from "./calls.module.css";
import { callsTexts } from "./texts";
import { useCallsChanged } from "./useCallsChanged";

const VersionCanvas = lazy(() => import("../publishing/VersionCanvas"));

type Whole = Schema<"CallWithSteps">;
type Step = Whole["steps"][number];

export default function CallPage() {
  const { id } = useParams<{ id: string }>();
  const { data, error, refetch } = useQuery({
    queryKey: ["one call", id],
    queryFn: () => got(api.GET("/api/calls/{id}", { params: { path: { id } } })),
  });
  useCallsChanged("one call");
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  return data ? <Shown key={id} whole={data} /> : <Loading />;
}

function Shown({ whole }: { whole: Whole }) {
  const t = useTexts(callsTexts);
  const formats = useFormats();
  const from = useFrom();
  const { call, steps } = whole;
  const [chosen, choose] = useState(0);
  const at = Math.min(chosen, steps.length - 1);
  const step = steps[at];
  return (
    <>
      <Anchor component={Link} href="/calls">
        {t.back}
      </Anchor>
      <PageHeader
        title={t.oneCall(from(call))}
        description={
          <>
            {formats.dateTime(call.began_at)} · {call.dialled} · {t.version(call.flow_name, call.version)}
            {call.seconds !== null && ` · ${formats.duration(call.seconds ?? 0)}`}
          </>
        }
        actions={
          <Group gap="xs">
            {call.test && <Badge variant="light">{t.test}</Badge>}
            {call.ended_at ? (
              <Badge color="gray.7" variant="filled">
                {call.ending ? t.endings[call.ending] : call.ended}
              </Badge>
            ) : (
              <Badge variant="filled">
                {t.onTheLine}
                {call.here && `: ${call.here.title}`}
              </Badge>
            )}
          </Group>
        }
      />
      {step ? (
        <div className={classes.replay}>
          <Stack gap="xs" component="section" aria-labelledby="call-steps">
            <Title order={2} id="call-steps">
              {t.steps}
            </Title>
            <ol style={{ margin: 0, padding: 0, listStyle: "none" }}>
              {steps.map((one, place) => (
                <li key={one.step}>
                  <button
                    type="button"
                    className={classes.step}
                    aria-current={place === at ? "step" : undefined}
                    onClick={() => choose(place)}
                  >
                    <InWords step={one} />
                  </button>
                </li>
              ))}
            </ol>
          </Stack>
          <Stack gap="xs" component="section" aria-labelledby="call-replay">
            <Group justify="space-between">
              <Title order={2} id="call-replay">
                {t.replay}
              </Title>
              <Group gap="xs" wrap="nowrap">
                <ActionIcon aria-label={t.previous} disabled={at <= 0} onClick={() => choose(at - 1)} variant="default">
                  <IconChevronLeft size={20} aria-hidden />
                </ActionIcon>
                <Text size="sm" aria-live="polite">
                  {t.stepOf(at + 1, steps.length)}
                </Text>
                <ActionIcon
                  aria-label={t.next}
                  disabled={at >= steps.length - 1}
                  onClick={() => choose(at + 1)}
                  variant="default"
                >
                  <IconChevronRight size={20} aria-hidden />
                </ActionIcon>
              </Group>
            </Group>
            {step.flow ? <Replay steps={steps} at={at} /> : <Text c="dimmed">{t.onNoFlow}</Text>}
          </Stack>
        </div>
      ) : (
        <Text c="dimmed">{t.noSteps}</Text>
      )}
    </>
  );
}

function InWords({ step }: { step: Step }) {
  const t = useTexts(callsTexts);
  const formats = useFormats();
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} style={{ overflowWrap: "anywhere" }}>
          {step.title}
        </Text>
        <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {formats.time(step.entered_at)} · {t.seconds(step.seconds)}
        </Text>
      </Group>
      {step.kind_title !== step.title && (
        <Text size="sm" c="dimmed">
          {step.kind_title}
        </Text>
      )}
      {step.notes.length > 0 && (
        <Text size="sm" style={{ whiteSpace: "pre-line" }}>
          {step.notes.join("\n")}
        </Text>
      )}
      {step.error && (
        <Text size="sm" c="red.8">
          {t.failed(step.error)}
        </Text>
      )}
      {step.way && (
        <Text size="sm" c="dimmed">
          {t.left(step.way)}
        </Text>
      )}
    </>
  );
}

function Replay({ steps, at }: { steps: readonly Step[]; at: number }) {
  const step = steps[at] as Step;
  const { data, error, refetch } = useQuery({
    queryKey: ["walked", step.version],
    queryFn: () => got(api.GET("/api/calls/walked/{version}", { params: { path: { version: step.version } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const marks = useMemo(() => {
    const found = new Map<string, Decoration>();
    for (const one of steps.slice(0, at)) {
      if (one.version !== step.version) continue;
      found.set(one.node, { lit: "path" });
      if (one.exit) found.set(arrowKey(one.node, one.exit), { lit: "path" });
    }
    found.set(step.node, { lit: "now" });
    return found;
  }, [steps, at, step]);
  const wanted = useMemo(() => ({ step: step.node, count: at }), [step, at]);
  const shown = useMemo(() => data && { version: { id: data.id }, document: data.document, nodes: data.nodes }, [data]);
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data || !shown) return <Loading rows={1} height={480} />;
  return (
    <Suspense fallback={<Loading rows={1} height={480} />}>
      <div className={classes.canvas}>
        <VersionCanvas flow={data.flow} version={shown} marks={marks} wanted={wanted} />
      </div>
    </Suspense>
  );
}

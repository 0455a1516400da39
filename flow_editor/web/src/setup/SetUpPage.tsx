/**
 * Set up my clinic: one step after another, each done right here, resumed where one left off. How far it is, SQL tells:
 * whatever was done on any page counts.
 */
import { Button, Group, Paper, Progress, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconCircle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { api, got } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { Demo } from "./Demo";
import { backInSetUp, type StepName } from "./leaving";
import { OneStep } from "./OneStep";
import classes from "./setup.module.css";
import { setUpTexts } from "./texts";

type SetUp = components["schemas"]["SetUpOut"];
type Step = components["schemas"]["SetUpOut.StepOut"];

/** How often the list of what is missing looks again, in milliseconds. */
const LOOKS_AGAIN = 10_000;

export default function SetUpPage() {
  const t = useTexts(setUpTexts);
  const { data, error, refetch } = useQuery({
    queryKey: ["set-up"],
    queryFn: () => got(api.GET("/api/set-up")),
    staleTime: 0,
    refetchInterval: LOOKS_AGAIN,
  });
  useEffect(backInSetUp, []);
  return (
    <>
      <PageHeader title={t.title} description={t.description} />
      {error && !data && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <Steps setUp={data} />}
    </>
  );
}

function Steps({ setUp }: { setUp: SetUp }) {
  const t = useTexts(setUpTexts);
  const [search, setSearch] = useSearchParams();
  const ready = setUp.go_live.every((item) => item.done);
  const isDone = (step: Step) => (step.name === "go_live" ? ready : step.done);
  const steps = setUp.steps;
  const asked = steps.findIndex((step) => step.name === search.get("step"));
  const first = steps.findIndex((step) => !isDone(step) && !step.skipped);
  const place = asked >= 0 ? asked : first >= 0 ? first : steps.length - 1;
  const step = steps[place] as Step;
  const done = steps.filter(isDone).length;
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step.name);

  // The address says which step it is from now on: what is done here must not lead on by itself.
  useEffect(() => {
    if (asked < 0) setSearch({ step: step.name }, { replace: true });
  }, [asked, step.name, setSearch]);
  useEffect(() => {
    if (shown.current === step.name) return;
    shown.current = step.name;
    heading.current?.focus();
    heading.current?.scrollIntoView({ block: "center" });
  }, [step.name]);

  const go = (name: StepName) => setSearch({ step: name });
  const next = () => go(steps[place + 1]?.name ?? "go_live");
  return (
    <Stack gap="lg">
      {setUp.demo && <Demo demo={setUp.demo} mayChange={setUp.may_change} onGone={() => go("organisation")} />}
      <div className={classes.wizard}>
        <nav aria-label={t.title}>
          <Text size="sm" c="dimmed" mb={6}>
            {t.progress(done, steps.length)}
          </Text>
          <Progress value={(100 * done) / steps.length} mb="sm" aria-label={t.progress(done, steps.length)} />
          <List steps={steps} here={step.name} isDone={isDone} go={go} />
        </nav>
        <Paper
          withBorder
          radius="lg"
          p={{ base: "md", sm: "lg" }}
          component="section"
          aria-labelledby="set-up-step"
          miw={0}
        >
          <Stack>
            <Text size="sm" c="dimmed">
              {t.step(place + 1, steps.length)}
            </Text>
            <Title order={2} id="set-up-step" ref={heading} tabIndex={-1} className={classes.heading}>
              {t.names[step.name]}
            </Title>
            <Text>{t.help[step.name]}</Text>
            <OneStep key={step.name} step={step} goLive={setUp.go_live} go={go} next={next} />
            <Group justify="space-between" mt="md">
              <Button variant="subtle" disabled={place === 0} onClick={() => go(steps[place - 1]?.name ?? step.name)}>
                {t.back}
              </Button>
              {place < steps.length - 1 && (
                <Group gap="sm">
                  {!isDone(step) && setUp.may_change && <Skip step={step} next={next} />}
                  {(isDone(step) || step.skipped || !setUp.may_change) && <Button onClick={next}>{t.next}</Button>}
                </Group>
              )}
            </Group>
          </Stack>
        </Paper>
      </div>
    </Stack>
  );
}

interface ListProps {
  steps: readonly Step[];
  here: StepName;
  isDone: (step: Step) => boolean;
  go: (step: StepName) => void;
}

/** All steps; on a narrow screen behind a button, so that the one at hand comes first. */
function List({ steps, here, isDone, go }: ListProps) {
  const t = useTexts(setUpTexts);
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="compact-md"
        className={classes.all}
        aria-expanded={opened}
        rightSection={<IconChevronDown aria-hidden size={16} />}
        onClick={() => setOpened(!opened)}
      >
        {t.allSteps}
      </Button>
      <ol className={classes.list} data-opened={opened || undefined}>
        {steps.map((one) => (
          <li key={one.name}>
            <UnstyledButton
              className={classes.step}
              aria-current={one.name === here ? "step" : undefined}
              onClick={() => {
                setOpened(false);
                go(one.name);
              }}
            >
              <Mark done={isDone(one)} skipped={one.skipped} />
              <span>
                {t.names[one.name]}
                <Text size="sm" c="dimmed" component="span" display="block">
                  {isDone(one) ? t.done : one.skipped ? t.skipped : t.open}
                </Text>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ol>
    </>
  );
}

function Mark({ done, skipped }: { done: boolean; skipped: boolean }) {
  if (done) return <IconCircleCheck aria-hidden className={classes.done} />;
  return skipped ? <IconCircleDashed aria-hidden /> : <IconCircle aria-hidden />;
}

function Skip({ step, next }: { step: Step; next: () => void }) {
  const t = useTexts(setUpTexts);
  const notices = useNotices();
  async function put() {
    try {
      await got(api.POST("/api/set-up/skip", { body: { step: step.name, skipped: !step.skipped } }));
      await queries.invalidateQueries({ queryKey: ["set-up"] });
      if (!step.skipped) next();
    } catch (error) {
      notices.failed(error);
    }
  }
  return (
    <Button variant="default" onClick={() => void put()}>
      {step.skipped ? t.unskip : t.skip}
    </Button>
  );
}

/**
 * Set up my clinic: one step after another, resumed where one left off. How far it is, SQL tells: whatever was done on any
 * page counts here.
 */
import { Alert, Button, Group, Paper, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconCircle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { api, got } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { usePreferences } from "../preferences/data";
import { PreferencesForm } from "../preferences/PreferencesForm";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { undo } from "../things/calls";
import { GoLive } from "./GoLive";
import classes from "./setup.module.css";
import { setUpTexts } from "./texts";

type SetUp = components["schemas"]["SetUpOut"];
type Step = components["schemas"]["SetUpOut.StepOut"];
type StepName = Step["name"];

/** Where a step is done. */
const PAGES: Record<Exclude<StepName, "organisation">, string> = {
  locations: "/locations/new",
  hours: "/hours/new",
  people: "/people/new",
  flow: "/flows",
  number: "/numbers/new",
  test_call: "/flows",
  go_live: "/",
};

export default function SetUpPage() {
  const t = useTexts(setUpTexts);
  const { data, error, refetch } = useQuery({
    queryKey: ["set-up"],
    queryFn: () => got(api.GET("/api/set-up")),
    staleTime: 0,
  });
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
  const asked = setUp.steps.findIndex((step) => step.name === search.get("step"));
  const first = setUp.steps.findIndex((step) => !isDone(step) && !step.skipped);
  const place = asked >= 0 ? asked : first >= 0 ? first : setUp.steps.length - 1;
  const step = setUp.steps[place];
  const go = (to: number) => setSearch({ step: setUp.steps[to]?.name ?? "go_live" });
  if (!step) return null;
  return (
    <Stack gap="lg">
      {setUp.demo && <Demo demo={setUp.demo} mayChange={setUp.may_change} />}
      <div className={classes.wizard}>
        <nav aria-label={t.title}>
          <Stack gap={4} component="ol" m={0} p={0} style={{ listStyle: "none" }}>
            {setUp.steps.map((one, here) => (
              <li key={one.name}>
                <UnstyledButton
                  className={classes.step}
                  aria-current={here === place ? "step" : undefined}
                  onClick={() => go(here)}
                >
                  <Mark done={isDone(one)} skipped={one.skipped} />
                  <span>
                    {t.names[one.name]}
                    <Text size="sm" c="dimmed">
                      {isDone(one) ? t.done : one.skipped ? t.skipped : t.open}
                    </Text>
                  </span>
                </UnstyledButton>
              </li>
            ))}
          </Stack>
        </nav>
        <Paper withBorder radius="lg" p="lg" component="section" aria-labelledby="set-up-step">
          <Stack>
            <Text size="sm" c="dimmed">
              {t.step(place + 1, setUp.steps.length)}
            </Text>
            <Title order={2} id="set-up-step">
              {t.names[step.name]}
            </Title>
            <Text>{t.help[step.name]}</Text>
            <OneStep step={step} setUp={setUp} next={() => go(place + 1)} />
            <Group justify="space-between" mt="md">
              <Button variant="subtle" disabled={place === 0} onClick={() => go(place - 1)}>
                {t.back}
              </Button>
              {place < setUp.steps.length - 1 && (
                <Group gap="sm">
                  {!isDone(step) && setUp.may_change && <Skip step={step} next={() => go(place + 1)} />}
                  {isDone(step) && <Button onClick={() => go(place + 1)}>{t.next}</Button>}
                </Group>
              )}
            </Group>
          </Stack>
        </Paper>
      </div>
    </Stack>
  );
}

function Mark({ done, skipped }: { done: boolean; skipped: boolean }) {
  if (done) return <IconCircleCheck aria-hidden className={classes.done} />;
  return skipped ? <IconCircleDashed aria-hidden /> : <IconCircle aria-hidden />;
}

function OneStep({ step, setUp, next }: { step: Step; setUp: SetUp; next: () => void }) {
  const t = useTexts(setUpTexts);
  const formats = useFormats();
  const preferences = usePreferences().data;
  if (step.name === "organisation") {
    return preferences ? (
      <PreferencesForm key={preferences.revision} preferences={preferences} onSaved={next} />
    ) : (
      <Loading />
    );
  }
  return (
    <>
      {step.things.length > 0 && (
        <Text style={{ overflowWrap: "anywhere" }}>{t.thereIs(formats.list(step.things.slice(0, 12)))}</Text>
      )}
      {step.name === "go_live" && <GoLive items={setUp.go_live} />}
      <Group>
        <Button component={Link} href={PAGES[step.name]} variant={step.done ? "default" : "filled"}>
          {t.go[step.name]}
        </Button>
      </Group>
    </>
  );
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

function Demo({ demo, mayChange }: { demo: NonNullable<SetUp["demo"]>; mayChange: boolean }) {
  const t = useTexts(setUpTexts);
  const formats = useFormats();
  const notices = useNotices();
  async function remove() {
    try {
      const { change } = await got(api.DELETE("/api/set-up/demo"));
      notices.saved(t.demoGone, change ? () => undo(change) : undefined);
      await queries.invalidateQueries();
    } catch (error) {
      notices.failed(error);
    }
  }
  return (
    <Alert title={t.demoTitle}>
      <Stack gap="xs" align="flex-start">
        <Text>{t.demo(demo.goes)}</Text>
        {demo.stays.length > 0 && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {t.demoStays(formats.list(demo.stays))}
          </Text>
        )}
        {mayChange && (
          <Button variant="default" size="sm" onClick={() => void remove()}>
            {t.removeDemo}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

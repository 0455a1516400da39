/** What publishing would change, whether it may be, and the words and times that go with it. */
import { Button, Checkbox, Group, List, Stack, Text, Textarea, Title, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { api, got, Refused } from "../api/client";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import type { Outcome } from "./Acknowledged";
import { Differences } from "./Differences";
import classes from "./publishing.module.css";
import { cancelPlan, type Preview } from "./queries";
import { RehearsalResults } from "./RehearsalResults";
import { Said } from "./Said";
import { publishingTexts } from "./texts";
import { momentsOf, NOW, When } from "./When";

interface Props {
  seen: Preview;
  /** Ask the server anew. */
  again: () => void;
  done: (outcome: Outcome) => void;
  show?: ((step: string) => void) | undefined;
  close: () => void;
}

export function PublishForm({ seen, again, done, show, close }: Props) {
  const t = useTexts(publishingTexts);
  const [note, setNote] = useState("");
  const [reason, setReason] = useState("");
  const [onTop, setOnTop] = useState(false);
  const [when, setWhen] = useState(NOW);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { starts, ends } = momentsOf(when, seen.zone);
  const fields = error instanceof Refused ? error.fields : {};

  const needsReason = seen.failing > 0 && !reason.trim();
  const stale = seen.meanwhile !== null && !onTop;
  const open = starts === undefined || ends === undefined;
  const nothing = seen.same && !when.later;
  const mayNot = !seen.may_publish || seen.blocked || stale || needsReason || open || nothing;

  async function publish() {
    setBusy(true);
    setError(null);
    try {
      const published = await got(
        api.POST("/api/flows/{flow}/publishing", {
          params: { path: { flow: seen.flow } },
          body: {
            seq: seen.seq,
            live: seen.live?.id ?? null,
            note,
            reason: seen.failing ? reason : "",
            on_top: onTop,
            starts_at: starts?.toISOString() ?? null,
            ends_at: ends?.toISOString() ?? null,
          },
        }),
      );
      done({
        published,
        startsAt: starts ?? null,
        endsAt: ends ?? null,
        zone: seen.zone,
        before: seen.live?.number ?? null,
      });
    } catch (failure) {
      setError(failure);
      if (failure instanceof Refused && failure.status === 409) {
        setOnTop(false);
        again();
      }
    } finally {
      setBusy(false);
    }
  }

  function changeWhen(chosen: typeof when) {
    setWhen(chosen);
    setError(null);
  }

  return (
    <Stack>
      {error !== null && <Conflict error={error} />}
      <Meanwhile seen={seen} onTop={onTop} setOnTop={setOnTop} again={again} show={show} />
      <Changes seen={seen} show={show} />
      <Problems problems={seen.problems} show={show} />
      <RehearsalResults rehearsals={seen.rehearsals} />
      {seen.failing > 0 && !seen.blocked && (
        <Textarea
          size="md"
          label={t.reason}
          description={t.reasonHelp}
          required
          autosize
          minRows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={fields.reason}
        />
      )}
      <Textarea
        label={t.note}
        description={t.noteHelp}
        autosize
        minRows={2}
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <When when={when} change={changeWhen} zone={seen.zone} fields={fields} mayEnd={seen.live !== null} />
      <Plans seen={seen} again={again} now={!when.later} />
      {!seen.may_publish && <Text>{t.mayNot}</Text>}
      <Group className={classes.foot}>
        <Button onClick={() => void publish()} disabled={mayNot} loading={busy}>
          {when.later ? t.doPlan : t.doPublish}
        </Button>
        <Button variant="default" onClick={close}>
          {t.cancel}
        </Button>
      </Group>
    </Stack>
  );
}

/** What the server refused, with what has changed meanwhile where it was that. */
function Conflict({ error }: { error: unknown }) {
  const t = useTexts(publishingTexts);
  const changes = error instanceof Refused ? (error.body as { changes?: string[] } | undefined)?.changes : undefined;
  return (
    <Stack gap="xs">
      <Problem error={error} />
      {changes && changes.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            {t.changedMeanwhile}
          </Text>
          <List size="sm">
            {changes.map((change) => (
              <List.Item key={change}>{change}</List.Item>
            ))}
          </List>
        </div>
      )}
    </Stack>
  );
}

function Meanwhile({
  seen,
  onTop,
  setOnTop,
  again,
  show,
}: {
  seen: Preview;
  onTop: boolean;
  setOnTop: (onTop: boolean) => void;
  again: () => void;
  show?: ((step: string) => void) | undefined;
}) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const notices = useNotices();
  const [busy, setBusy] = useState(false);
  if (!seen.meanwhile) return null;
  const { version, draft_from: from, changes } = seen.meanwhile;
  async function takeOver() {
    setBusy(true);
    try {
      const { both } = await got(api.POST("/api/flows/{flow}/take-over", { params: { path: { flow: seen.flow } } }));
      notices.saved(both.length ? t.both(formats.list(both)) : t.takenOver);
      again();
    } catch (error) {
      notices.failed(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Said
      kind="look"
      title={t.meanwhile(version.number, version.by ?? t.program, formats.dateTime(version.at, seen.zone))}
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{from === null ? t.meanwhileLacks : t.meanwhileFrom(from)}</Text>
        {changes.length ? <Differences differences={changes} show={show} /> : <Text size="sm">{t.quiet}</Text>}
        <Button size="sm" loading={busy} onClick={() => void takeOver()}>
          {t.takeOver}
        </Button>
        <Checkbox label={t.onTop} checked={onTop} onChange={(event) => setOnTop(event.currentTarget.checked)} />
      </Stack>
    </Said>
  );
}

function Changes({ seen, show }: { seen: Preview; show?: ((step: string) => void) | undefined }) {
  const t = useTexts(publishingTexts);
  let words: string | undefined;
  if (!seen.live) words = t.nothingYet;
  else if (seen.same) words = t.same;
  else if (!seen.differences.length) words = t.quiet;
  return (
    <Stack gap="xs">
      <Title order={3}>{t.whatChanges}</Title>
      {words ? (
        <Text size="sm">{words}</Text>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {t.comparedWith(seen.live?.number ?? 0)}
          </Text>
          <Differences differences={seen.differences} show={show} />
        </>
      )}
    </Stack>
  );
}

function Problems({ problems, show }: { problems: Preview["problems"]; show?: ((step: string) => void) | undefined }) {
  const t = useTexts(publishingTexts);
  if (!problems.length) return null;
  const errors = problems.filter((problem) => problem.severity === "error");
  const hints = problems.filter((problem) => problem.severity !== "error");
  const list = (found: Preview["problems"]) => (
    <ul className={classes.points}>
      {found.map(({ text, node }) => (
        <li key={text}>
          {node !== null && show ? (
            <UnstyledButton className={classes.link} onClick={() => show(node)}>
              {text}
            </UnstyledButton>
          ) : (
            <Text size="sm">{text}</Text>
          )}
        </li>
      ))}
    </ul>
  );
  return (
    <Stack gap="xs">
      <Title order={3}>{t.problems}</Title>
      {errors.length > 0 && (
        <Said kind="wrong" title={t.errors(errors.length)}>
          {list(errors)}
        </Said>
      )}
      {hints.length > 0 && (
        <Said kind="hint" title={t.warnings(hints.length)}>
          {list(hints)}
        </Said>
      )}
    </Stack>
  );
}

/** What is planned, and what is live for a time only: said before somebody publishes into it. */
function Plans({ seen, again, now }: { seen: Preview; again: () => void; now: boolean }) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const notices = useNotices();
  async function cancel(id: string) {
    try {
      await cancelPlan(id);
      notices.saved(t.planCancelled);
      again();
    } catch (error) {
      notices.failed(error);
    }
  }
  return (
    <>
      {seen.planned.map((plan) => (
        <Said kind="plan" key={plan.id}>
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t.plannedWarning(plan.number, formats.dateTime(plan.starts_at, seen.zone))}</Text>
            <Button size="sm" variant="default" onClick={() => void cancel(plan.id)}>
              {t.cancelPlan}
            </Button>
          </Stack>
        </Said>
      ))}
      {seen.until && now && <Said kind="plan">{t.untilWarning(formats.dateTime(seen.until, seen.zone))}</Said>}
    </>
  );
}

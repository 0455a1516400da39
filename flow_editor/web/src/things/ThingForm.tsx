/**
 * The form of one thing: its fields, and the bar that says what saving would do. What was typed and not saved is kept while one
 * looks elsewhere; whoever was slower is told what changed meanwhile. On the thing's own page, and in "Set up my clinic".
 */
import { Alert, Button, Group, List, Paper, Stack, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { Refused } from "../api/client";
import { queries } from "../api/queries";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { asJson, type Done, type Kind, type Line, type One, undo } from "./calls";
import { EffectNote, useEffectOf } from "./EffectNote";
import { thingTexts } from "./texts";
import classes from "./things.module.css";
import { forgetTyped, keepTyped, recallTyped } from "./typed";

/** What the fields of a form work with. */
export interface Filling<F, L> {
  form: F;
  /** Change some of it. */
  set: (some: Partial<F>) => void;
  /** What is wrong with which field. */
  errors: Readonly<Record<string, string>>;
  /** Nothing may be changed. */
  readOnly: boolean;
  /** The thing as it is, once it has been made. */
  line: L | undefined;
}

export interface ThingFormProps<F, L extends Line> {
  kind: Kind;
  /** The thing as it is; undefined: a new one is made. */
  one: One<F, L> | undefined;
  /** The form of a new one. */
  blank: () => F;
  children: (filling: Filling<F, L>) => ReactNode;
  onSaved?: (id: string) => void;
  /** Beside "Save", to leave it as it is. */
  onCancel?: (() => void) | undefined;
}

interface Meanwhile {
  revision: number;
  meanwhile: { who: string; what: string[] }[];
}

export function ThingForm<F, L extends Line>({ kind, one, ...props }: ThingFormProps<F, L>) {
  const t = useTexts(thingTexts);
  const notices = useNotices();
  const line = one?.line;
  const id = line?.id;
  const saved = one?.form ?? props.blank();
  const [typed, setTyped] = useState<{ form: F; revision: number } | null>(() => recallTyped(kind, id));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = typed?.form ?? saved;
  const dirty = typed !== null && JSON.stringify(typed.form) !== JSON.stringify(saved);
  const readOnly = line !== undefined && !line.may_change;
  const fields = error instanceof Refused ? error.fields : {};
  const effect = useEffectOf(kind, dirty && line ? { id: line.id, form } : null);

  useEffect(() => {
    if (dirty) keepTyped(kind, id, typed);
    else forgetTyped(kind, id);
  }, [dirty, kind, id, typed]);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);

  function set(some: Partial<F>) {
    setTyped((before) => ({
      form: { ...(before?.form ?? saved), ...some },
      revision: before?.revision ?? one?.revision ?? 0,
    }));
  }

  function discard() {
    setTyped(null);
    setError(null);
  }

  async function save(revision = typed?.revision ?? 0) {
    setBusy(true);
    setError(null);
    try {
      const done = line
        ? await asJson<Done>("PUT", `/api/${kind.path}/${line.id}`, { revision, form })
        : await asJson<Done>("POST", `/api/${kind.path}`, form);
      forgetTyped(kind, id);
      await queries.invalidateQueries();
      setTyped(null);
      notices.saved(undefined, done.change ? () => undo(done.change) : undefined);
      props.onSaved?.(done.id);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  const conflict =
    error instanceof Refused && error.status === 409 && (error.body as Partial<Meanwhile> | null)?.meanwhile
      ? (error.body as Meanwhile)
      : null;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      noValidate
    >
      <Stack maw={720}>{props.children({ form, set, errors: fields, readOnly, line })}</Stack>
      {!readOnly && (dirty || !line) && (
        <Paper withBorder shadow="md" p="md" mt="lg" className={classes.bar}>
          <Stack gap="sm">
            {conflict ? (
              <Alert color="orange" title={t.conflict} role="alert">
                <Stack gap="xs">
                  <Text size="sm">{(error as Refused).message}</Text>
                  <List size="sm">
                    {conflict.meanwhile.flatMap((entry) =>
                      entry.what.map((what) => (
                        <List.Item key={`${entry.who} ${what}`}>
                          {entry.who}: {what}
                        </List.Item>
                      )),
                    )}
                  </List>
                  <Group>
                    <Button size="sm" onClick={() => void save(conflict.revision)}>
                      {t.saveMine}
                    </Button>
                    <Button size="sm" variant="default" onClick={discard}>
                      {t.takeTheirs}
                    </Button>
                  </Group>
                </Stack>
              </Alert>
            ) : (
              error !== null && <Problem error={error} />
            )}
            <Group justify="space-between" align="flex-start">
              <div className={classes.effect}>
                {line && effect !== null ? <EffectNote effect={effect} /> : <Text size="sm">{t.unsaved}</Text>}
              </div>
              <Group gap="sm">
                {dirty ? (
                  <Button variant="default" onClick={discard}>
                    {t.discard}
                  </Button>
                ) : (
                  props.onCancel && (
                    <Button variant="default" onClick={props.onCancel}>
                      {t.cancel}
                    </Button>
                  )
                )}
                <Button type="submit" loading={busy}>
                  {t.save}
                </Button>
              </Group>
            </Group>
          </Stack>
        </Paper>
      )}
    </form>
  );
}

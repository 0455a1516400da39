/**
 * One thing: its form, the bar that says what saving would do, where it is used, its history. What was typed and not saved
 * is kept while one looks elsewhere; whoever was slower is told what changed meanwhile.
 */
import { Alert, Anchor, Button, Group, List, Menu, Paper, Stack, Text } from "@mantine/core";
import { IconArrowLeft, IconDots, IconReplace, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { Refused } from "../api/client";
import { queries } from "../api/queries";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { asJson, type Done, type Kind, type Line, type One, undo, useThing } from "./calls";
import { EffectNote, useEffectOf } from "./EffectNote";
import { History } from "./History";
import { thingTexts } from "./texts";
import classes from "./things.module.css";
import { UsedBy } from "./UsedBy";
import { useRemove } from "./useRemove";

/** What the fields of a page work with. */
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

export interface ThingPageProps<F, L extends Line> {
  kind: Kind;
  /** The form of a new one. */
  blank: () => F;
  /** The title of the page that makes a new one. */
  newTitle: string;
  children: (filling: Filling<F, L>) => ReactNode;
  /** Below the form, of a thing that is there. */
  below?: (line: L) => ReactNode;
  actions?: (line: L) => ReactNode;
  /** Whether another one can be put in its place everywhere. */
  replaceable?: boolean;
}

/** What was typed and not saved, by page. */
const kept = new Map<string, unknown>();

export function ThingPage<F, L extends Line>(props: ThingPageProps<F, L>) {
  const { id } = useParams<{ id: string }>();
  const made = id === "new" ? null : (id ?? null);
  const { data, error, refetch } = useThing<F, L>(props.kind, made);
  if (made === null) return <Filled key="new" {...props} one={undefined} />;
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  return <Filled key={made} {...props} one={data} />;
}

interface Meanwhile {
  revision: number;
  meanwhile: { who: string; what: string[] }[];
}

function Filled<F, L extends Line>({ kind, one, ...props }: ThingPageProps<F, L> & { one: One<F, L> | undefined }) {
  const t = useTexts(thingTexts);
  const notices = useNotices();
  const [, go] = useLocation();
  const line = one?.line;
  const page = `${kind.page}/${line?.id ?? "new"}`;
  const saved = one?.form ?? props.blank();
  const [typed, setTyped] = useState<{ form: F; revision: number } | null>(
    () => (kept.get(page) as { form: F; revision: number } | undefined) ?? null,
  );
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = typed?.form ?? saved;
  const dirty = typed !== null && JSON.stringify(typed.form) !== JSON.stringify(saved);
  const readOnly = line !== undefined && !line.may_change;
  const fields = error instanceof Refused ? error.fields : {};
  const effect = useEffectOf(kind, dirty && line ? { id: line.id, form } : null);

  useEffect(() => {
    if (dirty) kept.set(page, typed);
    else kept.delete(page);
  }, [dirty, page, typed]);
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
      kept.delete(page);
      await queries.invalidateQueries();
      setTyped(null);
      notices.saved(undefined, done.change ? () => undo(done.change) : undefined);
      if (!line) go(`${kind.page}/${done.id}`, { replace: true });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  const { remove, replace, dialog } = useRemove(kind, () => {
    kept.delete(page);
    go(kind.page);
  });

  const conflict =
    error instanceof Refused && error.status === 409 && (error.body as Partial<Meanwhile> | null)?.meanwhile
      ? (error.body as Meanwhile)
      : null;

  return (
    <Stack gap="md" className={classes.page}>
      <Anchor component={Link} href={kind.page} size="sm" style={{ alignSelf: "flex-start" }}>
        <Group gap={4} component="span">
          <IconArrowLeft aria-hidden size={16} />
          {t.back}
        </Group>
      </Anchor>
      <PageHeader
        title={line ? line.name : props.newTitle}
        actions={
          line && (
            <>
              {props.actions?.(line)}
              <History kind={kind} id={line.id} mayChange={line.may_change} />
              {line.may_change && (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button variant="default" rightSection={<IconDots aria-hidden size={18} />}>
                      {t.more}
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {props.replaceable !== false && (
                      <Menu.Item leftSection={<IconReplace aria-hidden size={18} />} onClick={() => replace(line)}>
                        {t.replace}
                      </Menu.Item>
                    )}
                    <Menu.Item
                      color="red"
                      leftSection={<IconTrash aria-hidden size={18} />}
                      onClick={() => void remove(line)}
                    >
                      {t.remove}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </>
          )
        }
      />
      {readOnly && <Alert color="gray">{t.notYours}</Alert>}
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
                  {dirty && (
                    <Button variant="default" onClick={discard}>
                      {t.discard}
                    </Button>
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
      {line && props.below?.(line)}
      {line && <UsedBy kind={kind} id={line.id} />}
      {dialog}
    </Stack>
  );
}

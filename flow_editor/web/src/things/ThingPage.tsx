/** One thing: its form, where it is used, its history, and what else can be done with it. */
import { Alert, Anchor, Button, Group, Menu, Stack } from "@mantine/core";
import { IconArrowLeft, IconDots, IconReplace, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useLocation, useParams } from "wouter";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { type Kind, type Line, type One, useThing } from "./calls";
import { History } from "./History";
import { type Filling, ThingForm } from "./ThingForm";
import { thingTexts } from "./texts";
import classes from "./things.module.css";
import { forgetTyped } from "./typed";
import { UsedBy } from "./UsedBy";
import { useRemove } from "./useRemove";

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

export function ThingPage<F, L extends Line>(props: ThingPageProps<F, L>) {
  const { id } = useParams<{ id: string }>();
  const made = id === "new" ? null : (id ?? null);
  const { data, error, refetch } = useThing<F, L>(props.kind, made);
  if (made === null) return <Filled key="new" {...props} one={undefined} />;
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  return <Filled key={made} {...props} one={data} />;
}

function Filled<F, L extends Line>({ kind, one, ...props }: ThingPageProps<F, L> & { one: One<F, L> | undefined }) {
  const t = useTexts(thingTexts);
  const [, go] = useLocation();
  const line = one?.line;
  const readOnly = line !== undefined && !line.may_change;

  const { remove, replace, dialog } = useRemove(kind, () => {
    if (line) forgetTyped(kind, line.id);
    go(kind.page);
  });

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
      <ThingForm
        kind={kind}
        one={one}
        blank={props.blank}
        onSaved={(id) => !line && go(`${kind.page}/${id}`, { replace: true })}
      >
        {props.children}
      </ThingForm>
      {line && props.below?.(line)}
      {line && <UsedBy kind={kind} id={line.id} />}
      {dialog}
    </Stack>
  );
}

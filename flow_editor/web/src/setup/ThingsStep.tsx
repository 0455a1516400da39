/** A step that is done with things of one kind: those that are there, each with its form, and one more. */
import { Anchor, Button, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconPlus } from "@tabler/icons-react";
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { Link } from "wouter";
import { Loading } from "../shared/Loading";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { type Kind, type Line, type Things, useThing, useThings } from "../things/calls";
import { type Filling, ThingForm } from "../things/ThingForm";
import { leaveSetUp, type StepName } from "./leaving";
import classes from "./setup.module.css";
import { setUpTexts } from "./texts";

export interface ThingsStepProps<F, L extends Line> {
  step: StepName;
  kind: Kind;
  Fields: ComponentType<Filling<F, L>>;
  /** The form of a new one, given those that are there. */
  blank: (lines: readonly L[]) => F;
  /** Beside its name: what of it matters here. */
  told?: (line: L) => ReactNode;
  /** Below the form of one that is there; it is then open once it is made. */
  below?: (line: L) => ReactNode;
  /** Whether a form for a new one is open from the start, given those that are there. */
  begins?: (lines: readonly L[]) => boolean;
}

const NEW = "new";

export function ThingsStep<F, L extends Line>(props: ThingsStepProps<F, L>) {
  const { data, error, refetch } = useThings<L>(props.kind);
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  return data ? <Loaded {...props} data={data} /> : <Loading rows={3} />;
}

function Loaded<F, L extends Line>({ data, ...props }: ThingsStepProps<F, L> & { data: Things<L> }) {
  const t = useTexts(setUpTexts);
  const [opened, setOpened] = useState<string | null>(() => {
    const begins = props.begins ?? ((lines) => lines.length === 0);
    return data.may_make && begins(data.items) ? NEW : null;
  });
  const [toFocus, setToFocus] = useState<string | null>(null);

  // Its row may be drawn a moment later.
  const drawn = toFocus !== null && data.items.some((line) => line.id === toFocus);
  useEffect(() => {
    if (!toFocus || !drawn) return;
    document.getElementById(rowId(toFocus))?.focus();
    setToFocus(null);
  }, [toFocus, drawn]);

  /** The form is done with; somebody may have opened another one meanwhile. */
  const saved = (from: string) => (id: string) => {
    setOpened((now) => (now === from ? (props.below ? id : null) : now));
    if (opened === from) setToFocus(id);
  };
  return (
    <Stack gap="sm">
      {data.items.length > 0 && (
        <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label={t.names[props.step]}>
          {data.items.map((line) => (
            <Paper key={line.id} component="li" withBorder radius="md">
              <UnstyledButton
                id={rowId(line.id)}
                className={classes.thing}
                aria-expanded={opened === line.id}
                onClick={() => setOpened(opened === line.id ? null : line.id)}
              >
                <span className={classes.words}>
                  <Text component="span" fw={600} display="block">
                    {line.name}
                  </Text>
                  {props.told && (
                    <Text component="span" size="sm" c="dimmed" display="block">
                      {props.told(line)}
                    </Text>
                  )}
                </span>
                {opened === line.id ? (
                  <IconChevronUp aria-hidden size={20} />
                ) : (
                  <IconChevronDown aria-hidden size={20} />
                )}
              </UnstyledButton>
              {opened === line.id && (
                <div className={classes.opened}>
                  <Made {...props} id={line.id} onSaved={saved(line.id)} />
                </div>
              )}
            </Paper>
          ))}
        </Stack>
      )}
      {data.may_make && opened !== NEW && (
        <Group>
          <Button variant="default" leftSection={<IconPlus aria-hidden size={18} />} onClick={() => setOpened(NEW)}>
            {t.add[props.step as keyof typeof t.add]}
          </Button>
        </Group>
      )}
      {data.may_make && opened === NEW && (
        <ThingForm<F, L>
          kind={props.kind}
          one={undefined}
          blank={() => props.blank(data.items)}
          onSaved={saved(NEW)}
          onCancel={data.items.length > 0 ? () => setOpened(null) : undefined}
        >
          {(filling) => <props.Fields {...filling} />}
        </ThingForm>
      )}
    </Stack>
  );
}

function Made<F, L extends Line>({
  id,
  ...props
}: ThingsStepProps<F, L> & { id: string; onSaved: (id: string) => void }) {
  const t = useTexts(setUpTexts);
  const { data, error, refetch } = useThing<F, L>(props.kind, id);
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={3} />;
  return (
    <>
      <ThingForm<F, L> kind={props.kind} one={data} blank={() => data.form} onSaved={props.onSaved}>
        {(filling) => <props.Fields {...filling} />}
      </ThingForm>
      {props.below?.(data.line)}
      <Anchor
        component={Link}
        href={`${props.kind.page}/${id}`}
        size="sm"
        mt="md"
        display="inline-block"
        onClick={() => leaveSetUp(props.step)}
      >
        {t.ownPage}
      </Anchor>
    </>
  );
}

function rowId(id: string): string {
  return `set-up-${id}`;
}

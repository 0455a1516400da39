/** The call in hand: who, from where, how long they have waited, what they did before, what was written, and my own note. */
import { Alert, Anchor, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconArrowBackUp, IconMessage2, IconPhone } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Empty } from "../shared/Empty";
import { languageName } from "../shared/languages";
import { Tag } from "../shared/Tag";
import { useFormats, useTexts } from "../texts";
import { Actions } from "./Actions";
import classes from "./console.module.css";
import { type CallInHand, type Console, useSeconds } from "./data";
import { consoleTexts } from "./texts";
import { useNote } from "./useNote";

export function Call({ now }: { now: Console }) {
  const t = useTexts(consoleTexts);
  if (!now.call) {
    const { mode } = now.status;
    return (
      <Empty icon={IconPhone} title={t.noCall}>
        {mode === "signed_out" ? t.noCallOut : mode === "available" ? t.noCallFree : t.noCallAway}
      </Empty>
    );
  }
  return <InHand call={now.call} />;
}

function InHand({ call }: { call: CallInHand }) {
  const t = useTexts(consoleTexts);
  const name = call.contact?.name || call.caller_name || call.caller || t.withheld;
  return (
    <Paper withBorder radius="lg" p="lg" component="section" aria-labelledby="my-call">
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start" gap="md">
          <Stack gap={2} miw={0} flex="1 1 12rem">
            <Title order={2} id="my-call" style={{ overflowWrap: "anywhere" }}>
              {name}
            </Title>
            {name !== call.caller && <Text>{call.caller || t.withheld}</Text>}
          </Stack>
          <Group gap="xs" justify="flex-end">
            {call.rank > 0 && (
              <Tag look={call.rank > 1 ? "bad" : "attention"}>{call.rank > 1 ? t.ranks.urgent : t.ranks.soon}</Tag>
            )}
            <div role="status">
              <Tag look={call.state === "talking" ? "good" : call.state === "over" ? "plain" : "attention"}>
                {t.state[call.state]}
              </Tag>
            </div>
          </Group>
        </Group>
        {call.kind === "returned" && (
          <Alert color="yellow" icon={<IconArrowBackUp aria-hidden />}>
            {t.returned}
          </Alert>
        )}
        {(call.note || call.sent_by) && (
          <Alert color="blue" icon={<IconMessage2 aria-hidden />} title={t.sent(call.sent_by)}>
            <Text style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>{call.note}</Text>
          </Alert>
        )}
        {call.state === "talking" && <Actions call={call} />}
        <Facts call={call} />
        <Path call={call} />
        <Notes call={call} />
      </Stack>
    </Paper>
  );
}

function Facts({ call }: { call: CallInHand }) {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  const waiting = useSeconds(call.joined_at);
  const talking = useSeconds(call.answered_at);
  const talked =
    call.answered_at && call.talked_until
      ? (Date.parse(call.talked_until) - Date.parse(call.answered_at)) / 1000
      : talking;
  return (
    <dl className={classes.facts}>
      <Fact title={t.queue}>{call.queue}</Fact>
      <Fact title={t.waited}>
        <span className={classes.clock}>{formats.duration(call.waited ?? waiting)}</span>
      </Fact>
      {call.answered_at && (
        <Fact title={t.talkingFor}>
          <span className={classes.clock}>{formats.duration(talked)}</span>
        </Fact>
      )}
      <Fact title={t.language}>{languageName(call.language, formats.locale)}</Fact>
      {call.location && <Fact title={t.location}>{call.location}</Fact>}
      {call.contact && (
        <Fact title={t.contact}>
          <Anchor component={Link} href={`/contacts/${call.contact.id}`}>
            {call.contact.name}
          </Anchor>
        </Fact>
      )}
      {Object.entries(call.contact?.details ?? {}).map(([title, value]) => (
        <Fact key={title} title={title}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Path({ call }: { call: CallInHand }) {
  const t = useTexts(consoleTexts);
  return (
    <Stack gap="xs" component="section" aria-labelledby="my-call-path">
      <Title order={3} id="my-call-path">
        {t.path}
      </Title>
      {call.path.length === 0 ? (
        <Text c="dimmed">{t.noPath}</Text>
      ) : (
        <ol className={classes.path}>
          {call.path.map((step, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
            <li key={place}>
              <Text span fw={600}>
                {step.title}
              </Text>
              {(step.notes.length > 0 || step.way) && (
                <Text span> {step.notes.length > 0 ? step.notes.join(" ") : step.way}</Text>
              )}
            </li>
          ))}
        </ol>
      )}
    </Stack>
  );
}

function Notes({ call }: { call: CallInHand }) {
  const t = useTexts(consoleTexts);
  const formats = useFormats();
  const note = useNote(call);
  return (
    <Stack gap="sm" component="section" aria-labelledby="my-call-notes">
      <Title order={3} id="my-call-notes">
        {t.notes}
      </Title>
      {call.answered_at && (
        <Textarea
          label={t.myNote}
          description={t.myNoteHelp}
          autosize
          minRows={3}
          maxRows={12}
          maxLength={4000}
          value={note.text}
          onChange={({ currentTarget }) => note.write(currentTarget.value)}
          onBlur={note.now}
          inputWrapperOrder={["label", "description", "input", "error"]}
        />
      )}
      {note.state !== "untouched" && (
        <Text size="sm" c={note.state === "lost" ? "red.8" : "dimmed"} role="status">
          {note.state === "saved" ? t.noteSaved : note.state === "lost" ? t.noteLost : t.noteSaving}
        </Text>
      )}
      <Text fw={600}>{t.earlier}</Text>
      {call.notes.length === 0 && <Text c="dimmed">{t.noEarlier}</Text>}
      {call.notes.map((one) => (
        <div key={`${one.at} ${one.who}`} className={classes.note}>
          <Text size="sm" c="dimmed">
            {one.who || t.somebody}, {one.this_call ? t.thisCall : formats.dateTime(one.at)}
          </Text>
          <Text>{one.text}</Text>
        </div>
      ))}
    </Stack>
  );
}

/** The phone of a test call: what is heard, keys, the people who are rung, and what has happened so far. */
import { Alert, Badge, Button, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconMicrophone, IconPhoneOff, IconPhoneRinging, IconVolume, IconVolumeOff } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTexts } from "../texts";
import { testCallTexts } from "./texts";
import { useSound } from "./useSound";
import type { Manner, TestCall, TestState } from "./useTestCall";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

export function Phone({ call, manner }: { call: TestCall; manner: Manner }) {
  const t = useTexts(testCallTexts);
  const { state } = call;
  const sound = useSound(state);
  const going = call.going && state !== null;
  useKeyboard(going, call.press);
  return (
    <Stack gap="md">
      <Group justify="space-between" role="status">
        <Badge size="lg" variant={call.going ? "filled" : "default"}>
          {state?.stage === "ended" ? t.over : state?.stage === "answered" ? t.connected : t.calling}
        </Badge>
        <Button
          size="compact-md"
          variant="default"
          leftSection={sound.muted ? <IconVolumeOff size={18} aria-hidden /> : <IconVolume size={18} aria-hidden />}
          onClick={() => sound.mute(!sound.muted)}
          aria-pressed={sound.muted}
        >
          {sound.muted ? t.soundOff : t.soundOn}
        </Button>
      </Group>
      {call.lost && (
        <Alert color="red" role="alert">
          {t.lost}
        </Alert>
      )}
      {state?.ending && <Text>{t.endings[state.ending]}</Text>}
      {going && sound.blocked && (
        <Alert color="yellow" role="alert">
          <Stack gap="xs" align="flex-start">
            {t.muted}
            <Button onClick={sound.allow}>{t.listen}</Button>
          </Stack>
        </Alert>
      )}
      {going && <People state={state} call={call} manner={manner} />}
      {going && (
        <>
          <Stack gap={6}>
            <SimpleGrid cols={3} spacing="xs" verticalSpacing="xs" role="group" aria-label={t.keys}>
              {KEYS.map((key) => (
                <Button key={key} variant="default" size="lg" aria-label={t.key(key)} onClick={() => call.press(key)}>
                  {key}
                </Button>
              ))}
            </SimpleGrid>
            <Text size="sm" c="dimmed">
              {t.keyboard}
            </Text>
          </Stack>
          {state.recording && (
            <Group>
              <Text>{t.beep}</Text>
              <Button variant="light" leftSection={<IconMicrophone size={18} aria-hidden />} onClick={call.speak}>
                {t.speak}
              </Button>
            </Group>
          )}
          <Button color="red.8" leftSection={<IconPhoneOff size={18} aria-hidden />} onClick={call.hangUp}>
            {t.hangUp}
          </Button>
        </>
      )}
      {state && <Lines state={state} />}
      {state && Object.keys(state.variables).length > 0 && (
        <Stack gap={4} component="section" aria-label={t.variables}>
          <Title order={4}>{t.variables}</Title>
          <dl style={{ margin: 0, display: "grid", gridTemplateColumns: "auto 1fr", gap: "2px 12px" }}>
            {Object.entries(state.variables).map(([name, value]) => (
              <Variable key={name} name={name} value={value} />
            ))}
          </dl>
        </Stack>
      )}
    </Stack>
  );
}

function Variable({ name, value }: { name: string; value: string }) {
  return (
    <>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} style={{ overflowWrap: "anywhere" }}>
        {value || "—"}
      </Text>
    </>
  );
}

function People({ state, call, manner }: { state: TestState; call: TestCall; manner: Manner }) {
  const t = useTexts(testCallTexts);
  const there = state.phones.filter((phone) => phone.state !== "over");
  return (
    <Stack gap="xs" aria-live="polite">
      {there.map((phone) => (
        <Paper key={phone.leg} withBorder p="sm" radius="md" data-phone={phone.state}>
          {phone.state === "ringing" && (
            <Stack gap={6}>
              <Group gap="xs" wrap="nowrap">
                <IconPhoneRinging size={20} aria-hidden />
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {t.rings(phone.name)}
                </Text>
              </Group>
              {manner === "ask" && (
                <Group gap="xs">
                  <Button size="compact-md" onClick={() => call.answer(phone.leg)}>
                    {t.answer}
                  </Button>
                  <Button size="compact-md" variant="default" onClick={() => call.decline(phone.leg)}>
                    {t.decline}
                  </Button>
                  <Text size="sm" c="dimmed">
                    {t.letRing}
                  </Text>
                </Group>
              )}
            </Stack>
          )}
          {phone.state === "answered" && <Text>{t.answered(phone.name)}</Text>}
          {phone.state === "talking" && (
            <Stack gap={6} align="flex-start">
              <Text fw={600}>{t.talking(phone.name)}</Text>
              <Button size="compact-md" variant="default" onClick={() => call.leave(phone.leg)}>
                {t.staffHangsUp(phone.name)}
              </Button>
            </Stack>
          )}
        </Paper>
      ))}
    </Stack>
  );
}

function Lines({ state }: { state: TestState }) {
  const t = useTexts(testCallTexts);
  const list = useRef<HTMLOListElement>(null);
  const count = state.lines.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line comes into view
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [count]);
  const words = (line: TestState["lines"][number]): string => {
    switch (line.what) {
      case "said":
        return line.text || t.music;
      case "pressed":
        return t.pressed(line.text);
      case "nothing_pressed":
        return t.nothingPressed;
      case "spoke":
        return t.spoke(line.text);
      case "rings":
        return t.lineRings(line.text);
      case "answered":
        return t.lineAnswered(line.text);
      case "declined":
        return t.lineDeclined(line.text);
      case "talking":
        return t.lineTalking(line.text);
      case "parted":
        return t.lineParted(line.text);
    }
  };
  return (
    <Stack gap={4} component="section" aria-label={t.heard}>
      <Title order={4}>{t.heard}</Title>
      {count === 0 && (
        <Text size="sm" c="dimmed">
          {t.nothingYet}
        </Text>
      )}
      <ol
        ref={list}
        style={{ margin: 0, padding: 0, listStyle: "none", maxHeight: 320, overflowY: "auto" }}
        aria-live="polite"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by keyboard
        tabIndex={0}
      >
        {state.lines.map((line) => (
          <li key={`${line.at} ${line.what} ${line.text}`} style={{ padding: "3px 0" }} data-line={line.what}>
            {line.what === "said" && (
              <Text span size="sm" c="dimmed">
                {line.who === "staff" ? t.toStaff : t.clinicSays}:{" "}
              </Text>
            )}
            <Text span size="sm" fs={line.what === "said" ? undefined : "italic"} style={{ overflowWrap: "anywhere" }}>
              {words(line)}
            </Text>
          </li>
        ))}
      </ol>
    </Stack>
  );
}

/** Digits typed anywhere but in a field are keys of the phone. */
function useKeyboard(on: boolean, press: (keys: string) => void): void {
  const latest = useRef(press);
  latest.current = press;
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9*#]$/.test(event.key)) return;
      const at = event.target as HTMLElement | null;
      if (at?.closest("input, textarea, select, [contenteditable]")) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current(event.key);
    };
    window.addEventListener("keydown", pressed, true);
    return () => window.removeEventListener("keydown", pressed, true);
  }, [on]);
}

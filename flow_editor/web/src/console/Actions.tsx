/** What can be done with the call in hand: hold, pause the recording, bring somebody in, send it on. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowForwardUp,
  IconMusic,
  IconPlayerPause,
  IconRecordMail,
  IconUserPlus,
} from "@tabler/icons-react";
import { useState } from "react";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import { type CallInHand, type Order, order } from "./data";
import { SendOn } from "./SendOn";
import { consoleTexts } from "./texts";

export function Actions({ call }: { call: CallInHand }) {
  const t = useTexts(consoleTexts);
  const notices = useNotices();
  const [sending, setSending] = useState(false);
  const [asking, setAsking] = useState(false);
  const busy = call.busy || asking;

  async function doing(asked: Omit<Order, "entry">) {
    setAsking(true);
    try {
      await order({ entry: call.entry, ...asked });
    } catch (problem) {
      notices.failed(problem);
    } finally {
      setAsking(false);
    }
  }

  return (
    <Stack gap="sm" component="section" aria-label={t.actions}>
      {call.failed && (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} role="alert">
          {call.failed}
        </Alert>
      )}
      {call.third ? (
        <Third call={call} busy={busy} doing={doing} />
      ) : (
        <>
          {call.held && (
            <Alert color="yellow" icon={<IconMusic aria-hidden />} role="status">
              {t.onHold}
            </Alert>
          )}
          <Group gap="xs">
            <Button
              variant={call.held ? "filled" : "default"}
              leftSection={<IconPlayerPause aria-hidden size={18} />}
              disabled={busy}
              onClick={() => void doing({ what: call.held ? "take back" : "hold" })}
            >
              {call.held ? t.backToCaller : t.hold}
            </Button>
            {call.recording !== "off" && (
              <Button
                variant="default"
                leftSection={<IconRecordMail aria-hidden size={18} />}
                disabled={busy}
                onClick={() => void doing({ what: call.recording === "on" ? "pause recording" : "record on" })}
              >
                {call.recording === "on" ? t.pauseRecording : t.recordOn}
              </Button>
            )}
            <Button
              variant="default"
              leftSection={<IconArrowForwardUp aria-hidden size={18} />}
              disabled={busy}
              onClick={() => setSending(true)}
            >
              {t.sendOn}
            </Button>
            {call.lines.map((line) => (
              <Button
                key={line.line}
                variant="default"
                color={line.line === "dispatch" ? "red" : undefined}
                leftSection={<IconUserPlus aria-hidden size={18} />}
                disabled={busy}
                title={line.number}
                onClick={() => void doing({ what: "bring in", line: line.line })}
              >
                {line.name}
              </Button>
            ))}
          </Group>
        </>
      )}
      {sending && !call.third && <SendOn call={call} doing={doing} onClose={() => setSending(false)} />}
    </Stack>
  );
}

interface ThirdProps {
  call: CallInHand;
  busy: boolean;
  doing: (asked: Omit<Order, "entry">) => Promise<void>;
}

/** Somebody else is in the call, or being rung. */
function Third({ call, busy, doing }: ThirdProps) {
  const t = useTexts(consoleTexts);
  const { third } = call;
  if (!third) return null;
  const said = !third.there
    ? t.ringing(third.name)
    : third.colleague
      ? t.withColleague(third.name)
      : t.withThird(third.name);
  return (
    <Alert color="blue" icon={<IconUserPlus aria-hidden />} title={said} role="status">
      <Stack gap="sm">
        <Text>{third.colleague ? t.callerHearsMusic : third.there ? t.allHear : t.callerHearsYou}</Text>
        <Group gap="xs">
          {third.colleague && third.there && (
            <Button disabled={busy} onClick={() => void doing({ what: "hand over" })}>
              {t.handOver}
            </Button>
          )}
          {(third.there || third.colleague) && (
            <Button variant="default" disabled={busy} onClick={() => void doing({ what: "let go" })}>
              {third.colleague ? t.backToCaller : t.letGo}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

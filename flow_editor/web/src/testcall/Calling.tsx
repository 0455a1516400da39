/** The clinic is called as callers do: what the call is to be, then the phone. */
import { Divider, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTexts } from "../texts";
import { Choices } from "./Choices";
import { Phone } from "./Phone";
import { testCallTexts } from "./texts";
import { type Manner, useTestCall } from "./useTestCall";

export interface CallingProps {
  /** A call has begun. */
  onCalled?: () => void;
}

export function Calling({ onCalled }: CallingProps) {
  const t = useTexts(testCallTexts);
  const call = useTestCall();
  const [manner, setManner] = useState<Manner>("ask");
  const called = useRef(onCalled);
  called.current = onCalled;
  const id = call.state?.id;
  useEffect(() => {
    if (id) called.current?.();
  }, [id]);
  return (
    <Stack gap="md">
      <Stack gap="md" display={call.going ? "none" : undefined}>
        <Text size="sm" c="dimmed">
          {t.callLive}
        </Text>
        <Choices call={call} manner={manner} setManner={setManner} />
      </Stack>
      {!call.going && call.state && <Divider />}
      {call.state && <Phone call={call} manner={manner} />}
    </Stack>
  );
}

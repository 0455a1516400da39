/** A button that calls the clinic as callers do, in a drawer at the side. */
import { Button, Divider, Drawer, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPhone } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../texts";
import { Choices } from "./Choices";
import { Phone } from "./Phone";
import { testCallTexts } from "./texts";
import { type Manner, useTestCall } from "./useTestCall";

export default function CallTheClinic() {
  const t = useTexts(testCallTexts);
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button leftSection={<IconPhone size={18} aria-hidden />} onClick={open}>
        {t.callClinic}
      </Button>
      <Drawer
        opened={opened}
        onClose={close}
        position="right"
        title={t.callClinic}
        closeButtonProps={{ "aria-label": t.close }}
      >
        {opened && <Calling />}
      </Drawer>
    </>
  );
}

function Calling() {
  const t = useTexts(testCallTexts);
  const call = useTestCall();
  const [manner, setManner] = useState<Manner>("ask");
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

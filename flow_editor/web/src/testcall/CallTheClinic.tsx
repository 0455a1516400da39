/** A button that calls the clinic as callers do, in a drawer at the side. */
import { Button, Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPhone } from "@tabler/icons-react";
import { useTexts } from "../texts";
import { Calling } from "./Calling";
import { testCallTexts } from "./texts";

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

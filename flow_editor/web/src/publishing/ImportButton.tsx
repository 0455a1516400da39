/** In the header of the list of flows: leads to templates and files. */
import { Button } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { Link } from "wouter";
import { useTexts } from "../texts";
import { publishingTexts } from "./texts";

export default function ImportButton() {
  const t = useTexts(publishingTexts);
  return (
    <Button
      component={Link}
      href="/flows/import"
      variant="default"
      leftSection={<IconFileImport size={18} aria-hidden />}
    >
      {t.importFlow}
    </Button>
  );
}

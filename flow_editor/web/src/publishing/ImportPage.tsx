/** A flow from a template or a file, which is then drawn. */
import { Stack } from "@mantine/core";
import { useLocation } from "wouter";
import { PageHeader } from "../shared/PageHeader";
import { useTexts } from "../texts";
import { BringIn } from "./BringIn";
import { publishingTexts } from "./texts";

export default function ImportPage() {
  const t = useTexts(publishingTexts);
  const [, go] = useLocation();
  return (
    <Stack maw={960}>
      <PageHeader title={t.importFlow} description={t.importHelp} />
      <BringIn onMade={(flow) => go(`/flows/${flow}`)} />
    </Stack>
  );
}

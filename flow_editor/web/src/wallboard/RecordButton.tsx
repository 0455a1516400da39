/** What supervisors have done, with whom and when: for whoever may see the history. */
import { Button, Drawer, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { api, got, type Schema } from "../api/client";
import { Loading } from "../shared/Loading";
import { Problem } from "../shared/Problem";
import { sharedTexts } from "../shared/texts";
import { useFormats, useTexts } from "../texts";
import { wallboardTexts } from "./texts";

export function RecordButton() {
  const t = useTexts(wallboardTexts);
  const [opened, { open, close }] = useDisclosure();
  const shared = useTexts(sharedTexts);
  return (
    <>
      <Button variant="default" leftSection={<IconHistory aria-hidden size={18} />} onClick={open}>
        {t.record}
      </Button>
      <Drawer
        opened={opened}
        onClose={close}
        position="right"
        size="lg"
        title={t.record}
        closeButtonProps={{ "aria-label": shared.close }}
      >
        <Text c="dimmed" mb="md">
          {t.recordHelp}
        </Text>
        {opened && <Done />}
      </Drawer>
    </>
  );
}

function Done() {
  const t = useTexts(wallboardTexts);
  const { data, error, refetch } = useQuery({
    queryKey: ["orders", "record"],
    queryFn: () => got(api.GET("/api/wallboard/record")),
  });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (!data.done.length) return <Text>{t.nothingDone}</Text>;
  return (
    <Stack gap="md">
      {data.done.map((one) => (
        <Line key={one.id} one={one} />
      ))}
    </Stack>
  );
}

function Line({ one }: { one: Schema<"RecordOut">["done"][number] }) {
  const t = useTexts(wallboardTexts);
  const formats = useFormats();
  const more = [
    one.about,
    one.mode && t.modes3[one.mode],
    one.do && t.does[one.do],
    one.detail,
    one.until && t.until(formats.time(one.until)),
    one.failed,
  ];
  return (
    <div data-done={one.what}>
      <Text size="sm" c="dimmed">
        {formats.dateTime(one.at)}
      </Text>
      <Text style={{ overflowWrap: "anywhere" }}>
        <b>{one.by}</b> {t.done[one.what]}
      </Text>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {more.filter(Boolean).join(" · ")}
      </Text>
    </div>
  );
}

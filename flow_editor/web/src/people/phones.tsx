/** What is known of phones: connected or not, since when; and what one needs to be set up. */
import { Alert, Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { components } from "../api/schema";
import { useNotices } from "../shared/notices";
import { useFormats, useTexts } from "../texts";
import { asJson } from "../things/calls";
import { personTexts } from "./texts";

export type PhoneNow = components["schemas"]["PeopleOne.PhoneNow"];
type SetUp = components["schemas"]["PhoneSetUp"];

/** Whether what is shown of phones is fresh, and whether changes reach the switch. */
export function usePhones() {
  return useQuery({
    queryKey: ["registrations"],
    queryFn: () => asJson<components["schemas"]["PhonesState"]>("GET", "/api/phones"),
  });
}

/** Whether a phone is connected, and since when; nothing of a number outside, nor where nobody looks. */
export function PhoneState({ phone, watched }: { phone: PhoneNow; watched: boolean }) {
  const t = useTexts(personTexts);
  const formats = useFormats();
  if (phone.signed_in === null || !watched) return null;
  return (
    <Group gap={6} wrap="nowrap">
      <IconCircleFilled
        aria-hidden
        size={10}
        style={{ flexShrink: 0 }}
        color={`var(--mantine-color-${phone.signed_in ? "teal" : "gray"}-text)`}
      />
      <Text size="sm" c={phone.signed_in ? undefined : "dimmed"}>
        {phone.signed_in ? t.signedIn(phone.since ? formats.dateTime(phone.since) : "") : t.notSignedIn}
      </Text>
    </Group>
  );
}

/** A value to be copied. */
export function Copied({ label, value }: { label: string; value: string }) {
  const t = useTexts(personTexts);
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput label={label} value={value} readOnly style={{ flex: 1 }} />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {copied ? t.copied : t.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

/** What to type into a phone. */
export function SetUpPhone({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const t = useTexts(personTexts);
  const notices = useNotices();
  const written = usePhones().data?.written ?? false;
  const [anew, setAnew] = useState<SetUp | null>(null);
  const { data } = useQuery({
    queryKey: ["phones", "set up", id],
    queryFn: () => asJson<SetUp>("GET", `/api/phones/${id}/set-up`),
    gcTime: 0,
  });
  const shown = anew ?? data;

  async function renew() {
    try {
      setAnew(await asJson<SetUp>("POST", `/api/phones/${id}/set-up`));
      notices.saved(t.renewed);
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <Modal opened onClose={onClose} title={t.setUpTitle(name)} closeButtonProps={{ "aria-label": t.close }}>
      {shown && (
        <Stack>
          <Text>{t.setUpHelp}</Text>
          <Copied label={t.user} value={shown.user} />
          <Copied label={t.password} value={shown.password} />
          <Copied label={t.server} value={shown.domain} />
          <Alert color={written ? "gray" : "orange"}>{written ? t.written : t.notWritten}</Alert>
          <Group>
            <Button variant="default" onClick={() => void renew()}>
              {t.renew}
            </Button>
            <Text size="sm" c="dimmed">
              {t.renewHelp}
            </Text>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

/** Close a place in an emergency: why, and until when. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { api, got } from "../api/client";
import { wallClock, wallDate } from "../shared/moments";
import { useTexts } from "../texts";
import type { PlaceNow } from "./data";
import { homeTexts } from "./texts";
import { useSwitch } from "./useSwitch";

export function CloseDialog({ place, onClose }: { place: PlaceNow; onClose: () => void }) {
  const t = useTexts(homeTexts);
  const turn = useSwitch();
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const now = Date.now();
  const midnight = `${wallDate(now + 86_400_000, place.zone)}T00:00`;

  async function close(event: FormEvent) {
    event.preventDefault();
    const params = { path: { kind: place.kind, id: place.id } };
    const body = { reason, until: until || null };
    if (await turn(got(api.POST("/api/home/places/{kind}/{id}/closure", { params, body })), t.closed(place.name))) {
      onClose();
    }
  }

  return (
    <Modal opened onClose={onClose} title={t.closeTitle(place.name)} closeButtonProps={{ "aria-label": t.cancel }}>
      <form onSubmit={close}>
        <Stack>
          <Text>{t.emergencyHelp}</Text>
          <TextInput
            label={t.reason}
            description={t.reasonHelp}
            maxLength={200}
            value={reason}
            data-autofocus
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t.closedUntil}
            description={t.closedUntilHelp}
            min={wallClock(now, place.zone)}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
          <Group gap="xs">
            <Button size="compact-md" variant="light" onClick={() => setUntil(midnight)}>
              {t.restOfDay}
            </Button>
            <Button size="compact-md" variant="light" onClick={() => setUntil("")}>
              {t.untilIReopen}
            </Button>
          </Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit" color="red.8">
              {t.closeNow}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

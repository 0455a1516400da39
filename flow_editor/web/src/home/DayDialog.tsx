/** Close early today, or stay open longer. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { api, got } from "../api/client";
import { wallTime } from "../shared/moments";
import { useFormats, useTexts } from "../texts";
import type { PlaceNow } from "./data";
import { homeTexts } from "./texts";
import { useSwitch } from "./useSwitch";

interface DayDialogProps {
  place: PlaceNow;
  kind: "early" | "late";
  onClose: () => void;
}

export function DayDialog({ place, kind, onClose }: DayDialogProps) {
  const t = useTexts(homeTexts);
  const formats = useFormats();
  const turn = useSwitch();
  const [at, setAt] = useState(() => proposed(place, kind));

  async function save(event: FormEvent) {
    event.preventDefault();
    const params = { path: { kind: place.kind, id: place.id } };
    const said = t.dayEnds(place.name, formats.time(`2000-01-01T${at}:00`));
    if (await turn(got(api.POST("/api/home/places/{kind}/{id}/day", { params, body: { kind, at } })), said)) onClose();
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={kind === "early" ? t.closeEarlyTitle(place.name) : t.stayOpenTitle(place.name)}
      closeButtonProps={{ "aria-label": t.cancel }}
    >
      <form onSubmit={save}>
        <Stack>
          <Text>{place.day_ends ? t.usualEnd(formats.time(place.day_ends, place.zone)) : t.usuallyClosed}</Text>
          <TextInput
            type="time"
            required
            withAsterisk={false}
            label={t.at}
            value={at}
            data-autofocus
            onChange={(event) => setAt(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit">{t.save}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Now to close early; two hours more to stay open. */
function proposed(place: PlaceNow, kind: "early" | "late"): string {
  const now = Date.now();
  if (kind === "early") return wallTime(now, place.zone);
  const end = place.day_ends ? Math.max(new Date(place.day_ends).getTime(), now) : now;
  const hour = 3_600_000;
  return wallTime(Math.ceil(end / hour) * hour + 2 * hour, place.zone);
}

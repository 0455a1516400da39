/** "Put the hospital through to me until 3": in one step, ending by itself. */
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Refused } from "../api/client";
import { queries } from "../api/queries";
import { moment } from "../rotas/moment";
import { wallClock, wallDate, wallTime } from "../shared/moments";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { ReferenceField } from "../things/fields";
import { PROVIDERS } from "../things/kinds";
import { expect, noLonger, type ProviderLine } from "./data";
import { providerTexts } from "./texts";

interface PutThroughProps {
  /** To whom it may be; the first is proposed. */
  providers: readonly ProviderLine[];
  onClose: () => void;
}

const HOUR = 3_600_000;

export function PutThrough({ providers, onClose }: PutThroughProps) {
  const t = useTexts(providerTexts);
  const formats = useFormats();
  const notices = useNotices();
  const [to, setTo] = useState(providers[0]?.id ?? "");
  const provider = providers.find((one) => one.id === to) ?? providers[0];
  const zone = provider?.zone ?? "UTC";
  const [who, setWho] = useState("");
  const [by, setBy] = useState<"number" | "list" | "nothing">("number");
  const [number, setNumber] = useState("");
  const [list, setList] = useState<string | null>(null);
  const [at, setAt] = useState(() => wallTime(Math.ceil(Date.now() / HOUR) * HOUR + HOUR, zone));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const fields = error instanceof Refused ? error.fields : {};
  const until = at ? next(at, zone) : "";

  async function save(event: FormEvent) {
    event.preventDefault();
    if (!provider) return;
    setBusy(true);
    setError(null);
    try {
      const form = {
        label: who.trim(),
        number: by === "number" ? number : "",
        list: by === "list" ? list : null,
        until,
      };
      const made = await expect(provider.id, form);
      const called = who.trim() || number || t.anybody;
      await again();
      notices.saved(t.done(called, provider.name), () => noLonger(provider.id, made.id).then(again));
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={t.putThroughTitle} closeButtonProps={{ "aria-label": t.cancel }}>
      <form onSubmit={save} noValidate>
        <Stack>
          {providers.length > 1 && (
            <Select
              label={t.toWhom}
              searchable
              allowDeselect={false}
              data={providers.map((one) => ({ value: one.id, label: one.name }))}
              value={to}
              onChange={(id) => id && setTo(id)}
            />
          )}
          {provider && !provider.reachable && <Text size="sm">{t.noPhone}</Text>}
          <TextInput
            label={t.who}
            placeholder={t.whoExample}
            maxLength={200}
            value={who}
            data-autofocus
            onChange={(event) => setWho(event.currentTarget.value)}
          />
          <Select
            label={t.recognised}
            allowDeselect={false}
            data={[
              { value: "number", label: t.byNumber },
              { value: "list", label: t.byList },
              { value: "nothing", label: t.byNothing },
            ]}
            value={by}
            onChange={(chosen) => chosen && setBy(chosen as typeof by)}
          />
          {by === "number" && (
            <TextInput
              type="tel"
              label={t.number}
              maxLength={40}
              value={number}
              error={fields.number}
              onChange={(event) => setNumber(event.currentTarget.value)}
            />
          )}
          {by === "list" && <ReferenceField noun="list" label={t.list} value={list} onChange={setList} />}
          <TextInput
            type="time"
            label={t.untilWhen}
            description={until && t.thatIs(`${formats.day(until, zone)}, ${formats.time(until, zone)}`)}
            value={at}
            error={fields.until}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
          {error !== null && Object.keys(fields).length === 0 && <Problem error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button
              type="submit"
              loading={busy}
              disabled={!until || !provider || (by === "number" && !number.trim()) || (by === "list" && list === null)}
            >
              {t.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Everything about providers is asked for again. */
export async function again(): Promise<void> {
  await queries.invalidateQueries({ queryKey: [PROVIDERS.topic] });
}

/** The next time that the clock on the wall of a place shows so much (ISO). */
export function next(at: string, zone: string, now = Date.now()): string {
  const today = moment(`${wallDate(now, zone)}T${at}`, zone);
  if (Date.parse(today) > now) return today;
  return moment(`${wallClock(now + 24 * HOUR, zone).slice(0, 10)}T${at}`, zone);
}

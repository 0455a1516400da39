/** What came of publishing: on which controllers new calls take the version, and what to do where they do not yet. */
import { Button, Group, List, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "../api/client";
import { queries } from "../api/queries";
import { useNotices } from "../shared/notices";
import { useFormats, useTexts } from "../texts";
import { type Acknowledgement, type Published, rollBack } from "./queries";
import { Said } from "./Said";
import { publishingTexts } from "./texts";

/** Milliseconds between two looks at who has a version, as long as not everybody has. */
const LOOK = 1000;

export interface Outcome {
  published: Published;
  /** For a plan. */
  startsAt?: Date | null;
  endsAt?: Date | null;
  zone: string;
  /** The number of the version that was live before. */
  before: number | null;
}

export function Acknowledged({ flow, outcome, close }: { flow: string; outcome: Outcome; close: () => void }) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const { published, startsAt, endsAt, zone } = outcome;
  const moment = (at: Date) => formats.dateTime(at, zone);
  return (
    <Stack>
      {published.planned ? (
        <Said kind="plan" title={t.planned(published.number)} announced>
          <Stack gap="xs">
            {startsAt && <Text size="sm">{t.plannedFrom(moment(startsAt))}</Text>}
            {endsAt && <Text size="sm">{t.plannedUntil(moment(endsAt))}</Text>}
            {endsAt && <Text size="sm">{t.draftIsLive}</Text>}
          </Stack>
        </Said>
      ) : (
        <Live flow={flow} published={published} />
      )}
      {!published.planned && endsAt && <Text size="sm">{t.plannedUntil(moment(endsAt))}</Text>}
      {!published.planned && <Text size="sm">{t.underWay}</Text>}
      <Group>
        <Button onClick={close}>{t.close}</Button>
        {!published.planned && published.before && outcome.before !== null && (
          <GoBack flow={flow} to={published.before} number={outcome.before} from={published.version} then={close} />
        )}
      </Group>
    </Stack>
  );
}

function Live({ flow, published }: { flow: string; published: Published }) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const { version } = published;
  const { data: told } = useQuery({
    queryKey: ["acknowledgements", flow, version],
    queryFn: () => got(api.GET("/api/flows/{flow}/acknowledgement/{version}", { params: { path: { flow, version } } })),
    enabled: published.acknowledgement?.everywhere === false,
    refetchInterval: (query) => (query.state.data?.everywhere ? false : LOOK),
    staleTime: 0,
  });
  const first = published.acknowledgement;
  if (!first) return null;
  const now: Acknowledgement = told ?? first;
  const count = (milliseconds: number) => formats.number(milliseconds, { maximumFractionDigits: 0 });
  if (now.everywhere) {
    return (
      <Said kind="good" title={t.live(published.number)} announced>
        {first.everywhere && first.milliseconds !== null ? (
          <Text size="sm">{t.liveOn(now.on, now.of, count(first.milliseconds))}</Text>
        ) : (
          <Text size="sm">{t.notEverywhere(now.on, now.of)}</Text>
        )}
      </Said>
    );
  }
  return (
    <Said kind="look" title={t.notEverywhere(now.on, now.of)} announced>
      <Stack gap="xs">
        <Text size="sm">{now.advice}</Text>
        {now.of > 0 && (
          <List size="sm">
            {now.controllers.map(({ name, milliseconds }) => (
              <List.Item key={name}>
                {name}: {milliseconds === null ? t.notYet : t.milliseconds(count(milliseconds))}
              </List.Item>
            ))}
          </List>
        )}
        {now.of > 0 && <Loader size="sm" aria-hidden />}
      </Stack>
    </Said>
  );
}

/** One click back to what was live before, which can be undone in its turn. */
export function GoBack({
  flow,
  to,
  number,
  from,
  label,
  then = () => {},
}: {
  flow: string;
  to: string;
  number: number;
  from: string | null;
  label?: string;
  then?: () => void;
}) {
  const t = useTexts(publishingTexts);
  const notices = useNotices();
  const [busy, setBusy] = useState(false);
  async function go() {
    setBusy(true);
    try {
      const done = await rollBack(flow, to, from);
      const { on, of } = done.acknowledgement ?? { on: 0, of: 0 };
      const words = [t.backTo(done.number, on, of), done.acknowledgement?.advice, ...done.warnings];
      const before = done.before;
      notices.saved(words.filter(Boolean).join(". "), before ? () => rollBack(flow, before, to) : undefined);
      then();
    } catch (error) {
      notices.failed(error);
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ["publications"] });
    }
  }
  return (
    <Button variant="default" loading={busy} onClick={() => void go()}>
      {label ?? t.goBackTo(number)}
    </Button>
  );
}

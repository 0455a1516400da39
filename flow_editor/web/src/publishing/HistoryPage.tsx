/** A flow's history: every version, when each was live, what is different between any two, and one click back. */
import { Anchor, Badge, Button, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { IconArrowBackUp, IconHistory } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Link, useParams } from "wouter";
import { api } from "../api/client";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { useNotices } from "../shared/notices";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { GoBack } from "./Acknowledged";
import { Differences } from "./Differences";
import classes from "./publishing.module.css";
import {
  cancelPlan,
  exportAddress,
  type History,
  type HistoryVersion,
  type Publication,
  useDifferences,
  useHistory,
  useVersion,
} from "./queries";
import { publishingTexts } from "./texts";

const VersionCanvas = lazy(() => import("./VersionCanvas"));

export default function HistoryPage() {
  const t = useTexts(publishingTexts);
  const { id } = useParams<{ id: string }>();
  const { data: history, error, refetch } = useHistory(id);
  if (error && !history) return <Problem error={error} retry={() => void refetch()} />;
  if (!history) return <Loading />;
  return (
    <Stack>
      <PageHeader
        title={t.historyOf(history.name)}
        description={t.historyHelp}
        actions={
          <Button
            component={Link}
            href={`/flows/${id}`}
            variant="default"
            leftSection={<IconArrowBackUp size={18} aria-hidden />}
          >
            {t.toFlow}
          </Button>
        }
      />
      {history.versions.length === 0 ? (
        <Empty icon={IconHistory} title={t.noVersions}>
          {t.noVersionsHelp}
        </Empty>
      ) : (
        <Shown history={history} />
      )}
    </Stack>
  );
}

function Shown({ history }: { history: History }) {
  const { versions } = history;
  const newest = versions[0]?.id ?? null;
  const [pair, setPair] = useState<[string | null, string | null]>([versions[1]?.id ?? null, newest]);
  return (
    <Stack gap="xl">
      <ul className={classes.versions}>
        {versions.map((version) => (
          <li key={version.id}>
            <Version history={history} version={version} compare={(with_) => setPair([version.id, with_])} />
          </li>
        ))}
      </ul>
      {versions.length > 1 && <Comparison history={history} pair={pair} setPair={setPair} />}
    </Stack>
  );
}

function Version({
  history,
  version,
  compare,
}: {
  history: History;
  version: HistoryVersion;
  compare: (with_: string) => void;
}) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const notices = useNotices();
  const plan = version.times.find((time) => time.standing === "planned");
  const now = version.times.find((time) => time.standing === "live");

  async function drawFrom() {
    try {
      const params = { path: { flow: history.flow } };
      await api.POST("/api/flows/{flow}/draw-from", { params, body: { version: version.id } });
      notices.saved(t.drawnFrom(version.number));
    } catch (error) {
      notices.failed(error);
    }
  }
  async function cancel(publication: Publication, words: string) {
    try {
      await cancelPlan(publication.id);
      notices.saved(words);
    } catch (error) {
      notices.failed(error);
    }
  }
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group gap="sm">
          <Title order={2} size="h3">
            {t.version(version.number)}
          </Title>
          {version.live && (
            <Badge color="teal" variant="light" size="lg">
              {t.liveNow}
            </Badge>
          )}
          {version.live && now?.ends_at && (
            <Badge color="blue" variant="light" size="lg">
              {t.liveUntil(formats.dateTime(now.ends_at, history.zone))}
            </Badge>
          )}
          {plan && (
            <Badge color="blue" variant="light" size="lg">
              {t.plannedFor(formats.dateTime(plan.starts_at, history.zone))}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {t.by(version.by ?? t.program, formats.dateTime(version.at, history.zone))}
        </Text>
        {version.note && <Text className={classes.words}>{version.note}</Text>}
        <Times version={version} zone={history.zone} />
        <Group gap="xs">
          {history.may_publish && !version.live && (
            <GoBack
              flow={history.flow}
              to={version.id}
              number={version.number}
              from={history.live}
              label={version.was_live ? t.makeLive : t.makeLiveFirst}
            />
          )}
          {history.may_publish && plan && (
            <Button variant="default" onClick={() => void cancel(plan, t.planCancelled)}>
              {t.cancelPlan}
            </Button>
          )}
          {history.may_publish && version.live && now?.ends_at && (
            <Button variant="default" onClick={() => void cancel(now, t.stays)}>
              {t.keepIt}
            </Button>
          )}
          {history.may_draw && (
            <Button variant="subtle" onClick={() => void drawFrom()}>
              {t.drawFrom}
            </Button>
          )}
          {history.live && !version.live && (
            <Button variant="subtle" onClick={() => compare(history.live as string)}>
              {t.compare}
            </Button>
          )}
          <Anchor href={exportAddress(history.flow, version.id)} download size="sm" px="sm">
            {t.download}
          </Anchor>
        </Group>
      </Stack>
    </Paper>
  );
}

/** When a version was live, and why it was although rehearsals failed. */
function Times({ version, zone }: { version: HistoryVersion; zone: string }) {
  const t = useTexts(publishingTexts);
  const formats = useFormats();
  const at = (moment: string) => formats.dateTime(moment, zone);
  function words(time: Publication): string | null {
    if (time.standing === "planned") return null;
    if (time.standing === "cancelled") return t.cancelled(at(time.starts_at));
    const began = at(time.began_at ?? time.starts_at);
    let said = t.isLive(began);
    if (time.standing === "over") said = time.over_at ? t.wasLive(began, at(time.over_at)) : t.wasLiveFrom(began);
    const why = t.occasion[time.occasion];
    return why ? `${said} (${why})` : said;
  }
  return (
    <>
      {version.times.map((time) => {
        const said = words(time);
        return (
          <div key={time.id}>
            {said && <Text size="sm">{said}</Text>}
            {time.reason && (
              <Text size="sm" className={classes.words}>
                {t.inSpite(time.reason, formats.list(time.failed))}
              </Text>
            )}
          </div>
        );
      })}
    </>
  );
}

function Comparison({
  history,
  pair: [old, newer],
  setPair,
}: {
  history: History;
  pair: [string | null, string | null];
  setPair: (pair: [string | null, string | null]) => void;
}) {
  const t = useTexts(publishingTexts);
  const { data: found, error } = useDifferences(history.flow, old, newer);
  const { data: before } = useVersion(history.flow, old);
  const { data: after } = useVersion(history.flow, newer);
  const [wanted, setWanted] = useState<{ step: string; count: number } | null>(null);
  const data = history.versions.map(({ id, number }) => ({ value: id, label: t.version(number) }));
  const number = (id: string | null) => history.versions.find((version) => version.id === id)?.number;
  const numbers = [number(old), number(newer)];
  const chosen = old !== null && newer !== null && old !== newer;
  return (
    <Stack component="section" aria-label={t.compare} id="compare">
      <Group align="flex-end">
        <Select
          label={t.compare}
          data={data}
          value={old}
          onChange={(id) => setPair([id, newer])}
          allowDeselect={false}
        />
        <Select
          label={t.compareWith}
          data={data}
          value={newer}
          onChange={(id) => setPair([old, id])}
          allowDeselect={false}
        />
      </Group>
      {!chosen && <Text>{t.choose}</Text>}
      {error && <Problem error={error} />}
      {chosen && found && numbers[0] !== undefined && numbers[1] !== undefined && (
        <>
          <Title order={2} size="h3">
            {t.differencesOf(numbers[0], numbers[1])}
          </Title>
          {found.differences.length ? (
            <Differences
              differences={found.differences}
              show={(step) => setWanted((before_) => ({ step, count: (before_?.count ?? 0) + 1 }))}
            />
          ) : (
            <Text>{t.noDifferences}</Text>
          )}
          {before && after && (
            <Suspense fallback={<Loading rows={1} height={400} />}>
              <VersionCanvas
                flow={history.flow}
                version={after}
                before={before}
                differences={found.differences}
                wanted={wanted}
              />
            </Suspense>
          )}
        </>
      )}
    </Stack>
  );
}

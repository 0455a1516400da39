/** Calls: who is on the line now, and every call that came, with a search. */
import {
  Alert,
  Badge,
  Button,
  Checkbox,
  Group,
  Paper,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPhoneCall, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { api, got, type Schema } from "../api/client";
import { DataTable } from "../shared/DataTable";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { callsTexts } from "./texts";
import { useCallsChanged } from "./useCallsChanged";

type Call = Schema<"CallsOut">["calls"][number];
type Which = "all" | "live" | "ended";
type Ending = NonNullable<Call["ending"]>;

export default function CallsPage() {
  const t = useTexts(callsTexts);
  const [, go] = useLocation();
  const [params] = useSearchParams();
  const [flow, node, exit] = [params.get("flow"), params.get("node"), params.get("exit")];
  const [which, setWhich] = useState<Which>(params.get("state") === "live" ? "live" : "all");
  const [ending, setEnding] = useState<Ending | null>(null);
  const [tests, setTests] = useState(false);
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed.trim(), 300);
  const asked = {
    state: which,
    tests,
    text,
    ...(ending && { ending }),
    ...(flow && { flow }),
    ...(node && { node }),
    ...(exit !== null && { exit }),
  };
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["call list", asked],
    queryFn: ({ pageParam }) =>
      got(api.GET("/api/calls", { params: { query: { ...asked, ...(pageParam && { before: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.more ?? undefined,
    placeholderData: keepPreviousData,
  });
  useCallsChanged("call list");
  const calls = data?.pages.flatMap((page) => page.calls) ?? [];
  const filtered = which !== "all" || ending !== null || text !== "" || node !== null;
  const title = node ? (calls.find((call) => call.here?.node === node)?.here?.title ?? node) : "";
  return (
    <>
      <PageHeader title={t.calls} description={t.description} />
      <Stack gap="md">
        {node && (
          <Alert>
            <Group justify="space-between">
              <Text>{t.at(title)}</Text>
              <Button
                variant="default"
                size="compact-md"
                onClick={() => {
                  setWhich("all");
                  go("/calls");
                }}
              >
                {t.clear}
              </Button>
            </Group>
          </Alert>
        )}
        <Group align="flex-end" gap="md">
          <TextInput
            label={t.search}
            placeholder={t.searchHelp}
            leftSection={<IconSearch size={18} aria-hidden />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            type="search"
          />
          <SegmentedControl
            aria-label={t.which}
            value={which}
            onChange={(chosen) => setWhich(chosen as Which)}
            data={[
              { value: "all", label: t.all },
              { value: "live", label: t.live },
              { value: "ended", label: t.ended },
            ]}
          />
          {which !== "live" && (
            <Select
              label={t.ending}
              placeholder={t.anyEnding}
              clearable
              data={Object.entries(t.endings).map(([value, label]) => ({ value, label }))}
              value={ending}
              onChange={(chosen) => setEnding(chosen as Ending | null)}
            />
          )}
          <Checkbox
            label={t.tests}
            checked={tests}
            onChange={(event) => setTests(event.currentTarget.checked)}
            pb={8}
          />
        </Group>
        {error && !data && <Problem error={error} retry={() => void refetch()} />}
        {!data && !error && <Loading />}
        {data && calls.length === 0 && !filtered && (
          <Empty icon={IconPhoneCall} title={t.none}>
            {t.noneHelp}
          </Empty>
        )}
        {data && calls.length === 0 && filtered && <Text c="dimmed">{t.noneFound}</Text>}
        {calls.length > 0 && (
          <Paper withBorder radius="lg" p="sm">
            <Table calls={calls} />
          </Paper>
        )}
        {hasNextPage && (
          <Button variant="default" onClick={() => void fetchNextPage()} loading={isFetchingNextPage}>
            {t.more}
          </Button>
        )}
      </Stack>
    </>
  );
}

export function useFrom(): (call: Call) => string {
  const t = useTexts(callsTexts);
  return (call) => (call.hidden ? t.hidden : [call.caller_name, call.caller].filter(Boolean).join(" · ") || t.withheld);
}

function Table({ calls }: { calls: readonly Call[] }) {
  const t = useTexts(callsTexts);
  const formats = useFormats();
  const from = useFrom();
  return (
    <DataTable
      label={t.calls}
      rows={calls}
      rowKey={(call) => call.id}
      href={(call) => `/calls/${call.id}`}
      columns={[
        { key: "began", title: t.began, show: (call) => formats.dateTime(call.began_at) },
        {
          key: "from",
          title: t.from,
          show: (call) => (
            <Group gap="xs">
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {from(call)}
              </Text>
              {call.test && <Badge variant="light">{t.test}</Badge>}
            </Group>
          ),
        },
        {
          key: "to",
          title: t.to,
          show: (call) => (
            <>
              <Text size="sm">{call.dialled}</Text>
              <Text size="sm" c="dimmed">
                {call.flow_name}
              </Text>
            </>
          ),
        },
        {
          key: "now",
          title: t.now,
          show: (call) =>
            call.ended_at ? (
              <Text size="sm">{call.ending ? t.endings[call.ending] : call.ended}</Text>
            ) : (
              <Group gap="xs">
                <Badge variant="filled">{t.onTheLine}</Badge>
                <Text size="sm">{call.here?.title}</Text>
              </Group>
            ),
        },
        {
          key: "took",
          title: t.took,
          numeric: true,
          show: (call) => (call.seconds === null ? "" : formats.duration(call.seconds ?? 0)),
        },
      ]}
    />
  );
}

/** The list of a kind: search, an empty state that says what to do first, and the history of all. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type Icon, IconPlus, IconSearch } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { type Column, DataTable } from "../shared/DataTable";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { type Kind, type Line, useReferences, useThings } from "./calls";
import { History } from "./History";
import { thingTexts } from "./texts";

export interface ThingListProps<L extends Line> {
  kind: Kind;
  title: string;
  description: string;
  icon: Icon;
  /** What the button says that makes a new one. */
  make: string;
  columns: readonly Column<L>[];
  /** What the page says while there is none: what to do first. */
  empty: { title: string; words: string };
  /** What is searched in, beside the name. */
  searched?: (line: L) => string;
  /** Whether there is more than one location to belong to: shown in a column of its own, if so. */
  located?: boolean;
  actions?: ReactNode;
  /** Between the head and the list. */
  above?: ReactNode;
  /** How many the server gives at most: then it searches, too. */
  most?: number;
  /** Without the head of a page: for a list that is a part of one. */
  bare?: boolean;
}

export function ThingList<L extends Line>(props: ThingListProps<L>) {
  const t = useTexts(thingTexts);
  const [search, setSearch] = useState("");
  const [quiet] = useDebouncedValue(search.trim(), 250);
  const asked = props.most === undefined ? "" : quiet;
  const { data, error, refetch } = useThings<L>(props.kind, asked);
  const places = useReferences("location").data?.items ?? [];
  const wanted = search.trim().toLowerCase();
  const rows = (data?.items ?? []).filter(
    (line) => props.most !== undefined || `${line.name} ${props.searched?.(line) ?? ""}`.toLowerCase().includes(wanted),
  );
  const columns: Column<L>[] = [...props.columns];
  if (props.located !== false && places.length > 1)
    columns.push({
      key: "location",
      title: t.location,
      show: (line) => places.find((place) => place.id === line.location)?.name ?? t.organisationShort,
    });
  const make = data?.may_make && (
    <Button component={Link} href={`${props.kind.page}/new`} leftSection={<IconPlus aria-hidden size={18} />}>
      {props.make}
    </Button>
  );
  const actions = (
    <>
      {props.actions}
      {data && <History kind={props.kind} id={null} mayChange={data.may_make} />}
      {make}
    </>
  );
  return (
    <>
      {props.bare ? (
        <Group justify="flex-end" my="md">
          {actions}
        </Group>
      ) : (
        <PageHeader title={props.title} description={props.description} actions={actions} />
      )}
      {props.above}
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.items.length === 0 && !search && (
        <Empty icon={props.icon} title={props.empty.title} action={make}>
          {props.empty.words}
        </Empty>
      )}
      {data && (data.items.length > 0 || search) && (
        <Stack>
          {(data.items.length > 5 || search) && (
            <TextInput
              type="search"
              aria-label={t.search}
              placeholder={t.search}
              leftSection={<IconSearch aria-hidden size={18} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
              maw={360}
            />
          )}
          {rows.length === props.most && <Text c="dimmed">{t.first(rows.length)}</Text>}
          {rows.length ? (
            <DataTable
              label={props.title}
              columns={columns}
              rows={rows}
              rowKey={(line) => line.id}
              href={(line) => `${props.kind.page}/${line.id}`}
            />
          ) : (
            <Text c="dimmed">{t.nothingFound(search)}</Text>
          )}
        </Stack>
      )}
    </>
  );
}

/** Home: open or closed, what callers are told today, lines now, who is on call, messages, and what needs somebody. */
import { Anchor, Button, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconBuilding } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense } from "react";
import { Link } from "wouter";
import { useMay } from "../accounts/session";
import { DataTable } from "../shared/DataTable";
import { Empty } from "../shared/Empty";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { Tag } from "../shared/Tag";
import { useTexts } from "../texts";
import { AnnouncementForAll } from "./Announcement";
import { Concerns } from "./Concerns";
import { type HomeNow, useHome } from "./data";
import { OnCallNow } from "./OnCallNow";
import { PlaceCard } from "./PlaceCard";
import { homeTexts } from "./texts";

const ExpectedAtHome = lazy(() => import("../providers/ExpectedAtHome"));
const CallTheClinic = lazy(() => import("../testcall/CallTheClinic"));

export default function HomePage() {
  const t = useTexts(homeTexts);
  const { data, error, refetch } = useHome();
  const mayCall = useMay("test_calls");
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  return (
    <>
      <PageHeader
        title={data?.organisation || t.home}
        description={t.description}
        actions={
          mayCall && (
            <Suspense>
              <CallTheClinic />
            </Suspense>
          )
        }
      />
      {data ? <Everything home={data} /> : <Loading />}
    </>
  );
}

function Everything({ home }: { home: HomeNow }) {
  const t = useTexts(homeTexts);
  return (
    <Stack gap="xl">
      <Concerns />
      <Stack component="section" gap="sm" aria-labelledby="home-places">
        <Title order={2} id="home-places">
          {t.places}
        </Title>
        {home.places.length === 0 ? (
          <Empty
            icon={IconBuilding}
            title={t.noPlaces}
            action={
              <Button component={Link} href="/set-up">
                {t.setUp}
              </Button>
            }
          >
            {t.noPlacesHelp}
          </Empty>
        ) : (
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
            {home.places.map((place) => (
              <PlaceCard key={place.id} place={place} languages={home.languages} />
            ))}
          </SimpleGrid>
        )}
        {home.places.length > 0 && <AnnouncementForAll home={home} />}
      </Stack>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" verticalSpacing="xl">
        <Section id="home-on-call" title={t.onCall}>
          <OnCallNow rotas={home.on_call} />
        </Section>
        <Section id="home-messages" title={t.messages}>
          <Messages home={home} />
        </Section>
      </SimpleGrid>
      <Suspense>
        <ExpectedAtHome />
      </Suspense>
      <Section id="home-lines" title={t.lines}>
        <Lines home={home} />
      </Section>
    </Stack>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="sm" aria-labelledby={id}>
      <Title order={2} id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function Messages({ home }: { home: HomeNow }) {
  const t = useTexts(homeTexts);
  if (home.messages.length === 0) return <Text c="dimmed">{t.noMessages}</Text>;
  return (
    <Paper withBorder radius="lg" p="sm">
      <Table aria-label={t.messages} verticalSpacing="sm">
        <Table.Tbody>
          {home.messages.map((box) => (
            <Table.Tr key={box.id}>
              <Table.Td>
                <Anchor component={Link} href={`/messages?mailbox=${box.id}`} fw={600}>
                  {box.name}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Group gap="xs" justify="flex-end">
                  {box.urgent > 0 && <Tag look="bad">{t.urgent(box.urgent)}</Tag>}
                  <Text size="sm">{t.unheard(box.unheard)}</Text>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Lines({ home }: { home: HomeNow }) {
  const t = useTexts(homeTexts);
  if (home.lines.length === 0) {
    return (
      <Group>
        <Text c="dimmed">{t.noLines}</Text>
        <Button component={Link} href="/numbers" variant="light">
          {t.addNumber}
        </Button>
      </Group>
    );
  }
  return (
    <DataTable
      label={t.lines}
      rows={home.lines}
      rowKey={(line) => line.id}
      columns={[
        {
          key: "number",
          title: t.number,
          show: (line) => (
            <>
              <Text fw={600}>{line.label || line.shown}</Text>
              {line.label && (
                <Text size="sm" c="dimmed">
                  {line.shown}
                </Text>
              )}
            </>
          ),
        },
        { key: "flow", title: t.flow, show: (line) => line.flow || <Text c="red.8">{t.noFlow}</Text> },
        {
          key: "calls",
          title: t.onLine,
          numeric: true,
          show: (line) => (
            <Text fw={line.calls ? 700 : 400} data-calls={line.calls}>
              {line.calls}
            </Text>
          ),
        },
        { key: "today", title: t.today, numeric: true, show: (line) => line.today },
      ]}
    />
  );
}

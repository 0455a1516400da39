/** The frame around every page: navigation, the lost-connection banner, and a way past both for the keyboard. */
import { Alert, AppShell, Burger, Button, Group, NavLink, ScrollArea, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlugConnectedX, IconUserCircle } from "@tabler/icons-react";
import { Suspense, useEffect } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { useSession } from "../accounts/session";
import { useConnection } from "../live";
import { PAGES } from "../routes";
import { BackToSetUp } from "../setup/BackToSetUp";
import { ErrorBoundary } from "../shared/ErrorBoundary";
import { Loading } from "../shared/Loading";
import { useTexts } from "../texts";
import { PLACES, type Place, SET_UP } from "./navigation";
import classes from "./shell.module.css";
import { shellTexts } from "./texts";

export function Shell() {
  const t = useTexts(shellTexts);
  const [opened, { toggle, close }] = useDisclosure();
  const [path] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu
  useEffect(close, [path]);

  return (
    <AppShell
      layout="alt"
      header={{ height: 56, collapsed: false }}
      navbar={{ width: 232, breakpoint: "md", collapsed: { mobile: !opened } }}
      padding={0}
      classNames={{ header: classes.header }}
    >
      <a className={classes.skip} href="#page">
        {t.skip}
      </a>
      <AppShell.Header hiddenFrom="md" px="md">
        <Group h="100%" gap="sm">
          <Burger opened={opened} onClick={toggle} aria-label={t.menu} />
          <Text fw={700} size="lg">
            Careline
          </Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={t.navigation}>
        <Group px="sm" py="xs" justify="space-between">
          <Text fw={700} size="xl" c="var(--mantine-primary-color-filled)">
            Careline
          </Text>
          <Burger opened={opened} onClick={toggle} hiddenFrom="md" aria-label={t.menu} />
        </Group>
        <ScrollArea flex={1} type="hover" scrollbarSize={6} viewportProps={{ tabIndex: -1 }}>
          <Stack gap={2} pb="md">
            {PLACES.map((place) => (
              <PlaceLink key={place.path} place={place} />
            ))}
            {SET_UP.some((place) => isThere(place)) && (
              <Text size="sm" c="dimmed" fw={600} px="sm" pt="md" pb={4} component="h2">
                {t.setUp}
              </Text>
            )}
            {SET_UP.map((place) => (
              <PlaceLink key={place.path} place={place} />
            ))}
          </Stack>
        </ScrollArea>
        <AccountLink />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className={classes.main}>
        <LostConnection />
        <BackToSetUp />
        <ErrorBoundary resetOn={path}>
          <Suspense
            fallback={
              <div className={classes.page}>
                <Loading />
              </div>
            }
          >
            <Switch>
              {PAGES.map(({ path: address, Show, wide }) => (
                <Route key={address} path={address}>
                  <div className={wide ? classes.wide : classes.page}>
                    <Show />
                  </div>
                </Route>
              ))}
              <Route path="/sign-in">
                <Redirect to="/" replace />
              </Route>
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </AppShell.Main>
    </AppShell>
  );
}

function isThere(place: Place): boolean {
  return PAGES.some((page) => page.path === place.path);
}

function PlaceLink({ place: { path, text, icon: Picture } }: { place: Place }) {
  const t = useTexts(shellTexts);
  const [here] = useLocation();
  const active = path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);
  if (!PAGES.some((page) => page.path === path)) return null;
  return (
    <NavLink
      component={Link}
      href={path}
      label={t[text]}
      active={active}
      aria-current={active ? "page" : undefined}
      leftSection={<Picture aria-hidden size={20} stroke={1.75} />}
      className={classes.place}
    />
  );
}

function AccountLink() {
  const t = useTexts(shellTexts);
  const { person } = useSession();
  const [here] = useLocation();
  return (
    <NavLink
      component={Link}
      href="/account"
      label={person.name}
      description={t.account}
      active={here === "/account"}
      leftSection={<IconUserCircle aria-hidden size={24} stroke={1.5} />}
      className={classes.place}
      noWrap
    />
  );
}

function LostConnection() {
  const t = useTexts(shellTexts);
  if (useConnection() !== "lost") return null;
  return (
    <Alert
      color="yellow"
      variant="filled"
      autoContrast
      radius={0}
      role="status"
      icon={<IconPlugConnectedX aria-hidden />}
      py="xs"
    >
      {t.lost}
    </Alert>
  );
}

function NotFound() {
  const t = useTexts(shellTexts);
  return (
    <Stack align="flex-start" className={classes.page}>
      <Title order={1}>{t.notFound}</Title>
      <Text>{t.notFoundHelp}</Text>
      <Button component={Link} href="/">
        {t.toHome}
      </Button>
    </Stack>
  );
}

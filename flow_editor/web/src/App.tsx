/** A link that lets somebody in; nobody signed in: the sign-in page. Otherwise the frame with its pages, or the wallboard alone. */
import { Center, Loader } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useRoute } from "wouter";
import { SignInPage } from "./accounts/SignInPage";
import { type Session, useAccounts } from "./accounts/session";
import { WelcomePage } from "./accounts/WelcomePage";
import { queries } from "./api/queries";
import { Problem } from "./shared/Problem";
import { Shell } from "./shell/Shell";

const OpenScreenPage = lazy(() => import("./wallboard/OpenScreenPage"));
const WallPage = lazy(() => import("./wallboard/WallPage"));

export function App() {
  const { session, error } = useAccounts();
  const [byLink, link] = useRoute<{ token: string }>("/welcome/:token");
  const [onWall] = useRoute("/wall");
  const [byCode, opening] = useRoute<{ code?: string }>("/screen/:code?");
  if (byLink) return <WelcomePage token={link.token} />;
  if (session && (onWall || isScreen(session))) {
    return (
      <Suspense fallback={<Waiting />}>
        <WallPage />
      </Suspense>
    );
  }
  // A screen that has been ended is let in anew, and signs in as nobody.
  if (byCode || (onWall && session === null)) {
    return (
      <Suspense fallback={<Waiting />}>
        <OpenScreenPage given={byCode ? opening.code : ""} />
      </Suspense>
    );
  }
  if (session) return <Shell />;
  if (session === null) return <SignInPage />;
  return error ? (
    <Center h="100dvh" p="md">
      <Problem error={error} retry={() => void queries.invalidateQueries()} />
    </Center>
  ) : (
    <Waiting />
  );
}

/** Whether this is a screen on a wall, and nobody's own browser: the wallboard is all that it may show. */
function isScreen({ permissions }: Session): boolean {
  return permissions.every((permission) => permission === "signed_in" || permission === "see_wallboard");
}

function Waiting() {
  return (
    <Center h="100dvh" p="md">
      <Loader />
    </Center>
  );
}

/** A link that lets somebody in; nobody signed in: the sign-in page. Otherwise the frame with its pages. */
import { Center, Loader } from "@mantine/core";
import { useRoute } from "wouter";
import { SignInPage } from "./accounts/SignInPage";
import { useAccounts } from "./accounts/session";
import { WelcomePage } from "./accounts/WelcomePage";
import { queries } from "./api/queries";
import { Problem } from "./shared/Problem";
import { Shell } from "./shell/Shell";

export function App() {
  const { session, error } = useAccounts();
  const [byLink, link] = useRoute<{ token: string }>("/welcome/:token");
  if (byLink) return <WelcomePage token={link.token} />;
  if (session) return <Shell />;
  if (session === null) return <SignInPage />;
  return (
    <Center h="100dvh" p="md">
      {error ? <Problem error={error} retry={() => void queries.invalidateQueries()} /> : <Loader />}
    </Center>
  );
}

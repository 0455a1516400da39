/** My calls: what I am doing, the call in hand with all that is known of it, my messages, and who is to be called back. */
import { Stack } from "@mantine/core";
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { Call } from "./Call";
import classes from "./console.module.css";
import { useConsole } from "./data";
import { Callbacks, Messages } from "./Lists";
import { StatusCard } from "./StatusCard";
import { consoleTexts } from "./texts";

export default function ConsolePage() {
  const t = useTexts(consoleTexts);
  const { data, error, refetch } = useConsole();
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  return (
    <>
      <PageHeader title={t.title} description={t.description} />
      {data ? (
        <div className={classes.page}>
          <Stack gap="lg" miw={0}>
            <StatusCard now={data} />
            <Call key={data.call?.entry ?? ""} now={data} />
          </Stack>
          <Stack gap="lg" miw={0}>
            <Messages />
            <Callbacks callbacks={data.callbacks} />
          </Stack>
        </div>
      ) : (
        <Loading />
      )}
    </>
  );
}

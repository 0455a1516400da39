/** One flow, to be drawn. */
import { Alert, Anchor, Button, Center, Loader, Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useRef, useState } from "react";
import { Link, useParams } from "wouter";
import { queries } from "../api/queries";
import { Problem } from "../shared/Problem";
import { rememberedLanguage, useLanguage, useTexts } from "../texts";
import { Editor } from "./Editor";
import { KindsContext, kindsIn, useKindsQuery } from "./kinds";
import { Connection } from "./model/connection";
import { useWatched } from "./model/keyed";
import { canvasTexts } from "./texts";

// Asked for as soon as this page is loaded, while it is still being asked who is signed in.
void queries.prefetchQuery(kindsIn(rememberedLanguage()));

export default function CanvasPage() {
  const { id } = useParams<{ id: string }>();
  return <OneFlow key={id} id={id} />;
}

function OneFlow({ id }: { id: string }) {
  const kinds = useKindsQuery();
  const language = useLanguage();
  const first = useRef(language);
  const [connection, setConnection] = useState<Connection | null>(null);

  useEffect(() => {
    const opened = new Connection(id, first.current);
    setConnection(opened);
    return () => opened.close();
  }, [id]);
  // What the server says of the flow is in its reader's language, also when they choose another one meanwhile.
  useEffect(() => void connection?.read(language), [connection, language]);

  if (kinds.error) {
    return (
      <Center p="xl">
        <Problem error={kinds.error} retry={() => void kinds.refetch()} />
      </Center>
    );
  }
  if (!kinds.data || !connection) return <Waiting />;
  return (
    <KindsContext value={kinds.data}>
      <Opened connection={connection} />
    </KindsContext>
  );
}

function Opened({ connection }: { connection: Connection }) {
  const t = useTexts(canvasTexts);
  const saving = useWatched(connection.saving);
  const copied = useWatched(connection.copied);
  useDocumentTitle("Careline");
  if (saving.state === "gone") {
    return (
      <Stack p="xl" align="flex-start">
        {copied ? (
          <Alert color="yellow" role="alert">
            {t.copied(copied.name)}{" "}
            <Anchor component={Link} href={`/flows/${copied.flow}`}>
              {t.toCopy}
            </Anchor>
          </Alert>
        ) : (
          <Alert color="yellow" role="alert">
            {t.gone}
          </Alert>
        )}
        <Button component={Link} href="/flows" variant="default">
          {t.back}
        </Button>
        {copied && <Button onClick={() => location.reload()}>{t.reload}</Button>}
      </Stack>
    );
  }
  if (saving.state === "refused" && !connection.client) {
    return (
      <Center p="xl">
        <Problem error={saving.error} retry={() => location.reload()} />
      </Center>
    );
  }
  if (saving.state === "opening") return <Waiting />;
  return (
    <ReactFlowProvider>
      <Editor connection={connection} />
    </ReactFlowProvider>
  );
}

function Waiting() {
  return (
    <Center style={{ flex: 1 }} mih={300}>
      <Loader />
    </Center>
  );
}

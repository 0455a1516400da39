/** Listening in: whose conversation one is in, how, and out again. One's own phone carries the sound; this only steers it. */
import { Alert, Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useSessionStorage } from "@mantine/hooks";
import { IconEar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, got, type Schema } from "../api/client";
import { queries } from "../api/queries";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import type { Agent } from "./board";
import { wallboardTexts } from "./texts";

type Mode = Schema<"ListeningOut">["mode"];
interface Begun {
  id: string;
  name: string;
}

const MODES: readonly Mode[] = ["listen", "whisper", "barge"];

/** The listening that goes on, and how to begin one. */
export function useListening() {
  const notices = useNotices();
  const [begun, setBegun] = useSessionStorage<Begun | null>({ key: "careline-listening", defaultValue: null });
  async function listen(agent: Agent) {
    try {
      const { id } = await got(api.POST("/api/wallboard/listening", { body: { agent: agent.id, mode: "listen" } }));
      setBegun({ id, name: agent.name });
    } catch (error) {
      notices.failed(error);
    }
  }
  return { begun, listen, over: () => setBegun(null) };
}

export function ListeningBar({ begun, over }: { begun: Begun; over: () => void }) {
  const t = useTexts(wallboardTexts);
  const notices = useNotices();
  const key = ["orders", "listening", begun.id];
  const path = { params: { path: { id: begun.id } } };
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: () => got(api.GET("/api/wallboard/listening/{id}", path)),
    refetchInterval: 10_000,
  });
  const ended = data?.state === "over" || error !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it ends
  useEffect(() => {
    if (!ended) return;
    if (data?.said) notices.failed(new Error(data.said));
    over();
  }, [ended]);
  if (!data || ended) return null;

  async function steer(work: Promise<unknown>) {
    try {
      await work;
      await queries.invalidateQueries({ queryKey: key });
    } catch (problem) {
      notices.failed(problem);
    }
  }
  return (
    <Alert color="accent" icon={<IconEar aria-hidden />} role="status" data-listening={data.state}>
      {data.state === "ringing" ? (
        <Text>{t.ringing(begun.name)}</Text>
      ) : (
        <Group justify="space-between" align="flex-start" gap="md">
          <Stack gap={4}>
            <Text fw={600}>{t.listening(begun.name)}</Text>
            <Text size="sm">{t.modeHelp[data.mode]}</Text>
          </Stack>
          <Group gap="sm">
            <SegmentedControl
              aria-label={t.how}
              value={data.mode}
              onChange={(mode) =>
                void steer(got(api.PATCH("/api/wallboard/listening/{id}", { ...path, body: { mode: mode as Mode } })))
              }
              data={MODES.map((mode) => ({ value: mode, label: t.modes3[mode] }))}
            />
            <Button
              variant="default"
              onClick={() => void steer(got(api.DELETE("/api/wallboard/listening/{id}", path)))}
            >
              {t.stop}
            </Button>
          </Group>
        </Group>
      )}
    </Alert>
  );
}

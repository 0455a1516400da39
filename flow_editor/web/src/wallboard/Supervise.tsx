/** What whoever supervises may do with a caller or an agent, beside their row. The server decides; this hides what it would refuse. */
import { Button, Group, Menu, Popover, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowsExchange, IconDots, IconEar, IconX } from "@tabler/icons-react";
import { api, got } from "../api/client";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import type { Agent, BoardNow, Held, Waiting } from "./board";
import { wallboardTexts } from "./texts";

/** Move a caller to another queue, and back by "undo". */
export function MoveButton({ entry, board }: { entry: Waiting; board: BoardNow }) {
  const t = useTexts(wallboardTexts);
  const notices = useNotices();
  const send = (queue: string) =>
    got(api.POST("/api/wallboard/waiting/{id}/move", { params: { path: { id: entry.id } }, body: { queue } }));
  async function move(queue: string, name: string) {
    try {
      await send(queue);
      notices.saved(t.moved(name), () => send(entry.queue));
    } catch (error) {
      notices.failed(error);
    }
  }
  const others = board.queues.filter((queue) => queue.id !== entry.queue);
  if (!others.length || !["waiting", "offered"].includes(entry.state)) return null;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="compact-md" variant="default" leftSection={<IconArrowsExchange size={16} aria-hidden />}>
          {t.move}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Menu.Label>{t.moveTo}</Menu.Label>
        {others.map((queue) => (
          <Menu.Item key={queue.id} onClick={() => void move(queue.id, queue.name)}>
            {queue.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Call somebody back no more: that cannot be undone, so it is asked about. */
export function CancelButton({ place, who }: { place: Held; who: string }) {
  const t = useTexts(wallboardTexts);
  const notices = useNotices();
  const [opened, { toggle, close }] = useDisclosure();
  async function cancel() {
    close();
    try {
      await got(api.DELETE("/api/wallboard/held/{id}", { params: { path: { id: place.id } } }));
      notices.saved(t.cancelled);
    } catch (error) {
      notices.failed(error);
    }
  }
  if (place.state !== "held") return null;
  return (
    <Popover opened={opened} onChange={(open) => !open && close()} position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconX size={16} aria-hidden />}
          aria-label={t.cancelCallbackFor(who)}
          onClick={toggle}
        >
          {t.cancelCallback}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw={300}>
        <Stack gap="sm">
          <Text size="sm">{t.cancelSure}</Text>
          <Button size="sm" color="red" variant="light" onClick={() => void cancel()}>
            {t.cancelDo}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

type Do = "sign_in" | "sign_out" | "pause" | "ready";

/** What an agent may be told to do, by what they do now; and listening in. */
export function AgentActions({ agent, listen }: { agent: Agent; listen: ((agent: Agent) => void) | null }) {
  const t = useTexts(wallboardTexts);
  const notices = useNotices();
  const send = (what: Do) =>
    got(api.POST("/api/wallboard/agents/{id}", { params: { path: { id: agent.id } }, body: { do: what, reason: "" } }));
  async function change(what: Do) {
    const back: Do = what === "sign_out" ? "sign_in" : what === "pause" ? "ready" : "pause";
    try {
      await send(what);
      notices.saved(t.didDo[what], () => send(back));
    } catch (error) {
      notices.failed(error);
    }
  }
  const resting = agent.mode === "paused" || agent.mode === "set_aside" || agent.mode === "wrap_up";
  const can: Do[] = [
    ...(resting || agent.then ? (["ready"] as const) : []),
    ...(agent.mode === "paused" ? [] : (["pause"] as const)),
    "sign_out",
  ];
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {listen && agent.mode === "talking" && agent.entry && (
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconEar size={16} aria-hidden />}
          aria-label={t.listenTo(agent.name)}
          onClick={() => listen(agent)}
        >
          {t.listen}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button size="compact-md" variant="default" aria-label={t.change(agent.name)} px={6}>
            <IconDots size={18} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {agent.mode === "talking" && <Menu.Label>{t.afterCall}</Menu.Label>}
          {can.map((what) => (
            <Menu.Item key={what} onClick={() => void change(what)}>
              {t.does[what]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** Send the call on: to whom, and what goes along. The time that the caller has waited goes along by itself. */
import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "../api/client";
import { Loading } from "../shared/Loading";
import { languageName } from "../shared/languages";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import type { CallInHand, Order } from "./data";
import { consoleTexts } from "./texts";

type To = "person" | "queue" | "flow";

interface SendOnProps {
  call: CallInHand;
  doing: (asked: Omit<Order, "entry">) => Promise<void>;
  onClose: () => void;
}

export function SendOn({ call, doing, onClose }: SendOnProps) {
  const t = useTexts(consoleTexts);
  const { locale } = useFormats();
  const { data, error } = useQuery({
    queryKey: ["console", "targets"],
    queryFn: () => got(api.GET("/api/console/targets")),
    staleTime: 0,
  });
  const [to, setTo] = useState<To>("person");
  const [id, setId] = useState<string | null>(null);
  const [note, setNote] = useState(call.mine.slice(0, 300));
  const [language, setLanguage] = useState(call.language);
  const [rank, setRank] = useState(String(call.rank));
  const choices = { person: data?.people, queue: data?.queues, flow: data?.flows }[to] ?? [];
  const languages = [...new Set([call.language, ...(data?.languages ?? [])])];

  function send(what: "send" | "consult") {
    onClose();
    void doing({ what, to, id: id ?? "", note, language, rank: Number(rank) });
  }

  return (
    <Modal opened onClose={onClose} title={t.sendOn} size="lg" closeButtonProps={{ "aria-label": t.close }}>
      <Stack gap="md">
        {error && <Problem error={error} />}
        {!data && !error && <Loading rows={2} />}
        {data && (
          <>
            <SegmentedControl
              fullWidth
              aria-label={t.sendTo}
              value={to}
              data={[
                { value: "person", label: t.toPerson },
                { value: "queue", label: t.toQueue },
                { value: "flow", label: t.toFlow },
              ]}
              onChange={(chosen) => {
                setTo(chosen as To);
                setId(null);
              }}
            />
            <Select
              label={t.sendTo}
              placeholder={t.choose}
              searchable
              nothingFoundMessage={t.nothingFound}
              data={choices.map((one) => ({
                value: one.id,
                label: one.about ? `${one.name} · ${one.about}` : one.name,
              }))}
              value={id}
              onChange={setId}
            />
            <Textarea
              label={t.sentNote}
              description={t.sentNoteHelp}
              autosize
              minRows={2}
              maxLength={300}
              value={note}
              onChange={({ currentTarget }) => setNote(currentTarget.value)}
            />
            <Group grow align="flex-end">
              <Select
                label={t.language}
                data={languages.map((tag) => ({ value: tag, label: languageName(tag, locale) }))}
                value={language}
                allowDeselect={false}
                onChange={(chosen) => chosen && setLanguage(chosen)}
              />
              <Select
                label={t.urgency}
                data={[
                  { value: "0", label: t.ranks.normal },
                  { value: "1", label: t.ranks.soon },
                  { value: "2", label: t.ranks.urgent },
                ]}
                value={rank}
                allowDeselect={false}
                onChange={(chosen) => chosen && setRank(chosen)}
              />
            </Group>
            <Text size="sm" c="dimmed">
              {to === "flow" ? t.sentFlowHelp : t.sentHelp}
            </Text>
            <Group justify="flex-end">
              {to === "person" && (
                <Button variant="default" disabled={!id} onClick={() => send("consult")}>
                  {t.talkFirst}
                </Button>
              )}
              <Button disabled={!id} onClick={() => send("send")}>
                {t.sendNow}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}

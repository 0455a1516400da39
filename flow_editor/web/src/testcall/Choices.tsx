/** What a test call is to be: who calls which number, when, and what people and hours do. */
import { Button, Collapse, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconChevronDown, IconPhone } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got, Refused, type Schema } from "../api/client";
import { momentOf, shownAt } from "../publishing/zoned";
import { Loading } from "../shared/Loading";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { testCallTexts } from "./texts";
import type { Begin, Manner, TestCall } from "./useTestCall";

type Choosable = Schema<"TestChoices">;
type State = keyof (typeof testCallTexts)["en"]["states"];
const STATES: readonly State[] = ["open", "break", "closed", "holiday", "emergency"];

export function useChoices() {
  return useQuery({ queryKey: ["numbers", "test-calls"], queryFn: () => got(api.GET("/api/test-calls/choices")) });
}

interface Props {
  /** What is called whatever is chosen here: a flow; without it, what the number reaches. */
  flow?: string | undefined;
  call: TestCall;
  manner: Manner;
  setManner: (manner: Manner) => void;
  /** Within the click: the sound may be played from then on. */
  onCall?: () => void;
}

export function Choices(props: Props) {
  const { data, error, refetch } = useChoices();
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  return data ? <Form {...props} choices={data} /> : <Loading rows={3} />;
}

function Form({ flow, call, manner, setManner, onCall, choices }: Props & { choices: Choosable }) {
  const t = useTexts(testCallTexts);
  const [dialled, setDialled] = useState(choices.numbers[0]?.number ?? "");
  const [caller, setCaller] = useState("+13125550142");
  const [later, setLater] = useState(false);
  const [at, setAt] = useState(() => shownAt(Date.now(), choices.zone));
  const [hours, setHours] = useState<Record<string, State>>({});
  const [services, setServices] = useState<string>("answer");
  const [more, setMore] = useState(false);
  const fields = call.error instanceof Refused ? call.error.fields : {};

  const begin = () => {
    onCall?.();
    const asked: Begin = { dialled, caller, hours, web_services: services as Schema<"BeginTest">["web_services"] };
    if (flow) asked.flow = flow;
    const moment = later ? momentOf(at, choices.zone) : null;
    if (moment) asked.at = moment.toISOString();
    void call.begin(asked, manner);
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}
    >
      <Stack gap="sm">
        {choices.numbers.length > 0 && (
          <Select
            label={t.dialled}
            placeholder={t.anyNumber}
            data={choices.numbers.map(({ number, location, flow: reaches }) => ({
              value: number,
              label: [number, location, flow ? null : reaches].filter(Boolean).join(" · "),
            }))}
            value={dialled || null}
            onChange={(chosen) => setDialled(chosen ?? "")}
            allowDeselect={false}
            error={fields.dialled}
          />
        )}
        <TextInput
          label={t.caller}
          description={t.callerHelp}
          value={caller}
          onChange={(event) => setCaller(event.currentTarget.value)}
          error={fields.caller}
          inputMode="tel"
        />
        <Stack gap={4}>
          <Text size="sm" fw={500} id="test-when">
            {t.when}
          </Text>
          <SegmentedControl
            aria-labelledby="test-when"
            value={later ? "later" : "now"}
            onChange={(chosen) => setLater(chosen === "later")}
            data={[
              { value: "now", label: t.now },
              { value: "later", label: t.otherTime },
            ]}
          />
        </Stack>
        {later && (
          <TextInput
            type="datetime-local"
            label={t.time}
            description={choices.zone.replaceAll("_", " ")}
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
            required
          />
        )}
        <Select
          label={t.people}
          data={(["ask", "all", "none"] as const).map((value) => ({ value, label: t.answers[value] }))}
          value={manner}
          onChange={(chosen) => setManner((chosen ?? "ask") as Manner)}
          allowDeselect={false}
        />
        <Group>
          <Button
            variant="subtle"
            size="compact-md"
            rightSection={<IconChevronDown size={16} aria-hidden />}
            onClick={() => setMore(!more)}
            aria-expanded={more}
          >
            {t.more}
          </Button>
        </Group>
        <Collapse expanded={more}>
          <Stack gap="sm">
            {choices.hours.map(({ id, name }) => (
              <Select
                key={id}
                label={`${t.hours}: ${name}`}
                placeholder={t.asAtThatTime}
                clearable
                data={STATES.map((state) => ({ value: state, label: t.states[state] }))}
                value={hours[id] ?? null}
                onChange={(chosen) => {
                  const { [id]: _, ...others } = hours;
                  setHours(chosen ? { ...others, [id]: chosen as State } : others);
                }}
              />
            ))}
            <Select
              label={t.webServices}
              data={choices.web_services.map(({ value, words }) => ({ value, label: words }))}
              value={services}
              onChange={(chosen) => setServices(chosen ?? "answer")}
              allowDeselect={false}
            />
          </Stack>
        </Collapse>
        {call.error !== null && <Problem error={call.error} />}
        <Button type="submit" size="md" leftSection={<IconPhone size={20} aria-hidden />} loading={call.beginning}>
          {call.state ? t.again : t.call}
        </Button>
      </Stack>
    </form>
  );
}

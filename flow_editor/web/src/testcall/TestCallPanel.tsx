/** Beside the canvas: the draft is called, and the way that the call takes is lit on it. */
import { Button, Divider, Stack, Text } from "@mantine/core";
import { IconChecklist } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { api, got } from "../api/client";
import { useCanvas } from "../canvas/canvas";
import type { Decoration } from "../canvas/model/decorations";
import { arrowKey, newId } from "../canvas/model/drawing";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import { Choices } from "./Choices";
import { Phone } from "./Phone";
import { testCallTexts } from "./texts";
import { type Manner, type TestState, useTestCall } from "./useTestCall";

export default function TestCallPanel() {
  const t = useTexts(testCallTexts);
  const { flow, decorations, mayDraw } = useCanvas();
  const call = useTestCall();
  const [manner, setManner] = useState<Manner>("ask");
  const { state } = call;

  useEffect(() => {
    decorations.set("test call", state ? lit(state, flow) : new Map());
  }, [decorations, state, flow]);
  useEffect(() => () => decorations.set("test call", new Map()), [decorations]);

  return (
    <Stack gap="md" p="md">
      <Stack gap="md" display={call.going ? "none" : undefined}>
        <Text size="sm" c="dimmed">
          {t.callDraft}
        </Text>
        <Choices flow={flow} call={call} manner={manner} setManner={setManner} />
      </Stack>
      {!call.going && state && <Divider />}
      {mayDraw && state?.stage === "ended" && state.path.length > 0 && <Keep test={state.id} />}
      {state && <Phone call={call} manner={manner} />}
    </Stack>
  );
}

/** The steps and arrows that the call went by. */
function lit(state: TestState, flow: string): ReadonlyMap<string, Decoration> {
  const marks = new Map<string, Decoration>();
  for (const step of state.path) {
    if (step.flow !== flow) continue;
    marks.set(step.node, { lit: "path" });
    if (step.exit) marks.set(arrowKey(step.node, step.exit), { lit: "path" });
  }
  if (state.here?.flow === flow) marks.set(state.here.node, { lit: "now" });
  return marks;
}

function Keep({ test }: { test: string }) {
  const t = useTexts(testCallTexts);
  const { drawing } = useCanvas();
  const notices = useNotices();
  const [busy, setBusy] = useState(false);
  const keep = async () => {
    setBusy(true);
    try {
      const made = await got(api.GET("/api/test-calls/{id}/rehearsal", { params: { path: { id: test } } }));
      drawing.apart();
      drawing.change(() => drawing.rehearsals.set(newId("rehearsal"), made.rehearsal));
      drawing.apart();
      notices.saved(made.passes ? t.kept : t.keptFails(made.why.join(" ")), () => drawing.undoing.undo());
    } catch (error) {
      notices.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="light" leftSection={<IconChecklist size={18} aria-hidden />} onClick={keep} loading={busy}>
      {t.keep}
    </Button>
  );
}

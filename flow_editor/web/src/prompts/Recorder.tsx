/** A recording in one language: heard, uploaded, made by the microphone, taken away again. */
import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { IconMicrophone, IconPlayerStopFilled, IconUpload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { request } from "../api/client";
import { queries } from "../api/queries";
import { useNotices } from "../shared/notices";
import { Problem } from "../shared/Problem";
import { useFormats, useTexts } from "../texts";
import { asJson, type Done, type Kind, undo } from "../things/calls";
import { PlayButton } from "./Hear";
import { promptTexts } from "./texts";
import { asWav } from "./wav";

interface RecorderProps {
  kind: Kind;
  id: string;
  language: string;
  /** The language's name, for screen readers. */
  called: string;
  recorded: boolean;
  readOnly: boolean;
}

export function Recorder({ kind, id, language, called, recorded, readOnly }: RecorderProps) {
  const t = useTexts(promptTexts);
  const notices = useNotices();
  const [error, setError] = useState<unknown>(null);
  const [complaint, setComplaint] = useState("");
  const [busy, setBusy] = useState(false);
  const path = `/api/${kind.path}/${id}/recordings/${language}`;

  async function doing(work: () => Promise<Done>, said: string) {
    setBusy(true);
    setError(null);
    setComplaint("");
    try {
      const { change } = await work();
      notices.saved(said, change ? () => undo(change) : undefined);
      await queries.invalidateQueries({ queryKey: [kind.topic] });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  function put(sound: Blob) {
    const form = new FormData();
    form.set("sound", sound, "sound");
    void doing(async () => (await request("PUT", path, form)).json() as Promise<Done>, t.kept);
  }

  const microphone = useMicrophone(
    async (sound) => {
      try {
        put(await asWav(sound));
      } catch {
        setComplaint(t.unreadable);
      }
    },
    () => setComplaint(t.noMicrophone),
  );

  return (
    <Stack gap="xs">
      <Group gap="xs">
        {recorded && <PlayButton label={t.hearRecording} what={called} bring={() => request("GET", path)} />}
        {!readOnly && (
          <>
            <FileButton accept="audio/*" onChange={(file) => file && put(file)}>
              {(props) => (
                <Button
                  {...props}
                  variant="default"
                  size="compact-md"
                  loading={busy}
                  leftSection={<IconUpload aria-hidden size={16} />}
                  aria-label={`${t.upload}: ${called}`}
                >
                  {t.upload}
                </Button>
              )}
            </FileButton>
            <Button
              variant={microphone.seconds === null ? "default" : "filled"}
              color={microphone.seconds === null ? undefined : "red.8"}
              size="compact-md"
              disabled={busy}
              leftSection={
                microphone.seconds === null ? (
                  <IconMicrophone aria-hidden size={16} />
                ) : (
                  <IconPlayerStopFilled aria-hidden size={16} />
                )
              }
              aria-label={`${microphone.seconds === null ? t.record : t.stopRecording}: ${called}`}
              onClick={microphone.toggle}
            >
              {microphone.seconds === null ? t.record : t.stopRecording}
            </Button>
            {recorded && (
              <Button
                variant="subtle"
                size="compact-md"
                disabled={busy}
                aria-label={`${t.back}: ${called}`}
                onClick={() => void doing(() => asJson<Done>("DELETE", path), t.gone)}
              >
                {t.back}
              </Button>
            )}
          </>
        )}
      </Group>
      <Running seconds={microphone.seconds} />
      {complaint && (
        <Text c="red.8" role="alert">
          {complaint}
        </Text>
      )}
      {error !== null && <Problem error={error} />}
    </Stack>
  );
}

function Running({ seconds }: { seconds: number | null }) {
  const t = useTexts(promptTexts);
  const formats = useFormats();
  return (
    <Text size="sm" role="status">
      {seconds === null ? "" : t.recordingNow(formats.duration(seconds))}
    </Text>
  );
}

/** Records until it is pressed again, five minutes at most. `seconds`: how long already; null: not at all. */
function useMicrophone(heard: (sound: Blob) => void, refused: () => void) {
  const [seconds, setSeconds] = useState<number | null>(null);
  const recorder = useRef<MediaRecorder | null>(null);
  const clock = useRef<number>(undefined);

  function letGo() {
    window.clearInterval(clock.current);
    for (const track of recorder.current?.stream.getTracks() ?? []) track.stop();
    recorder.current = null;
    setSeconds(null);
  }
  useEffect(
    () => () => {
      window.clearInterval(clock.current);
      for (const track of recorder.current?.stream.getTracks() ?? []) track.stop();
    },
    [],
  );

  async function begin() {
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      refused();
      return;
    }
    const parts: Blob[] = [];
    const recording = new MediaRecorder(stream);
    recording.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recording.addEventListener("stop", () => {
      letGo();
      heard(new Blob(parts, { type: recording.mimeType }));
    });
    recorder.current = recording;
    recording.start();
    const began = Date.now();
    setSeconds(0);
    clock.current = window.setInterval(() => {
      const passed = (Date.now() - began) / 1000;
      setSeconds(passed);
      if (passed >= LONGEST) recording.stop();
    }, 250);
  }

  return { seconds, toggle: () => (recorder.current ? recorder.current.stop() : void begin()) };
}

/** Seconds; the server takes no longer ones. */
const LONGEST = 300;

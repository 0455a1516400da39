"""Speech: what the hot path of a call pays for a prompt, and what a new text takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import soundfile

from controller.calls.call import Utterance
from controller.voice.messages import inspect
from controller.voice.reading import read_out
from controller.voice.speaker import RecordingSpeaker
from controller.voice.speech import Speech
from controller.voice.uploads import convert
from tests.bench.row import Row

SENTENCE = "Thank you for calling Lakeside Family Clinic. For appointments, press one. For prescriptions, press two."
APPOINTMENT = "Hello {who:name}, we expect you on {when:date} at {when:time}. Our number is {clinic:phone}."
VALUES = {"who": "Amy Chen", "when": "2026-11-24T10:30:00-06:00", "clinic": "+13125550147"}


def _each(what: Callable[[], object], times: int) -> float:
    """Seconds of one, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(times):
            what()
        best = min(best, time.perf_counter() - began)
    return best / times


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> list[Row]:
    speech = Speech(folder / "speech")
    speaker = RecordingSpeaker(speech)
    try:
        began = time.perf_counter()
        spoken = speaker.files([Utterance("en", SENTENCE)])[0]
        first = time.perf_counter() - began
        new = iter(f"{SENTENCE} {n}" for n in range(10_000))
        fresh = _each(lambda: speech.file("en", next(new)), 20)
        began = time.perf_counter()
        for job in speech.prepare(("en", f"{n}. {SENTENCE}") for n in range(200)):
            job.result()
        ahead = (time.perf_counter() - began) / 200
        known = _each(lambda: speaker.files([Utterance("en", SENTENCE)]), 5000)
        recorded = _each(lambda: speaker.files([Utterance("en", SENTENCE, spoken)]), 5000)
        info = soundfile.info(spoken)
        message, rate = soundfile.read(spoken, dtype="int16")
        three_minutes = folder / "message.wav"
        soundfile.write(three_minutes, list(message) * int(180 / info.duration), rate)
        began = time.perf_counter()
        convert(three_minutes, folder / "prompt.wav")
        converted = time.perf_counter() - began
        return [
            Row("a prompt already spoken, found", known * 1e6, "µs", at_most=50),
            Row("a recorded prompt, found", recorded * 1e6, "µs", at_most=50),
            Row("a plain text, read out", _each(lambda: read_out(SENTENCE, {}, "en"), 2000) * 1e6, "µs", at_most=100),
            Row(
                "a text with name, date, time and number",
                _each(lambda: read_out(APPOINTMENT, VALUES, "en"), 500) * 1e6,
                "µs",
            ),
            Row("the first text ever, with the child's start", first * 1e3, "ms"),
            Row(f"a new text of {info.duration:.0f} s, asked for by a caller", fresh * 1e3, "ms", at_most=100),
            Row("a new text, spoken ahead among 200", ahead * 1e3, "ms"),
            Row("a message of 3 minutes, inspected", _each(lambda: inspect(three_minutes), 3) * 1e3, "ms", at_most=20),
            Row("an upload of 3 minutes, converted in its own process", converted * 1e3, "ms"),
        ]
    finally:
        speech.close()

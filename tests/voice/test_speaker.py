from __future__ import annotations

from pathlib import Path

import pytest

from controller.calls.call import Speaker, Utterance
from controller.voice.speaker import RecordingSpeaker
from controller.voice.speech import Speech, SpeechFailed
from controller.voice.tones import beep
from tests.voice.conftest import heard


@pytest.fixture
def speaker(speech: Speech) -> Speaker:
    return RecordingSpeaker(speech)


def test_a_recording_is_played(speaker: Speaker, tmp_path: Path) -> None:
    recording = beep(tmp_path)
    missing: list[Path] = []
    assert speaker.files([Utterance("en", "Welcome", recording)], missing.append) == [recording]
    assert missing == []


def test_a_missing_recording_is_spoken_and_reported(speaker: Speaker, speech: Speech, tmp_path: Path) -> None:
    lost, empty = tmp_path / "lost.wav", tmp_path / "empty.wav"
    empty.touch()
    missing: list[Path] = []
    said = [
        Utterance("en", "Welcome", lost),
        Utterance("es", "Bienvenidos", empty),
        Utterance("en", "", tmp_path / "none.wav"),
    ]
    assert speaker.files(said, missing.append) == [speech.file("en", "Welcome"), speech.file("es", "Bienvenidos")]
    assert missing == [lost, empty, tmp_path / "none.wav"]
    assert len(speaker.files(said)) == 2, "nobody has to listen"


def test_what_is_empty_has_no_file(speaker: Speaker) -> None:
    assert speaker.files([Utterance("en", ""), Utterance("en", " \n"), Utterance("en", "<>")]) == []


def test_an_unknown_language_is_spoken_with_an_accent(speaker: Speaker, speech: Speech) -> None:
    assert speaker.files([Utterance("xx", "Welcome")]) == [speech.file("en", "Welcome")]


def test_a_synthesiser_that_fails_is_said_so(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.voice.speech.SPEED", "fast")
    with pytest.raises(SpeechFailed):
        RecordingSpeaker(speech).files([Utterance("en", "Welcome")])


def test_what_was_prepared_needs_no_synthesiser(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = RecordingSpeaker(speech)
    said = [Utterance("en", "Welcome"), Utterance("es", "Bienvenidos"), Utterance("en", "")]
    speaker.prepare(said)
    for job in speech.prepare((one.language, one.text) for one in said):
        job.result(timeout=20)

    def nobody(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(speech._child, "ask", nobody)
    assert len(speaker.files(said)) == 2


def test_the_beep(tmp_path: Path) -> None:
    path = beep(tmp_path / "tones")
    samples, rate = heard(path)
    assert len(samples) == int(0.4 * rate)
    made = path.stat().st_mtime_ns
    assert beep(tmp_path / "tones").stat().st_mtime_ns == made
    crossings = ((samples[:-1] < 0) & (samples[1:] >= 0)).sum()
    assert crossings / 0.4 == pytest.approx(1000, rel=0.02)
    assert abs(samples[0]) < 0.01
    assert abs(samples[-1]) < 0.05

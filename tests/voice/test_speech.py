from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import gevent
import numpy as np
import pytest

from controller.voice import audio
from controller.voice import speech as speech_module
from controller.voice.child import Child
from controller.voice.speech import Speech, SpeechFailed
from tests.voice.conftest import heard
from tests.waiting import wait_until

ENGLISH = "Thank you for calling Lakeside Family Clinic. For appointments, press one."
SPANISH = "Gracias por llamar a la clínica Lakeside. Para citas, oprima el uno."


def files(speech: Speech) -> list[Path]:
    return sorted(speech.folder.glob("*/*"))


@pytest.mark.parametrize(
    ("language", "text"), [("en", ENGLISH), ("es", SPANISH), ("es-MX", SPANISH), ("fr", "Bonjour à tous.")]
)
def test_speech_is_sound_at_the_level_of_the_telephone(speech: Speech, language: str, text: str) -> None:
    samples, rate = heard(speech.file(language, text))
    assert rate == 8000
    words = len(text.split())
    assert 0.25 * words < len(samples) / rate < 0.8 * words
    assert audio.level(samples, rate) == pytest.approx(audio.TARGET_LEVEL, abs=1)
    assert audio.peak(samples) < -0.9
    levels = audio.frame_levels(samples, rate)
    assert np.std(levels[levels > audio.SILENCE]) > 3, "speech goes up and down; a hum does not"
    assert (levels > audio.SILENCE).mean() > 0.6
    assert (levels[:3] > audio.SILENCE).any(), "silence before it"
    assert (levels[-10:] > audio.SILENCE).any(), "silence after it"


def test_languages_and_texts_sound_different(speech: Speech) -> None:
    spoken = {
        heard(speech.file(*what))[0].tobytes()
        for what in [("en", "Hotel Panama"), ("es", "Hotel Panama"), ("en", "Hotel")]
    }
    assert len(spoken) == 3


def test_another_rate_is_another_file(tmp_path: Path) -> None:
    wide = Speech(tmp_path / "speech", rate=16000)
    narrow = Speech(tmp_path / "speech")
    try:
        assert wide.file("en", ENGLISH) != narrow.file("en", ENGLISH)
        samples, rate = heard(wide.file("en", ENGLISH))
        assert rate == 16000
        spectrum = np.abs(np.fft.rfft(samples)) ** 2
        above = np.fft.rfftfreq(len(samples), 1 / rate) > 4200
        assert spectrum[above].sum() > 1e-4 * spectrum.sum(), "nothing that 8 kHz would not have"
    finally:
        wide.close()
        narrow.close()


def test_the_voices_named_are_there(speech: Speech) -> None:
    for language in ("en", "en-US", "en-GB", "es", "es-US", "es-419", "zh", "no", "fr", "vi", "pt-BR"):
        assert speech.file(language, "1 2 3").is_file()
    assert speech.file("en-GB", "1 2 3").read_bytes() != speech.file("en-US", "1 2 3").read_bytes()


def test_brackets_and_markup_are_not_obeyed(speech: Speech) -> None:
    """Phoneme input and SSML stay off below the text filter too."""
    child = Child("controller.voice.studio")
    try:
        lengths = []
        for name, text in (("a", "<break time='9s'/>"), ("b", "[[_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:_:]] hello")):
            path = str(speech.folder / f"{name}.wav")
            question = {"job": "speak", "text": text, "voices": ["en-us"], "speed": 150, "rate": 8000, "path": path}
            lengths.append(child.ask(question, 10)["seconds"])
        assert lengths[0] < 5
        assert speech.path("en", "hello") == speech.file("en", "<hello>")
    finally:
        child.close()


def test_spoken_once_then_found(speech: Speech) -> None:
    path = speech.file("en", ENGLISH)
    inode = path.stat().st_ino
    speech.close()
    again = Speech(speech.folder)
    assert again.file("en", ENGLISH) == path
    assert again._child.starts == 0, "what is there needs no child"
    assert path.stat().st_ino == inode


def test_many_callers_at_once_are_one_text(speech: Speech) -> None:
    asked: list[str] = []
    ask = speech._child.ask

    def counted(question, seconds):  # type: ignore[no-untyped-def]
        asked.append(question["text"])
        return ask(question, seconds)

    speech._child.ask = counted  # type: ignore[method-assign]
    greenlets = [gevent.spawn(speech.file, "en", ENGLISH) for _ in range(50)]
    paths = {greenlet.get(timeout=20) for greenlet in greenlets}
    assert len(paths) == 1
    assert asked == [ENGLISH]


def test_a_caller_goes_before_what_is_spoken_ahead(speech: Speech) -> None:
    order: list[str] = []
    ask = speech._child.ask

    def noted(question, seconds):  # type: ignore[no-untyped-def]
        order.append(question["text"])
        return ask(question, seconds)

    speech._child.ask = noted  # type: ignore[method-assign]
    ahead = speech.prepare(("en", f"Announcement {n}") for n in range(30))
    speech.file("en", "I am waiting")
    speech.file("en", "Announcement 29")
    assert order.index("I am waiting") <= 1
    assert order.index("Announcement 29") <= order.index("I am waiting") + 2
    assert all(done.result(timeout=20).is_file() for done in ahead)
    assert len(order) == 31, "each once"
    assert speech.prepare([("en", "Announcement 3"), ("en", " ")]) == []


def test_two_controllers_write_the_same_file(tmp_path: Path) -> None:
    both = [Speech(tmp_path / "speech") for _ in range(2)]
    texts = [("en", f"Number {n}") for n in range(20)]
    try:
        jobs = [job for one in both for job in one.prepare(texts)]
        assert {job.result(timeout=20).stat().st_size > 1000 for job in jobs} == {True}
        assert len(files(both[0])) == 20
        assert not list(both[0].folder.glob("*/.*")), "no pieces left"
    finally:
        for one in both:
            one.close()


def test_an_emptied_folder_is_spoken_anew(speech: Speech) -> None:
    path = speech.file("en", ENGLISH)
    shutil.rmtree(speech.folder)
    assert speech.file("en", ENGLISH) == path
    assert path.is_file()
    path.write_bytes(b"")
    assert heard(speech.file("en", ENGLISH))[1] == 8000, "a file that a full disk left empty"


def test_a_child_that_was_killed_is_replaced(speech: Speech) -> None:
    speech.file("en", "one")
    pid = speech._child.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert speech.file("en", "two").is_file()
    assert speech._child.starts == 2


def test_a_child_that_hangs_is_replaced(tmp_path: Path) -> None:
    speech = Speech(tmp_path / "speech", seconds=3.0)
    try:
        speech.file("en", "one")
        pid = speech._child.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        assert speech.file("en", "two").is_file()
        assert speech._child.starts == 2
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    finally:
        speech.close()


def test_a_text_that_kills_every_child_fails_and_the_next_is_spoken(
    speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(speech_module, "SPEED", "not a number")  # the child dies of it
        with pytest.raises(SpeechFailed) as raised:
            speech.file("en", "poison")
    assert raised.value.code == "synthesiser-failed"
    assert speech.file("en", "poison").is_file(), "a failure is not remembered"


def test_a_language_nobody_speaks_is_said_so(speech: Speech) -> None:
    with pytest.raises(SpeechFailed) as raised:
        speech.file("xx", "hello")
    assert raised.value.code == "no-voice"


@pytest.mark.parametrize("text", ["", "  ", "\x00", "[[]]", "<>"])
def test_no_text_is_no_speech(speech: Speech, text: str) -> None:
    with pytest.raises(ValueError, match="nothing to speak"):
        speech.file("en", text)


@pytest.mark.parametrize(
    "text", ["[[" * 1000, "\x01500S hello", "<speak>" * 300 + "x", "🎉 ok", "مرحبا ok", "a" * 3999, "1" * 3999]
)
def test_hostile_text_does_no_harm(speech: Speech, text: str) -> None:
    try:
        speech.file("en", text)
    except (SpeechFailed, ValueError):
        pass
    assert speech.file("en", "still here").is_file()
    assert speech._child.starts == 1


def test_a_worker_that_ended_is_replaced(speech: Speech) -> None:
    speech.file("en", "one")
    worker = speech._worker
    assert worker
    speech._jobs.put(speech_module._Job(-1, -1, "", "", Path(), Future()))
    worker.join()
    assert speech.file("en", "two").is_file()


def test_files_nobody_uses_are_cleared(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    speech = Speech(tmp_path / "speech", clock=lambda: now[0])
    try:
        old, used = speech.file("en", "old"), speech.file("en", "used")
        part = old.with_name(".left.part")
        part.write_bytes(b"half")
        os.utime(part, (now[0], now[0]))
        for _ in range(4):
            now[0] += 86_400.5
            speech.file("en", "used")
        assert speech.clear(unused_seconds=0) == 2, "never less than two days, whatever is asked"
        assert used.is_file()
        assert not old.exists()
        assert not part.exists()
    finally:
        speech.close()


def test_closing_fails_what_waits_and_leaves_no_process(speech: Speech) -> None:
    speech.file("en", "one")
    pid = speech._child.pid
    ahead: list[Future[Path]] = speech.prepare(("en", f"Announcement {n}") for n in range(50))
    speech.close()
    assert pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert all(done.done() for done in ahead)
    assert isinstance(ahead[-1].exception(), SpeechFailed)
    assert speech.file("en", "after all").is_file(), "it can be used again"


def test_the_loop_goes_on_while_texts_are_spoken(speech: Speech) -> None:
    """Counted by the loop itself: how often it comes round between the first text and the last."""
    rounds = itertools.count()
    watcher = gevent.get_hub().loop.prepare()
    watcher.start(lambda: next(rounds))
    try:
        jobs = speech.prepare(("en", f"{ENGLISH} {n}") for n in range(60))
        for job in jobs:
            job.result(timeout=60)
    finally:
        watcher.stop()
        watcher.close()
    assert next(rounds) >= 60, "at least once for each text that was waited for"


def test_without_gevent_too(tmp_path: Path) -> None:
    """Plain threads, in a program that was never patched; the child ends with it, even when it is killed."""
    program = (
        "import sys, threading; from pathlib import Path; from controller.voice.speech import Speech\n"
        f"speech = Speech(Path({str(tmp_path)!r}))\n"
        "threads = [threading.Thread(target=speech.file, args=('en', f'Text {n % 3}')) for n in range(12)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "assert 'gevent' not in sys.modules\n"
        "print(speech._child.pid, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        child = int(running.stdout.readline())
        assert len(list(tmp_path.glob("*/*.wav"))) == 3
        assert alive(child)
        running.kill()
    wait_until(lambda: not alive(child))


def alive(pid: int) -> bool:
    """Whether it runs; one that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False

"""Text to speech with a cache of files: spoken once by the child process, then found in memory. Knows no calls.

A file's name is a hash of all that makes its sound, so that controllers may share a folder, and none is ever wrong.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from controller.voice.child import STUDIO, Child, ChildFailed, Refused
from controller.voice.reading import speakable

log = structlog.get_logger(__name__)

SOUND = 1
"""Goes up whenever the same text would sound different: level, trimming, voices."""
SPEED = 150
"""Words a minute: calm, for callers who are ill, old, or listening in a second language (espeak's own is 175)."""
VARIANT = "+Annie"
"""Of espeak's variants the one with most energy where a telephone carries consonants (1 to 3.4 kHz): 31% against 17%."""
VOICES = {"en": "en-us", "en-gb": "en", "es": "es-419", "es-es": "es", "zh": "cmn", "no": "nb"}
"""espeak's name for a language, where it is not the language's own."""

_WAV_HEADER = 44
_URGENT, _AHEAD = 0, 1
_REMEMBERED = 50_000
_TOUCH_SECONDS = 86_400.0


class SpeechFailed(Exception):
    """A text could not be spoken: `code` is "no-voice", "nothing-spoken", "timed-out" or "synthesiser-failed"."""

    def __init__(self, code: str, language: str) -> None:
        super().__init__(f"could not speak ({code}, language {language})")
        self.code = code
        self.language = language


def voices(language: str) -> list[str]:
    """espeak's voices for a language ("es-MX"), best first: of the territory, then of the language."""
    tags = dict.fromkeys([language.lower(), language.partition("-")[0].lower()])
    return [VOICES.get(tag, tag) + VARIANT for tag in tags]


@dataclass(order=True)
class _Job:
    urgency: int
    order: int
    language: str = field(compare=False)
    text: str = field(compare=False)
    path: Path = field(compare=False)
    done: Future[Path] = field(compare=False)


class Speech:
    """Speaks texts into WAV files (16 bit, mono, `rate` Hz) below `folder`. For threads and greenlets alike.

    `clock` gives seconds since 1970. The child starts when first needed; `close` ends it.
    """

    def __init__(
        self, folder: Path, *, rate: int = 8000, seconds: float = 5.0, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder = folder
        self.rate = rate
        self._seconds = seconds
        self._clock = clock
        self._child = Child(STUDIO)
        self._known: dict[tuple[str, str], tuple[Path, float]] = {}
        """Language and text to the file and when it was last marked as used."""
        self._under_way: dict[Path, _Job] = {}
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._orders = itertools.count()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def file(self, language: str, text: str) -> Path:
        """The file with `text` spoken. Waits for it if it was never spoken. Raises SpeechFailed; ValueError for no text."""
        known = self._known.get((language, text))
        if known is not None and self._still_there(language, text, *known):
            return known[0]
        job = self._wanted(language, text, _URGENT)
        if isinstance(job, Path):
            return job
        # Twice the child's own limit (it is tried twice), behind at most one text that is being spoken ahead.
        try:
            path = job.done.result(timeout=4 * self._seconds)
        except TimeoutError:
            raise SpeechFailed("timed-out", language) from None
        self._remember(language, text, path)
        return path

    def prepare(self, texts: Iterable[tuple[str, str]]) -> list[Future[Path]]:
        """Have (language, text) pairs spoken in the background, before anybody calls; whoever waits for a text goes first.

        What is there already is marked as used. Gives what is under way, for those who want to wait.
        """
        jobs = [self._wanted(language, text, _AHEAD) for language, text in texts if speakable(text, language)]
        return [job.done for job in jobs if isinstance(job, _Job)]

    def clear(self, *, unused_seconds: float) -> int:
        """Delete files that no controller used for so long (at least two days); how many. Raises ChildFailed.

        A file in use is marked once a day, hence the least.
        """
        unused_seconds = max(unused_seconds, 2 * _TOUCH_SECONDS)
        question = {"job": "clear", "folder": str(self.folder), "before": self._clock() - unused_seconds}
        # A child of its own: a slow disk must not keep callers waiting for a text.
        with closing(Child(STUDIO)) as child:
            return int(child.ask(question, seconds=60)["cleared"])

    def close(self) -> None:
        """End the child and the worker; what is still waiting fails."""
        with self._lock:
            worker, self._worker = self._worker, None
            waiting = list(self._under_way.values())
        if worker is not None:
            self._jobs.put(_Job(-1, next(self._orders), "", "", Path(), Future()))
            worker.join()
        for job in waiting:
            if not job.done.done():
                job.done.set_exception(SpeechFailed("synthesiser-failed", job.language))
        self._child.close()

    # -- what is there

    def path(self, language: str, text: str) -> Path:
        """Where `text` (speakable) is or would be."""
        recipe = json.dumps([SOUND, self.rate, SPEED, voices(language), text])
        key = hashlib.sha256(recipe.encode()).hexdigest()[:40]
        return self.folder / key[:2] / f"{key}.wav"

    def _still_there(self, language: str, text: str, path: Path, touched: float) -> bool:
        """One look at the disk: a folder that somebody emptied must not end in silence for callers."""
        try:
            if os.stat(path).st_size <= _WAV_HEADER:
                return False
            now = self._clock()
            if now - touched > _TOUCH_SECONDS:
                os.utime(path, (now, now))
                self._known[language, text] = (path, now)
        except FileNotFoundError:
            return False
        return True

    def _remember(self, language: str, text: str, path: Path) -> None:
        if len(self._known) >= _REMEMBERED:
            for old in list(itertools.islice(self._known, _REMEMBERED // 2)):
                self._known.pop(old, None)
        self._known[language, text] = (path, float("-inf"))
        self._still_there(language, text, path, float("-inf"))

    # -- what has to be spoken

    def _wanted(self, language: str, text: str, urgency: int) -> _Job | Path:
        """The file, or the job that makes it: one for each file, however many want it."""
        said = speakable(text, language)
        if not said:
            raise ValueError("nothing to speak")
        path = self.path(language, said)
        if self._still_there(language, text, path, float("-inf")):
            self._known.setdefault((language, text), (path, self._clock()))
            return path
        with self._lock:
            job = self._under_way.get(path)
            if job is None or job.urgency > urgency:
                done: Future[Path] = job.done if job else Future()
                # A job that became urgent is put in line once more; its second turn finds it done.
                job = self._under_way[path] = _Job(urgency, next(self._orders), language, said, path, done)
                self._jobs.put(job)
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, name="speech", daemon=True)
                self._worker.start()
        return job

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job.urgency < 0:
                return
            if job.done.done():
                continue
            try:
                self._speak(job)
            except SpeechFailed as failed:
                log.warning("speech_failed", code=failed.code, language=job.language)
                result: Path | SpeechFailed = failed
            else:
                result = job.path
            with self._lock:
                self._under_way.pop(job.path, None)
            if isinstance(result, Path):
                job.done.set_result(result)
            else:
                job.done.set_exception(result)

    def _speak(self, job: _Job) -> None:
        question = {
            "job": "speak",
            "text": job.text,
            "voices": voices(job.language),
            "speed": SPEED,
            "rate": self.rate,
            "path": str(job.path),
        }
        try:
            self._child.ask(question, self._seconds)
        except Refused as refused:
            raise SpeechFailed(refused.code, job.language) from refused
        except ChildFailed as failed:
            raise SpeechFailed("synthesiser-failed", job.language) from failed

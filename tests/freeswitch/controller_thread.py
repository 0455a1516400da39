"""The telephony side of a controller for tests on a real switch: server, link and channels, on a thread with a hub of its own.

A test gives it what to do with each call, and speaks to it by queues: the test's own thread plays the people on the phones.
"""

from __future__ import annotations

import queue
import threading
import wave
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import gevent

from controller.calls.bookmark import Bookmark
from controller.calls.call import Utterance
from controller.calls.journal import CallBegan, CallEnded, CallMoved, StepTaken
from controller.freeswitch.channel import Arrival, Carrier, Channel, take
from controller.freeswitch.link import Link
from controller.freeswitch.server import Rules, Server, networks
from controller.freeswitch.session import Session
from tests.freeswitch.switch import PASSWORD, SECRET, Switch

KEY = bytes(32)


class Notes:
    """A journal in memory."""

    def __init__(self) -> None:
        self.moves: list[CallMoved] = []
        self.kept: dict[str, str] = {}

    def began(self, call: CallBegan) -> None: ...
    def step(self, step: StepTaken) -> None: ...
    def ended(self, end: CallEnded) -> None: ...
    def flush(self) -> None: ...

    def moved(self, position: CallMoved) -> None:
        self.moves.append(position)

    def keep(self, call: str, variables: Mapping[str, str]) -> None:
        self.kept |= variables

    def recall(self, call: str, names: Iterable[str]) -> dict[str, str]:
        return {name: self.kept[name] for name in names}

    def bookmark(self, call: str) -> str | None:
        return self.moves[-1].bookmark if self.moves else None


class Tones:
    """A speaker whose every utterance is a recording, or so many seconds of quiet as its text says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, utterances: Sequence[Utterance], missing: Callable[[Path], None] = lambda path: None) -> list[Path]:
        return [utterance.recording or self.quiet(float(utterance.text)) for utterance in utterances]

    def quiet(self, seconds: float) -> Path:
        path = self.folder / f"quiet_{round(seconds * 1000)}.wav"
        if not path.exists():
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(bytes(round(seconds * 8000) * 2))
        return path


def say(seconds: float) -> list[Utterance]:
    """Something to be heard for so long."""
    return [Utterance("en", str(seconds))]


class ControllerThread:
    """Runs `handle` for each call of a switch. What it returns or raises comes out of `outcomes`."""

    def __init__(self, switch: Switch, folder: Path, handle: Callable[[Channel], Any]) -> None:
        self.switch = switch
        self.folder = folder
        self.handle = handle
        self.notes = Notes()
        self.outcomes: queue.Queue[Any] = queue.Queue()
        self.arrivals: queue.Queue[Arrival] = queue.Queue()
        self.ended: queue.Queue[tuple[str, str]] = queue.Queue()
        self.address = ""
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def next(self, timeout: float = 10.0) -> Any:
        """What the next call's handling came to: what it returned, or the exception."""
        return self.outcomes.get(timeout=timeout)

    def stop(self) -> None:
        """As a controller that ends: its connections break."""
        self._stop.send()
        self._thread.join(10)

    def do(self, what: Callable[[], Any]) -> Any:
        """Run something in the controller's thread; what it returns. Raises what it raises."""
        answer: queue.Queue[Any] = queue.Queue()

        def run() -> None:
            try:
                answer.put((what(), None))
            except Exception as error:
                answer.put((None, error))

        self._todo.append(run)
        self._wake.send()
        value, error = answer.get(timeout=15)
        if error is not None:
            raise error
        return value

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        if self._failed is not None:
            raise self._failed
        self.switch.list_controllers(self.address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        hub = gevent.get_hub()
        ended = gevent.event.Event()
        self._stop, self._wake = hub.loop.async_(), hub.loop.async_()
        self._todo: list[Callable[[], None]] = []
        self._stop.start(ended.set)
        self._wake.start(lambda: gevent.spawn(self._todo.pop(0)))
        try:
            self.link = Link("127.0.0.1", self.switch.port, PASSWORD)
            self.link.open()
            assert self.link.up.wait(5), self.link.health()
            self.carrier = Carrier(
                self.link, Tones(self.folder), ended=lambda call, cause: self.ended.put((call, cause))
            )
            self.server = Server(("127.0.0.1", 0), self._serve, Rules(networks(), SECRET))
            self.server.start()
            self.address = f"127.0.0.1:{self.server.address[1]}"
        except BaseException as error:
            self._failed = error
            self._ready.set()
            return
        self._ready.set()
        ended.wait()
        self.server.stop()
        self.link.close_for_good()

    def _serve(self, session: Session) -> None:
        try:
            arrival = take(session, "US")
            self.arrivals.put(arrival)
            mark = Bookmark.unseal(arrival.bookmark, KEY, arrival.id) if arrival.bookmark else Bookmark("v1", "start")
            channel = Channel(
                session,
                self.carrier,
                arrival,
                bookmark=mark,
                journal=self.notes,
                key=KEY,
                now=lambda: datetime.now(UTC),
                controller="here",
            )
            self.outcomes.put(self.handle(channel))
        except Exception as error:
            self.outcomes.put(error)

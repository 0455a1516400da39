"""A patient who has been called back: they hear who calls, and say by key whether they want to talk now. Only then are they put
through, so that an answering machine never takes anybody's time.

Over `Call` and `Callbacks`; knows no clinic, no switch and no SQL.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from enum import Enum, auto

from controller.calls.bookmark import Phase
from controller.calls.call import Call, CallerGone, HandedOn, Utterance
from controller.queues.states import Tried
from controller.queues.waiting import Callbacks

CALLED = "called"
"""The phase of a call that the clinic makes to a patient, until they want to talk."""
TIMES = 2
"""How often they are told who calls."""
SECONDS = 5.0
"""How long they may take to press a key, each time."""
TALK, LATER, CANCEL = "1", "2", "3"


def held_for(number: str) -> str:
    """What the bookmark of a place is sealed for that is held for a number: no call is made yet."""
    return f"a place held for {number}"


class Told(Enum):
    """What a patient is told."""

    WHO_CALLS = auto()
    MOMENT = auto()
    """They are being put through."""
    LATER = auto()
    CANCELLED = auto()
    TOO_LATE = auto()
    """Somebody has ended it meanwhile, or they took too long."""


class CalledBack:
    """One such call. `say`: the words."""

    def __init__(self, call: Call, callbacks: Callbacks, say: Callable[[Told], Sequence[Utterance]]) -> None:
        self._call = call
        self._callbacks = callbacks
        self._say = say

    def ask(self, phase: Phase) -> bool:
        """Whether they want to talk now, and are in line from now on. Else the call is to end: what they want has been done."""
        place: str = phase.detail["place"]
        try:
            self._call.phase(CALLED, **phase.detail)  # who has the call now is known from here on
            key = phase.detail.get("pressed") or self._key(place)
        except HandedOn:
            raise
        except CallerGone:
            self._callbacks.not_reached(place, self._call.id, Tried.HUNG_UP)
            raise
        except Exception:
            with contextlib.suppress(Exception):
                self._callbacks.not_reached(place, self._call.id, Tried.UNKNOWN)
            raise
        if key == TALK:
            if self._callbacks.reached(place, self._call.id, self._call.mark.step):
                self._tell(Told.MOMENT)
                return True
            self._tell(Told.TOO_LATE)
        elif key == CANCEL:
            self._callbacks.withdraw(place)
            self._tell(Told.CANCELLED)
        elif key == LATER:
            self._callbacks.not_reached(place, self._call.id, Tried.LATER)
            self._tell(Told.LATER)
        else:
            self._callbacks.not_reached(place, self._call.id, Tried.NO_KEY)
        return False

    def _key(self, place: str) -> str:
        for _ in range(TIMES):
            keys = self._call.collect(self._say(Told.WHO_CALLS), most=1, first_seconds=SECONDS, terminators="").keys
            if keys in (TALK, LATER, CANCEL):
                self._call.note("pressed", key=keys)
                # Whoever takes the call over from here on does not ask again.
                self._call.phase(CALLED, place=place, pressed=keys)
                return keys
        self._call.note("no key pressed")
        return ""

    def _tell(self, told: Told) -> None:
        said = self._say(told)
        if said:
            self._call.play(said)

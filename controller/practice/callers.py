"""Simulated callers: somebody who dials a number and does what a script says."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import gevent
from gevent.event import Event as Flag
from pydantic import BaseModel, ConfigDict

from controller.practice.people import Person

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.clock import Clock

Moment = Literal["answered", "sound", "quiet", "asked", "recorded", "joined", "attended", "parted", "ended"]
"""`asked`: a sound has ended and nothing has followed, so it is the caller's turn. `attended`: somebody talks with the
caller, or their message is being recorded."""

PAUSE = 0.8
"""Seconds of quiet after which callers take it to be their turn; sentences of one prompt follow each other faster."""


class Step(BaseModel):
    """One thing a caller does; the fields given are done in this order. Seconds by the switch's clock.

    `until`: wait for a moment, at most `within` seconds (a step that waits for a sound, or to be asked, is left out once
    the caller is attended to); `gives_up`: hang up if it has not come by then. `wait`: let time pass. `press`: press keys.
    `speak`: speak, to its end. `hang_up`: hang up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: Moment | None = None
    within: float = 60.0
    gives_up: bool = False
    wait: float = 0.0
    press: str = ""
    speak: float = 0.0
    hang_up: bool = False


Script = Sequence[Step]


class Caller(Person):
    """Acts out a script; without one, does what it is told and otherwise nothing."""

    def __init__(self, script: Script, clock: Clock) -> None:
        self.script = script
        self.moments: set[str] = set()
        """What holds now, and what has happened since the last step."""
        self.sounds: list[str] = []
        """What the caller was played, in order."""
        self._clock = clock
        self._changed = Flag()
        self._hearing = 0
        self._acting: gevent.Greenlet[..., object] | None = None

    def begin(self, leg: Channel) -> None:
        """Dialled: act out the script from here on."""
        if self.script:
            self._acting = gevent.spawn(self._act, leg)

    def await_moment(self, moment: Moment, seconds: float, *, or_moment: Moment | None = None) -> bool:
        """Wait until something (or the other thing) has happened or holds; False if it did not, or the call ended."""
        until = self._clock.now() + seconds
        while self.moments.isdisjoint((moment, or_moment)):
            left = until - self._clock.now()
            if left <= 0 or "ended" in self.moments:
                return False
            self._changed.clear()
            self._changed.wait(self._clock.wall(left))
        return True

    def _act(self, leg: Channel) -> None:
        for step in self.script:
            if step.until is not None:
                prompted = step.until in ("sound", "asked")
                came = self.await_moment(step.until, step.within, or_moment="attended" if prompted else None)
                if prompted and "attended" in self.moments:
                    continue
                self.moments -= {"sound", "quiet", "asked"}
                if step.gives_up and not came:
                    leg.hang_up(by_person=True)
            if "ended" in self.moments:
                return
            self._clock.sleep(step.wait)
            if step.press:
                leg.press(step.press)
            if step.speak:
                leg.speak(step.speak)
                self._clock.sleep(step.speak)
            if step.hang_up:
                leg.hang_up(by_person=True)

    def _happens(self, *moments: str, over: Sequence[str] = ()) -> None:
        self.moments.difference_update(over)
        self.moments.update(moments)
        self._changed.set()

    def answered(self, leg: Channel) -> None:
        self._happens("answered")

    def hears(self, leg: Channel, sound: str) -> None:
        self._hearing += 1
        self.sounds.append(sound)
        self._happens("sound", over=("quiet", "asked"))

    def quiet(self, leg: Channel) -> None:
        self._hearing -= 1
        if not self._hearing:
            self._happens("quiet", over=("sound",))
            self._clock.later(PAUSE, self._pause, len(self.sounds))

    def _pause(self, heard: int) -> None:
        if len(self.sounds) == heard and not self._hearing:
            self._happens("asked")

    def listened_to(self, leg: Channel) -> None:
        self._happens("recorded", "attended")

    def joined(self, leg: Channel, other: Channel) -> None:
        self._happens("joined", "attended", over=("parted",))

    def parted(self, leg: Channel) -> None:
        self._happens("parted", over=("joined", "attended"))

    def ended(self, leg: Channel) -> None:
        self._happens("ended")


_ERRANDS = (
    (("1",), 5),
    (("2", "1"), 3),
    (("3",), 3),
    (("4",), 2),
    (("5", "0"), 1),
    (("0",), 2),
    ((), 1),
)
"""What callers press, question by question, and how many of them do: nothing means that they stay on the line."""


def draw(chance: random.Random) -> list[Step]:
    """What some caller does at a clinic: hears out each question, presses a key, waits, talks or leaves a message.

    Some choose a language first; some are asked for a date once they have found their way, and type it; some lose patience.
    """
    if chance.random() < 0.08:
        return [Step(until="sound", within=20, wait=chance.uniform(2, 9), hang_up=True)]
    errand = chance.choices([keys for keys, _ in _ERRANDS], weights=[weight for _, weight in _ERRANDS])[0]
    language = chance.choice(["1", "1", "2", ""])
    born = f"{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}{chance.randrange(1935, 2020)}"
    answers = [language, *errand, *([born] if errand[:1] == ("2",) else [])]
    return [
        Step(until="answered", within=60),
        *(Step(until="asked", within=45, wait=chance.uniform(0.2, 1.5), press=answer) for answer in answers),
        Step(until="attended", within=chance.uniform(40, 150), gives_up=True),
        Step(speak=chance.uniform(3, 9)),
        Step(until="parted", within=chance.lognormvariate(3.4, 0.6), wait=1, hang_up=True),
    ]


def number(chance: random.Random) -> str:
    """A number that nobody has."""
    return f"+1312555{chance.randrange(100, 200):04d}"


class Traffic:
    """Callers who arrive by chance, so many an hour, at the numbers given."""

    def __init__(
        self,
        call: Callable[[str, str, Script], object],
        clock: Clock,
        numbers: Sequence[str],
        an_hour: float,
        seed: int,
    ) -> None:
        """`call(number, caller, script)` makes one call."""
        self._call = call
        self._clock = clock
        self._numbers = numbers
        self._an_hour = an_hour
        self._chance = random.Random(seed)  # noqa: S311 (people, not secrets)

    def run(self) -> None:
        """For ever; kill the greenlet to end it."""
        while True:
            self._clock.sleep(self._chance.expovariate(self._an_hour / 3600))
            self._call(self._chance.choice(self._numbers), number(self._chance), draw(self._chance))

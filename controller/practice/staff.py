"""Simulated phones that the switch rings: staff at a desk or on a mobile, backup lines, and whoever else is dialled."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from controller.practice.people import Person

if TYPE_CHECKING:
    from controller.practice.channel import Channel
    from controller.practice.clock import Clock


class Manner(StrEnum):
    """What a phone does when it is rung."""

    ANSWERS = "answers"
    DECLINES = "declines"
    NEVER_ANSWERS = "never answers"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    WAITS = "waits"
    """It rings until it is told what to do."""


@dataclass(frozen=True)
class Habit:
    """How one phone behaves. Seconds by the switch's clock.

    `after`: until it is answered or declined. `presses`: keys, once the first sound has been heard for `thinks` seconds.
    `talks`: how long a conversation lasts before they hang up; None: they leave that to the other side.
    """

    manner: Manner = Manner.ANSWERS
    after: float = 3.0
    presses: str = ""
    thinks: float = 1.0
    talks: float | None = 30.0

    @staticmethod
    def draw(chance: random.Random) -> Habit:
        """Some habit, as people have: most answer, some never do."""
        manner = chance.choices(
            [Manner.ANSWERS, Manner.NEVER_ANSWERS, Manner.DECLINES, Manner.BUSY], weights=[80, 12, 5, 3]
        )[0]
        return Habit(
            manner, chance.uniform(2, 9), "1", chance.uniform(0.5, 2), max(5.0, chance.lognormvariate(3.6, 0.8))
        )


REFUSALS = {Manner.DECLINES: "CALL_REJECTED", Manner.BUSY: "USER_BUSY"}


class Phone(Person):
    """A phone that is rung. It acts by its habit, or as it is told."""

    def __init__(self, number: str, habit: Habit, clock: Clock) -> None:
        self.number = number
        self.habit = habit
        self._clock = clock
        self._pressed = False

    def rung(self, leg: Channel) -> None:
        """Ring, and do what the habit says."""
        habit = self.habit
        if habit.manner is Manner.BUSY:
            leg.refuse(REFUSALS[Manner.BUSY])
            return
        leg.progress()
        if habit.manner is Manner.ANSWERS:
            self._clock.later(habit.after, leg.pick_up)
        elif habit.manner is Manner.DECLINES:
            self._clock.later(habit.after, self._decline, leg)

    def _decline(self, leg: Channel) -> None:
        if not leg.answered:
            leg.refuse(REFUSALS[Manner.DECLINES])

    def hears(self, leg: Channel, sound: str) -> None:
        """A question: press the key."""
        if self.habit.presses and not self._pressed and not sound.startswith("local_stream"):
            self._pressed = True
            self._clock.later(self.habit.thinks, leg.press, self.habit.presses)

    def joined(self, leg: Channel, other: Channel) -> None:
        """Talk, and hang up when all is said."""
        if self.habit.talks is not None:
            leg.speak(self.habit.talks)
            self._clock.later(self.habit.talks, self._hang_up, leg)

    def _hang_up(self, leg: Channel) -> None:
        leg.hang_up(by_person=True)


class Phones:
    """Every phone that can be rung, by its number; any other number behaves by `otherwise`."""

    def __init__(self, clock: Clock, otherwise: Habit | Callable[[str], Habit] = Habit()) -> None:
        self._clock = clock
        self._otherwise = otherwise
        self._habits: dict[str, Habit] = {}

    def put(self, number: str, habit: Habit) -> None:
        """Make this the habit of a phone."""
        self._habits[number] = habit

    def reach(self, destination: str) -> Person | None:
        """Whoever has a destination of a dial string (`user/101@domain`, `sofia/gateway/x/+1555...`); None: unreachable."""
        number = destination.rsplit("/", 1)[-1].split("@")[0].removeprefix("sip:")
        habit = self._habits.get(number)
        if habit is None:
            habit = self._otherwise if isinstance(self._otherwise, Habit) else self._otherwise(number)
        return None if habit.manner is Manner.UNREACHABLE else Phone(number, habit, self._clock)

    def known(self, user: str) -> bool:
        """Whether a user of the inside profile exists."""
        return user in self._habits

    def registered(self, user: str) -> bool:
        """Whether their phone has signed in."""
        return self.known(user) and self._habits[user].manner is not Manner.UNREACHABLE

    def registrations(self) -> list[dict[str, str]]:
        """As `show registrations as json` lists them."""
        return [
            {
                "reg_user": number,
                "realm": "careline.local",
                "token": number,
                "url": f"sofia/inside/sip:{number}@127.0.0.1",
                "expires": str(int(self._clock.now()) + 300),
                "network_ip": "127.0.0.1",
                "network_port": "5060",
                "network_proto": "udp",
                "hostname": "practice",
                "metadata": "",
            }
            for number in self._habits
            if self.registered(number)
        ]

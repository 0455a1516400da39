"""A caller who waits with music on: something is said now and then, keys are heard, phones are rung for them, and whoever has
news wakes them. What `Call.waiting` gives; each carrier has its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from controller.calls.call import Answer, Offer, Utterance


@dataclass(frozen=True)
class Waited:
    """What ended a stretch of waiting: a key the caller pressed, or what became of phones that were rung (in the order in which
    it did). Neither: somebody called `wake`, or the time was over."""

    key: str = ""
    answers: tuple[tuple[Offer, Answer], ...] = ()


class Waiting(ABC):
    """A caller who waits; music begins with the first `say` or `wait`. Raises what `Call` raises; `wake` alone never waits,
    never raises, and may be called by any thread."""

    @abstractmethod
    def wake(self) -> None:
        """End the stretch under way, or the next one."""

    @abstractmethod
    def say(self, utterances: Sequence[Utterance]) -> None:
        """Let the caller hear something; the music goes on after it. Returns at once; what is said already is said first."""

    @abstractmethod
    def ring(self, offers: Sequence[Offer]) -> None:
        """Ring phones, beside those that ring already. Returns at once. An offer whose leg is on the switch already (another
        controller rang it before it died) is followed, and not rung again."""

    @abstractmethod
    def call_off(self, offers: Sequence[Offer]) -> None:
        """End their legs, whether they ring or wait to be joined. They are not among the answers any more."""

    @abstractmethod
    def wait(self, seconds: float, keys: str = "") -> Waited:
        """Wait so long, or until something happens. Keys other than these are passed over."""

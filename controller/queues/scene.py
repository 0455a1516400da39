"""How a queue stands for the wait estimate: who is on duty, who is in line, how often callers come."""

from __future__ import annotations

import math
from dataclasses import dataclass

from controller.queues.durations import Floats

_KEPT = 60.0
"""Callers whose distance counts, the older ones less."""


@dataclass(slots=True)
class OnDuty:
    """An agent on duty; times are seconds."""

    queues: frozenset[str]
    skills: frozenset[str] = frozenset()
    busy_since: float | None = None
    busy_with: str = ""  # the queue whose caller it is
    paused: bool = False
    leaving: bool = False
    free_since: float = -math.inf
    ready_at: float | None = None  # when wrap-up ends at the latest, if that is known


@dataclass(frozen=True, slots=True)
class Expected:
    """What was expected when a caller joined."""

    at: float
    changes: int
    spread: Floats


@dataclass(slots=True)
class Waiting:
    """A caller in line; times are seconds, `number` tells those apart who joined at once."""

    queue: str
    joined: float
    head_start: float = 0.0
    skills: frozenset[str] = frozenset()
    later: tuple[tuple[float, frozenset[str]], ...] = ()
    """Fewer skills that are asked for after so many seconds in line."""
    number: int = 0
    said: Expected | None = None

    @property
    def key(self) -> float:
        """What the line is ordered by: the moment of joining less the head start."""
        return self.joined - self.head_start


def order(caller: Waiting) -> tuple[float, int]:
    """Sorts a line in the order of being served."""
    return (caller.joined - caller.head_start, caller.number)


@dataclass(slots=True)
class Arrivals:
    """How often callers of one kind come, over the last ones of them."""

    last: float | None = None
    count: float = 0.0
    seconds: float = 0.0

    def came(self, at: float) -> None:
        """One more came."""
        if self.last is not None:
            gap = at - self.last
            if self.count > 5:
                gap = min(gap, 20 * self.seconds / self.count)  # a night is no gap between callers
            keep = 1 - 1 / _KEPT
            self.count, self.seconds = self.count * keep + 1, self.seconds * keep + gap
        self.last = at

    def rate(self, now: float) -> float:
        """Callers a second."""
        if self.last is None or self.count < 1:
            return 0.0
        mean = self.seconds / self.count
        return self.count / max(1e-9, self.seconds + max(0.0, min(now - self.last, 20 * mean) - mean))

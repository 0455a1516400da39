"""The switch's time: real, or running faster than the wall clock. Nothing else in this room asks what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent


class Clock:
    """Seconds since 1970 that pass `speed` times as fast as on the wall."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"a clock's speed must be above 0, not {speed}")
        self.speed = speed
        self._started = time.time()
        self._mark = time.monotonic()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._started + (time.monotonic() - self._mark) * self.speed

    def wall(self, seconds: float) -> float:
        """How long the wall clock takes for so many of our seconds."""
        return seconds / self.speed

    def sleep(self, seconds: float) -> None:
        """Let so many of our seconds pass."""
        gevent.sleep(self.wall(seconds))

    def later(self, seconds: float, action: Callable[..., object], *arguments: object) -> gevent.Greenlet[..., object]:
        """Do something in so many of our seconds; kill the greenlet to cancel it."""
        return gevent.spawn_later(self.wall(seconds), action, *arguments)

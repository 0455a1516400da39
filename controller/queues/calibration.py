"""What our own estimates are worth: what was said to each caller when they joined, beside what happened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from controller.queues.durations import Floats

_PLACES = 20
_HALF_LIFE = 1000.0
_TRUSTED = 200.0
"""As good as so many callers is the belief, before any came, that the estimates are right."""


class Calibration:
    """Learns where in the spread of its estimate each wait fell, and by how much the means were off.

    If waits fall evenly over the spread, quantiles are true as they are; if not, the level is moved to where the share
    wanted has been (probability integral transform: Dawid 1984).
    """

    def __init__(self) -> None:
        self._keep = 0.5 ** (1 / _HALF_LIFE)
        self._fell = [0.0] * _PLACES
        self._said = self._waited = self._callers = 0.0

    def observe(self, spread: Sequence[float], mean: float, waited: float) -> None:
        """A caller whose wait was estimated as `mean`, with these possible waits in ascending order, waited so long."""
        place = min(_PLACES - 1, bisect_left(spread, waited) * _PLACES // len(spread))
        keep = self._keep
        for i, value in enumerate(self._fell):
            self._fell[i] = value * keep
        self._fell[place] += 1.0
        self._said = self._said * keep + mean
        self._waited = self._waited * keep + waited
        self._callers = self._callers * keep + 1.0

    @property
    def factor(self) -> float:
        """What a mean is to be multiplied by."""
        if self._callers < 1 or self._said <= 0:
            return 1.0
        trust = _TRUSTED * self._said / self._callers
        return (self._waited + trust) / (self._said + trust)

    def level(self, wanted: float) -> float:
        """The level at which to read a spread so that the share `wanted` of callers waits no longer."""
        believed = _TRUSTED / _PLACES
        total, reached = self._callers + _TRUSTED, 0.0
        for place, count in enumerate(self._fell):
            share = (count + believed) / total
            if reached + share >= wanted:
                return (place + (wanted - reached) / share) / _PLACES
            reached += share
        return 1.0

    def summary(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return {
            "fell": [round(value, 4) for value in self._fell],
            "said": self._said,
            "waited": self._waited,
            "callers": self._callers,
        }

    def restore(self, summary: Mapping[str, Any]) -> None:
        """Go on from what `summary` gave."""
        self._fell = list(summary["fell"])
        self._said, self._waited, self._callers = summary["said"], summary["waited"], summary["callers"]


def read(spread: Floats, level: float) -> float:
    """The value at a level (0..1) of possible waits in ascending order."""
    return float(np.interp(level * len(spread) - 0.5, np.arange(len(spread)), spread))

"""What our own estimates are worth: what was said to each caller when they joined, beside what happened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from controller.queues.durations import Floats

_PLACES = 20
_HALF_LIFE = 1000.0
_TRUSTED = 300.0
"""As good as so many callers is the belief, before any came, that the spreads are right."""
_BATCH = 200
_BATCHES_KEPT = 30.0
_DOUBT = 4.0
"""Batches that pull to one side and to the other by chance agree as much as one of them alone; this is four times that."""


class Calibration:
    """Learns where in the spread of its estimate each wait fell, and by how much the means were off.

    If waits fall evenly over the spread, quantiles are true as they are; if not, the level is moved to where the share
    wanted has been (probability integral transform: Dawid 1984).

    The waits of callers who stand in the same line have much in common, so a hundred of them may say little about the means. Errors
    are summed in batches, and means are corrected only as far as the batches agree (James and Stein 1961).
    """

    def __init__(self) -> None:
        self._fell = [0.0] * _PLACES
        self._callers = 0.0
        self._levels: dict[float, float] = {}
        self._batch = [0.0, 0.0, 0.0]  # callers, said, waited less said
        self._batches = [0.0, 0.0, 0.0, 0.0]  # how many, said, error, error squared

    def observe(self, spread: Sequence[float], mean: float, waited: float) -> None:
        """A caller whose wait was estimated as `mean` by the model, with these possible waits in ascending order, waited so long."""
        place = min(_PLACES - 1, bisect_left(spread, waited) * _PLACES // len(spread))
        keep = 0.5 ** (1 / _HALF_LIFE)
        self._fell = [value * keep for value in self._fell]
        self._fell[place] += 1.0
        self._levels.clear()
        self._callers = self._callers * keep + 1.0
        count, said, error = self._batch
        self._batch = [count + 1, said + mean, error + waited - mean]
        if count + 1 >= _BATCH:
            _, said, error = self._batch
            new = (1.0, said, error, error * error)
            self._batches = [
                old * (1 - 1 / _BATCHES_KEPT) + more for old, more in zip(self._batches, new, strict=True)
            ]
            self._batch = [0.0, 0.0, 0.0]

    @property
    def factor(self) -> float:
        """What a mean is to be multiplied by."""
        count, said, error, squared = self._batches
        if count < 3 or said <= 0 or error == 0:
            return 1.0
        agreement = error * error / squared
        return max(0.2, 1 + error / said * max(0.0, 1 - _DOUBT / agreement))

    def level(self, wanted: float) -> float:
        """The level at which to read a spread so that the share `wanted` of callers waits no longer."""
        if wanted not in self._levels:
            self._levels[wanted] = self._level(wanted)
        return self._levels[wanted]

    def _level(self, wanted: float) -> float:
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
            "callers": self._callers,
            "batch": list(self._batch),
            "batches": list(self._batches),
        }

    def restore(self, summary: Mapping[str, Any]) -> None:
        """Go on from what `summary` gave."""
        self._fell, self._callers = list(summary["fell"]), summary["callers"]
        self._levels.clear()
        self._batch, self._batches = list(summary["batch"]), list(summary["batches"])


def read(spread: Floats, level: float) -> float:
    """The value at a level (0..1) of possible waits in ascending order."""
    return float(np.interp(level * len(spread) - 0.5, np.arange(len(spread)), spread))


def weighted(spread: Floats, weights: Floats) -> Floats:
    """As many values, equally likely, for values in ascending order of which some are likelier than others."""
    risen = np.cumsum(weights)
    if not risen[-1] > 0:
        return spread
    even: Floats = (np.arange(len(spread)) + 0.5) / len(spread)
    return np.interp(even, (risen - weights / 2) / risen[-1], spread)

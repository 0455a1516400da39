"""What our own estimates are worth: what was expected for each caller when they joined, beside how long they waited.

Where the line is as it seems (its order, who takes whom, when agents are ready), the model is right and nothing is changed.
Where it is not (work that nobody tells us of, callers who need one of few), its means are off by much the same amount and
factor each time, and its spread is too narrow; both are learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from controller.queues.durations import Floats

LEVELS = (0.5, 0.9)
"""The quantiles that are held to: so many callers wait no longer."""
_HALF_LIFE = 3000.0
_RIDGE = 100.0
"""As good as so many callers is the belief, before any came, that the means are right."""
_BATCH = 200
_BATCHES_KEPT = 30.0
_DOUBT = 2.0
"""Batches that pull to one side and to the other by chance agree as much as one of them alone; this is twice that."""
_STEP = 0.008
"""Of the spread's width (its standard deviation), a caller."""


@dataclass
class Calibration:
    """A line that is laid through waits over means, and how far quantiles are moved.

    Callers who stand in the same line have much in common, so a hundred of them may say little. The line is trusted only as far
    as it was nearer to later waits than the means themselves, in batches of callers, and as far as these agree (James and Stein
    1961). Quantiles follow what happened in small steps: a step up when a caller waited longer, down when not, so that the
    shares come true whatever the model is worth (Robbins and Monro 1951).
    """

    _sums: list[float] = field(default_factory=lambda: [0.0] * 5)
    _batch: list[float] = field(default_factory=lambda: [0.0, 0.0])  # callers, squared error saved
    _batches: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])  # how many, saved, saved squared
    _moved: list[float] = field(default_factory=lambda: [0.0] * len(LEVELS))  # in widths of the spread
    _callers: float = 0.0

    def observe(self, spread: Floats, waited: float) -> None:
        """A caller of whom these waits were expected, in ascending order, waited so long."""
        mean = float(spread.mean())
        for place, (level, expected) in enumerate(zip(LEVELS, self.quantiles(spread), strict=True)):
            self._moved[place] += _STEP * (level if waited > expected else level - 1)
        self._callers += 1
        n, _, total, _, _ = self._sums
        weight = 1 / (mean + total / n if n > 0 else mean + waited + 1e-9)  # long waits are less certain
        line = self._line(mean)
        saved = weight * ((waited - mean) ** 2 - (waited - line) ** 2)
        count, so_far = self._batch
        self._batch = [count + 1, so_far + saved]
        if count + 1 >= _BATCH:
            new = (1.0, so_far + saved, (so_far + saved) ** 2)
            self._batches = [old * (1 - 1 / _BATCHES_KEPT) + more for old, more in zip(self._batches, new, strict=True)]
            self._batch = [0.0, 0.0]
        keep = 0.5 ** (1 / _HALF_LIFE)
        terms = (1.0, mean, waited, mean * mean, mean * waited)
        self._sums = [old * keep + weight * more for old, more in zip(self._sums, terms, strict=True)]

    def shift(self, mean: float) -> float:
        """What is to be added to an expected wait whose mean is `mean`."""
        count, saved, squared = self._batches
        if count < 3 or saved <= 0:
            return 0.0
        trust = max(0.0, 1 - _DOUBT * squared / (saved * saved))
        return trust * (self._line(mean) - mean) if trust else 0.0

    def _line(self, mean: float) -> float:
        """The wait that belongs to a mean, by the line laid through what happened: least squares, drawn towards the means."""
        n, x, y, xx, xy = self._sums
        if n <= 0 or xx <= 0:
            return mean
        ridge = _RIDGE / max(1.0, self._callers)
        # Of y - x on 1 and x.
        a, b, c = n * (1 + ridge), x, xx * (1 + ridge)
        determinant = a * c - b * b
        constant = (c * (y - x) - b * (xy - xx)) / determinant
        slope = (a * (xy - xx) - b * (y - x)) / determinant
        return max(0.0, mean + constant + slope * mean)

    def quantiles(self, spread: Floats) -> list[float]:
        """The waits that are not exceeded at each of `LEVELS`, corrected, in ascending order."""
        shift, width = self.shift(float(spread.mean())), float(spread.std())
        found = [
            max(0.0, read(spread, level) + shift + moved * width)
            for level, moved in zip(LEVELS, self._moved, strict=True)
        ]
        return sorted(found)

    def summary(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return {name.lstrip("_"): value for name, value in vars(self).items()}

    def restore(self, summary: Mapping[str, Any]) -> None:
        """Go on from what `summary` gave."""
        for name, value in summary.items():
            setattr(self, f"_{name}", list(value) if isinstance(value, list) else float(value))


def read(spread: Floats, level: float) -> float:
    """The value at a level (0..1) of possible waits in ascending order."""
    place = min(max(level * len(spread) - 0.5, 0.0), len(spread) - 1.0)
    low = int(place)
    high = min(low + 1, len(spread) - 1)
    return float(spread[low] + (place - low) * (spread[high] - spread[low])) if high > low else float(spread[low])


def weighted(spread: Floats, weights: Floats) -> Floats:
    """As many values, equally likely, for values in ascending order of which some are likelier than others."""
    risen = np.cumsum(weights)
    if not risen[-1] > 0:
        return spread
    even: Floats = (np.arange(len(spread)) + 0.5) / len(spread)
    return np.interp(even, (risen - weights / 2) / risen[-1], spread)

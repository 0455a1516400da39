"""How long something lasts, learned from what happened: handling times, and how long callers wait before they give up.

Time is cut into steps, each 1.4 times as long as the one before. In each step a hazard is learned: how many ended in it, over
how long all were watched in it. So what has not ended (a caller who was answered has not shown how patient they are) is counted
for as long as it was watched, and for no longer: the estimate of Kaplan and Meier 1958, in steps. Steps in which little was
seen borrow from their neighbours and from the whole, the less the more the steps differ from each other (empirical Bayes,
gamma-Poisson).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_GROWTH = 1.4
_FIRST = 0.02
EDGES = (0.0, *(_FIRST * _GROWTH**k for k in range(55)))
"""Where the steps begin, in seconds; the last one has no end. From hundredths of a second to weeks: no unit is assumed."""
_FINE = 64
_BORROWED = 20.0


@dataclass(frozen=True)
class Prior:
    """What is assumed before anything was seen: a mean in seconds, worth `weight` observations; it fades with the first ones."""

    mean: float
    weight: float = 4.0
    fades_after: float = 40.0


class Durations:
    """One kind of duration. Older observations count for less: half as much after `half_life` newer ones."""

    def __init__(self, prior: Prior, half_life: float = 4000.0, parent: Durations | None = None) -> None:
        self._prior = prior
        self._parent = parent
        self._growth = 2 ** (1 / half_life)
        self._weight = 1.0
        steps = len(EDGES)
        self._ended = [0.0] * steps
        self._watched = [0.0] * steps  # observations whose watch stopped in this step
        self._inside = [0.0] * steps  # how far into it, summed
        self._seen = 0.0
        self._stale = 0
        self._curve: Curve | None = None
        self.going_on: Callable[[], Iterable[float]] = tuple
        """How long those have lasted that go on just now: they are as good as any others, for as long as they were watched."""

    def observe(self, seconds: float, *, ended: bool = True) -> None:
        """It ended after `seconds`; or, with `ended=False`, it was still going on when we stopped watching."""
        if seconds <= 0 and not ended:
            return  # not watched at all: nothing was learned
        step = bisect_right(EDGES, seconds) - 1
        self._weight *= self._growth
        weight = self._weight
        if ended:
            self._ended[step] += weight
        self._watched[step] += weight
        self._inside[step] += weight * (seconds - EDGES[step])
        self._seen += weight
        self._stale += 1
        if self._parent is not None:
            self._parent.observe(seconds, ended=ended)
        if weight > 1e6:
            self._scale(1 / weight)

    def _scale(self, factor: float) -> None:
        for values in (self._ended, self._watched, self._inside):
            values[:] = [value * factor for value in values]
        self._seen *= factor
        self._weight *= factor

    @property
    def observations(self) -> float:
        """How many observations the estimate rests on, older ones counted for less."""
        return self._seen / self._weight

    @property
    def ends(self) -> float:
        """How many of them ended."""
        return sum(self._ended) / self._weight

    @property
    def curve(self) -> Curve:
        """The distribution as it is known now; worked out anew when enough has come in."""
        if self._curve is None or self._stale > self.observations / 50:
            self._curve = Curve(self._hazards())
            self._stale = 0
        return self._curve

    def _hazards(self) -> list[float]:
        ended = [value / self._weight for value in self._ended]
        exposure = self._exposure()
        if self._parent is not None:
            # What this queue has not shown yet is taken from the whole, as so many observations more.
            whole = self._parent.curve
            ended = [d + _BORROWED * more for d, more in zip(ended, whole.ending, strict=True)]
            exposure = [x + _BORROWED * more for x, more in zip(exposure, whole.exposure, strict=True)]
            return _shrunk(ended, exposure)
        prior = self._prior
        weight = prior.weight * max(0.0, 1 - self.observations / prior.fades_after)
        return _shrunk(ended, exposure, weight, weight * prior.mean)

    def _exposure(self) -> list[float]:
        """Seconds watched in each step."""
        exposure, beyond = [0.0] * len(EDGES), 0.0
        watched, inside = list(self._watched), list(self._inside)
        for seconds in self.going_on():
            step = bisect_right(EDGES, seconds) - 1
            watched[step] += self._weight
            inside[step] += self._weight * (seconds - EDGES[step])
        for step in range(len(EDGES) - 1, -1, -1):
            width = EDGES[step + 1] - EDGES[step] if step + 1 < len(EDGES) else 0.0
            exposure[step] = (inside[step] + beyond * width) / self._weight
            beyond += watched[step]
        return exposure

    def summary(self) -> dict[str, Any]:
        """All of it, small, as JSON has it."""
        used = [step for step, value in enumerate(self._watched) if value]
        scale = 1 / self._weight
        return {
            "steps": {
                str(step): [round(values[step] * scale, 6) for values in (self._ended, self._watched, self._inside)]
                for step in used
            }
        }

    def restore(self, summary: Mapping[str, Any]) -> None:
        """Go on from what `summary` gave."""
        for values in (self._ended, self._watched, self._inside):
            values[:] = [0.0] * len(EDGES)
        self._weight, self._curve = 1.0, None
        for step, (ended, watched, inside) in summary["steps"].items():
            self._ended[int(step)], self._watched[int(step)], self._inside[int(step)] = ended, watched, inside
        self._seen = sum(self._watched)


def _shrunk(
    ended: Sequence[float], exposure: Sequence[float], prior_ends: float = 0.0, prior_seconds: float = 0.0
) -> list[float]:
    """A hazard for each step, drawn towards the common one as far as chance explains the differences."""
    total_ended, total = sum(ended) + prior_ends, sum(exposure) + prior_seconds
    common = total_ended / total if total > 0 else 0.0
    if common <= 0:
        return [0.0] * len(EDGES)
    expected = [common * x for x in exposure]
    if sum(expected) <= 0:
        return [common] * len(EDGES)
    excess = sum((d - e) ** 2 - e for d, e in zip(ended, expected, strict=True))
    spread = excess / sum(e * e for e in expected)
    if spread <= 0:
        return [common] * len(EDGES)
    strength = 1 / spread
    smooth = zip(_smooth(ended), _smooth(exposure), strict=True)
    hazards = [(strength + d) / (strength / common + x) for d, x in smooth]
    # Whatever was borrowed: as many are to end as did.
    too_many = sum(h * x for h, x in zip(hazards, exposure, strict=True)) / sum(ended)
    return [hazard / too_many for hazard in hazards]


def _smooth(values: Sequence[float]) -> list[float]:
    """Each step with a share of its neighbours."""
    before, after = [values[0], *values[:-1]], [*values[1:], values[-1]]
    return [0.25 * a + 0.5 * b + 0.25 * c for a, b, c in zip(before, values, after, strict=True)]


class Curve:
    """A distribution with a constant hazard in each step."""

    def __init__(self, hazards: Sequence[float]) -> None:
        self.hazards = list(hazards)
        self._constant = hazards[0] if min(hazards) == max(hazards) else None
        self._times: Floats = np.array(EDGES)
        widths = np.diff(self._times)
        self._hazards: Floats = np.array(hazards)
        self._risen: Floats = np.concatenate(([0.0], np.cumsum(self._hazards[:-1] * widths)))
        self._inverse = None if self._constant is not None else self._table()

    def _table(self) -> Floats:
        """Times by risen hazard, on an even grid: what np.interp would search for again and again."""
        grid = np.arange(0.0, 12.0, 1 / _FINE)
        return self._at(grid)

    def _at(self, risen: Floats) -> Floats:
        last = self._hazards[-1]
        beyond = (risen - self._risen[-1]) / last if last > 0 else np.full_like(risen, np.inf)
        inside = np.interp(risen, self._risen, self._times)
        return np.where(risen > self._risen[-1], self._times[-1] + beyond, inside)

    @property
    def ending(self) -> list[float]:
        """The share that ends in each step."""
        survival = np.exp(-self._risen)
        return [*(survival[:-1] - survival[1:]).tolist(), float(survival[-1])] if self.ends else [0.0] * len(EDGES)

    @property
    def exposure(self) -> list[float]:
        """The mean time spent in each step."""
        if not self.ends:
            return [0.0] * len(EDGES)
        survival = np.exp(-self._risen)
        widths = [*np.diff(self._times).tolist(), 0.0]
        return [
            end / hazard if hazard > 0 else float(alive) * width
            for end, hazard, alive, width in zip(self.ending, self.hazards, survival, widths, strict=True)
        ]

    @property
    def ends(self) -> bool:
        """Whether it ever ends, as far as is known."""
        return self._constant is None or self._constant > 0

    def mean(self) -> float:
        """The mean, in seconds; infinite when nothing has ended yet."""
        if not self.ends:
            return math.inf
        if self._constant is not None:
            return 1 / self._constant
        return sum(self.exposure)

    def survival(self, seconds: float) -> float:
        """The share that lasts longer."""
        return math.exp(-self._risen_at(seconds))

    def staying(self, waited: float, longer: Floats) -> Floats:
        """The share of those who have lasted `waited` who last so much longer, for each of `longer`."""
        if self._constant is not None:
            return np.exp(-self._constant * longer)
        risen = np.interp(waited + longer, self._times, self._risen)
        return np.exp(self._risen_at(waited) - risen)

    def _risen_at(self, seconds: float) -> float:
        if self._constant is not None:
            return self._constant * seconds
        step = bisect_right(EDGES, seconds) - 1
        return float(self._risen[step]) + self.hazards[step] * (seconds - EDGES[step])

    def rest(self, elapsed: Sequence[float], luck: Floats) -> Floats:
        """How much longer it lasts, given that it has lasted `elapsed` so far: shape (len(elapsed), n), of `luck`, standard
        exponential numbers of the same shape."""
        if self._constant is not None:
            return luck / self._constant if self._constant > 0 else np.full_like(luck, np.inf)
        risen = np.array([self._risen_at(seconds) for seconds in elapsed])
        left: Floats = np.maximum(self._look_up(luck + risen[:, None]) - np.array(elapsed)[:, None], 0.0)
        return left

    def whole(self, luck: Floats) -> Floats:
        """How long new ones last, of standard exponential numbers."""
        if self._constant is not None:
            return luck / self._constant if self._constant > 0 else np.full_like(luck, np.inf)
        return self._look_up(luck)

    def _look_up(self, risen: Floats) -> Floats:
        if self._inverse is None or float(risen.max(initial=0.0)) >= 11.9:
            return self._at(risen)
        place = risen * _FINE
        index = place.astype(np.int64)
        low = self._inverse[index]
        return low + (place - index) * (self._inverse[index + 1] - low)

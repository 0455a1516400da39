"""What a caller is told about their wait: a range, rounded up, that never climbs without a word; nothing when nothing is known.

Pure: the estimate and what was said before come in, what to say goes out; `line` turns it into speech. Nine callers in ten wait
no longer than the upper figure (Jouini, Aksin and Dallery 2011: about optimal for small teams), and since each minute past an
announced wait makes callers give up, figures are rounded up and a promise is kept, or broken in plain words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

_MINUTE = 60
_SHORT = 2
"""Minutes: the shortest wait that is told apart."""
_EXACT = 10
"""Minutes: up to here figures are to the minute, beyond in fives and more."""
_LONGEST = 60
_LONG = 45
"""Minutes: when the upper figure is beyond the longest, this is what is said: more than so many."""
_STEPS = ((_EXACT, 1), (30, 5), (_LONGEST, 15))
"""Up to so many minutes the upper figure is a multiple of so many."""


class Said(StrEnum):
    """The form of an announcement."""

    LESS_THAN = "less_than"
    """Less than `high` minutes."""
    ABOUT = "about"
    """About `low` to `high` minutes."""
    MORE_THAN = "more_than"
    """More than `low` minutes: too long for a figure."""


class Expected(Protocol):
    """A wait that is to be expected, in seconds from now on (estimate.Estimate, waiting.Wait)."""

    @property
    def p50(self) -> float: ...
    @property
    def p90(self) -> float: ...


@dataclass(frozen=True)
class Announcement:
    """What to say. Minutes, still to wait from now on."""

    said: Said
    low: int
    """0 where only `high` is said."""
    high: int | None
    """None where only `low` is said."""
    promised: float | None
    """By when, in the estimate's seconds, nine in ten such callers are answered; None where no upper figure was said."""
    longer_than_announced: bool = False
    """Begin by saying that it takes longer than was announced, and offer a callback."""


def announce(estimate: Expected | None, now: float, before: Announcement | None = None) -> Announcement | None:
    """What to say to a caller now, `before` being what they were told last. None: nothing.

    Nothing is said when nothing is known. A shorter wait is said; a longer one is not, while it is likely that what was promised
    will be kept: then the promise is said again, in the minutes that are left of it. When it is not, that is said, marked
    `longer_than_announced`.
    """
    if estimate is None or not math.isfinite(estimate.p90):
        return None
    new = _in_words(estimate.p50, estimate.p90, now)
    if before is None:
        return new
    if before.promised is None:
        return None if new.promised is None else new
    if new.promised is not None and new.promised <= before.promised:
        return new
    if now + estimate.p50 <= before.promised:
        return _kept(before.promised, now)
    return replace(new, longer_than_announced=True)


def news(new: Announcement | None, before: Announcement | None) -> bool:
    """Whether `new` is to be said at once, before its time: a minute less to wait than was promised, or a promise not kept."""
    if new is None or before is None:
        return new is not None
    if new.longer_than_announced or before.promised is None:
        return True
    return new.promised is not None and new.promised <= before.promised - _MINUTE


def _in_words(middle: float, most: float, now: float) -> Announcement:
    high = _rounded_up(most / _MINUTE)
    if high is None:
        return Announcement(Said.MORE_THAN, _LONG, None, None)
    promised = now + high * _MINUTE
    if high <= _SHORT:
        return Announcement(Said.LESS_THAN, 0, high, promised)
    low = max(1, min(math.floor(middle / _MINUTE), high - 1))
    if high > _EXACT:
        low = max(5, low // 5 * 5)
    return Announcement(Said.ABOUT, low, high, promised)


def _rounded_up(minutes: float) -> int | None:
    """The next figure that is said; None beyond the longest."""
    for limit, step in _STEPS:
        figure = max(_SHORT, math.ceil(minutes / step) * step)
        if figure <= limit:
            return figure
    return None


def _kept(promised: float, now: float) -> Announcement | None:
    """The promise as it stands now; None when too little is left of it to be said again."""
    left = math.ceil((promised - now) / _MINUTE)
    return Announcement(Said.LESS_THAN, 0, left, promised) if left >= _SHORT else None

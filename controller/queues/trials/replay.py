"""A recorded trace played through the estimator in the order in which things happened; nothing from the future is used.

Who was on duty is no part of a trace: it is inferred (`staffing`).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from controller.queues.trials.predictors import Ring, Sight
from controller.queues.trials.scores import Result
from controller.queues.trials.staffing import Views

COLUMNS = ("queue", "arrived_at", "waited_s", "outcome", "handled_s")
OUTCOMES = ("answered", "abandoned")


class TraceRefused(Exception):
    """A trace that cannot be read; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A caller of a trace; seconds."""

    queue: str
    arrived_at: float
    waited: float
    answered: bool
    handled: float


def read(lines: Iterable[str]) -> list[Recorded]:
    """The callers of a CSV with a line of headings, in the order of arrival. Raises TraceRefused."""
    rows = csv.reader(lines)
    headings = [name.strip().lower() for name in next(rows, [])]
    if headings:
        headings[0] = headings[0].removeprefix("\ufeff")
    missing = [name for name in COLUMNS if name not in headings]
    if missing:
        raise TraceRefused(
            f"line 1: no column {' and no column '.join(missing)}: the first line must name the columns {','.join(COLUMNS)}"
        )
    place = {name: headings.index(name) for name in COLUMNS}
    try:
        found = [
            _recorded({name: row[at].strip() if at < len(row) else "" for name, at in place.items()}, rows.line_num)
            for row in rows
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise TraceRefused(f"line {rows.line_num}: not CSV: {error}") from error
    if not found:
        raise TraceRefused("there is no caller in it: below the line of headings, one line a caller is needed")
    return sorted(found, key=lambda each: each.arrived_at)


def _recorded(row: dict[str, str], line: int) -> Recorded:
    outcome = row["outcome"].lower()
    if outcome not in OUTCOMES:
        raise TraceRefused(f"line {line}: outcome is {row['outcome']!r}: write answered or abandoned")
    answered = outcome == "answered"
    return Recorded(
        row["queue"],
        _moment(row["arrived_at"], line),
        _seconds("waited_s", row["waited_s"], line),
        answered,
        _seconds("handled_s", row["handled_s"], line) if answered or row["handled_s"] else 0.0,
    )


def _seconds(name: str, text: str, line: int) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise TraceRefused(f"line {line}: {name} is {text!r}: write seconds, 0 or more, like 83 or 83.5")
    return seconds


def _moment(text: str, line: int) -> float:
    """Seconds since 1970, from such a number or a time as ISO 8601 writes it (without a zone: UTC)."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except ValueError:
            seconds = math.nan
    if not math.isfinite(seconds):
        raise TraceRefused(f"line {line}: arrived_at is {text!r}: write a time like 2026-03-02T08:15:30Z, or seconds")
    return seconds


FIRST_HANDLING = 180.0
"""What formulas take as the handling time before any call has ended, in seconds."""
_ENDED, _REACHED, _GAVE_UP, _ARRIVED, _GAVE_UP_AT_ONCE, _ENDED_AT_ONCE = range(6)
"""What happens first where a trace gives several things the same second: nothing of a caller before the caller is there."""


def _happenings(callers: list[Recorded]) -> list[tuple[float, int, int]]:
    """(when, what, which caller), in the order of time."""
    found: list[tuple[float, int, int]] = []
    for number, caller in enumerate(callers):
        until = caller.arrived_at + caller.waited
        found.append((caller.arrived_at, _ARRIVED, number))
        if not caller.answered:
            found.append((until, _GAVE_UP if caller.waited > 0 else _GAVE_UP_AT_ONCE, number))
            continue
        if caller.waited > 0:
            found.append((until, _REACHED, number))
        found.append((until + caller.handled, _ENDED if caller.handled > 0 else _ENDED_AT_ONCE, number))
    return sorted(found)


class Replay:
    """One trace, played once."""

    def __init__(self, callers: list[Recorded], *, learn: int, seed: int) -> None:
        self._callers = callers
        self._views = Views(sorted({caller.queue for caller in callers}), seed)
        self._ring = Ring(self._views, learn=learn, mean_is_known=False)
        self._line: dict[int, Recorded] = {}
        self._handled = self._calls = 0.0
        self._gave_up = self._watched = 0.0

    def run(self) -> Result:
        """To the end of the trace."""
        steps = (self._ended, self._reached, self._gives_up, self._arrived, self._gives_up, self._ended)
        for at, what, number in _happenings(self._callers):
            steps[what](number, self._callers[number], at)
        return self._ring.result()

    def _arrived(self, number: int, caller: Recorded, at: float) -> None:
        waits = caller.waited > 0 or not caller.answered
        self._views.joined(number, caller.queue, at, waits=waits)
        self._ring.joined(number, caller.queue, at, self._sight(caller, at) if waits else None)
        self._line[number] = caller
        if not waits:
            self._reached(number, caller, at)

    def _sight(self, caller: Recorded, at: float) -> Sight:
        ahead = [each for each in self._line.values() if each.queue == caller.queue]
        return Sight(
            len(ahead),
            max(1, self._views.busy(caller.queue)),
            self._handled / self._calls if self._handled else FIRST_HANDLING,
            self._watched / self._gave_up if self._gave_up and self._watched else None,
            at - ahead[0].arrived_at if ahead else 0.0,
        )

    def _reached(self, number: int, caller: Recorded, at: float) -> None:
        del self._line[number]
        self._watched += caller.waited
        self._views.answered(number, at, caller.waited)
        self._ring.answered(number, caller.queue, caller.waited)

    def _ended(self, number: int, caller: Recorded, at: float) -> None:
        self._handled += caller.handled
        self._calls += 1
        self._views.ended(number, caller.queue, at, caller.handled)

    def _gives_up(self, number: int, caller: Recorded, at: float) -> None:
        del self._line[number]
        self._watched += caller.waited
        self._gave_up += 1
        self._views.abandoned(number, at)
        self._ring.gone(number)


def replay(callers: list[Recorded], *, learn: int, seed: int = 1) -> Result:
    """Play a trace; the first `learn` callers are for learning only."""
    return Replay(callers, learn=learn, seed=seed).run()

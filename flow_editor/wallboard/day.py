"""What has become of callers in line today: counted once, then kept up to date by those whose waiting ends.

A caller counts when waiting is over: once answered, or once they have left. Which day that was goes by the zone of the
queue's location.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import gevent
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.queues.states import EntryKind, Outcome
from controller.store.models import Announced, Entry
from controller.store.zones import midnight
from flow_editor.wallboard.schemas import Accuracy, QueueToday

SLICE = timedelta(hours=1)
"""Callers who left within so long are read at once when the day is counted, and the loop turns between."""
OVERLAP = timedelta(seconds=60)
"""How long before the last look a caller's leaving is still looked for: commits come a little after the times in them."""
SOME = 200
"""Ids asked for in one question."""

NOT_ANSWERED = frozenset({Outcome.ABANDONED, Outcome.TOO_LONG, Outcome.CLOSED, Outcome.NOBODY, Outcome.LOST})
"""Outcomes of waiting for nothing; who asked to be called back, or pressed a key did not."""


@dataclass(frozen=True)
class Counted:
    """How a queue's callers are counted: in whose time, and what is in time (seconds)."""

    zone: ZoneInfo
    within: int


@dataclass
class _Totals:
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    late: int = 0
    """Not answered, and waited longer than is in time: who gave up sooner says nothing about us."""
    waited: float = 0.0
    told: int = 0
    error: float = 0.0
    bias: float = 0.0
    covered: int = 0

    def caller(self, outcome: Outcome, waited: float, within: int) -> None:
        """One more whose waiting is over."""
        if outcome is Outcome.ANSWERED:
            self.answered += 1
            self.waited += waited
            self.in_time += waited <= within
        elif outcome in NOT_ANSWERED:
            self.abandoned += outcome is Outcome.ABANDONED
            self.late += waited > within

    def announcement(self, mean: float, p90: float | None, came: float) -> None:
        """One more announcement to somebody who has been answered since; all in seconds from when it was made."""
        self.told += 1
        self.error += abs(mean - came)
        self.bias += mean - came
        self.covered += p90 is not None and came <= p90

    def today(self) -> QueueToday:
        counted = self.answered + self.late
        accuracy = None
        if self.told:
            accuracy = Accuracy(
                count=self.told,
                error=round(self.error / self.told, 1),
                bias=round(self.bias / self.told, 1),
                covered=round(self.covered / self.told, 4),
            )
        return QueueToday(
            answered=self.answered,
            in_time=self.in_time,
            abandoned=self.abandoned,
            counted=counted,
            level=round(self.in_time / counted, 4) if counted else None,
            mean_wait=round(self.waited / self.answered, 1) if self.answered else None,
            accuracy=accuracy,
        )


@dataclass
class _Day:
    """One queue's."""

    began: datetime
    within: int
    totals: _Totals = field(default_factory=_Totals)
    known: set[str] = field(default_factory=set)
    """Entries that have been counted."""


class Days:
    """Today, of every queue."""

    def __init__(self) -> None:
        self._days: dict[str, _Day] = {}
        self._looked: datetime | None = None

    def forget(self) -> None:
        """Nobody has looked for a while: everything is counted anew."""
        self._days, self._looked = {}, None

    def look(self, session: Session, queues: Mapping[str, Counted], now: datetime) -> dict[str, QueueToday]:
        """Today so far, by queue."""
        stale = self._looked is None or now - self._looked > OVERLAP
        new = []
        for id, how in queues.items():
            began = midnight(now, how.zone)
            day = self._days.get(id)
            if stale or day is None or (day.began, day.within) != (began, how.within):
                self._days[id] = _Day(began, how.within)
                new.append(id)
        for gone in self._days.keys() - queues.keys():
            del self._days[gone]
        if new:
            since = min(self._days[id].began for id in new)
            while since < now:
                self._take(session, session.execute(_over(new, since, since + SLICE)))
                since += SLICE
                gevent.sleep(0)
        since = (self._looked or now) - OVERLAP
        self._take(session, session.execute(_over(queues, since, None)))
        self._take(session, session.execute(_talking()))
        self._looked = now
        return {id: day.totals.today() for id, day in self._days.items()}

    def _take(self, session: Session, rows: Iterable[Any]) -> None:
        answered: dict[str, tuple[_Day, datetime]] = {}
        for id, queue, kind, said, joined_at, answered_at, ended_at in rows:
            day, over_at = self._days.get(queue), answered_at or ended_at
            outcome = Outcome.ANSWERED if answered_at is not None else said
            if day is None or outcome is None or over_at < day.began or id in day.known:
                continue
            day.known.add(id)
            if kind is EntryKind.HELD:
                continue  # whoever is called back did not wait on the line
            day.totals.caller(outcome, (over_at - joined_at).total_seconds(), day.within)
            if outcome is Outcome.ANSWERED:
                answered[id] = (day, over_at)
        ids = list(answered)
        for place in range(0, len(ids), SOME):
            told = select(Announced.entry_id, Announced.at, Announced.mean, Announced.p90).where(
                Announced.entry_id.in_(ids[place : place + SOME]), Announced.mean.isnot(None)
            )
            for entry, at, mean, p90 in session.execute(told):
                its_day, answered_at = answered[entry]
                if at <= answered_at and mean is not None:
                    its_day.totals.announcement(mean, p90, (answered_at - at).total_seconds())


_Found = Select[*tuple[Any, ...]]


def _columns() -> _Found:
    return select(
        Entry.id, Entry.queue_id, Entry.kind, Entry.outcome, Entry.joined_at, Entry.answered_at, Entry.ended_at
    ).where(Entry.test.is_(False))


def _over(queues: Collection[str], since: datetime, until: datetime | None) -> _Found:
    """Who left these queues within this time."""
    found = _columns().where(Entry.queue_id.in_(queues), Entry.ended_at >= since)
    return found if until is None else found.where(Entry.ended_at < until)


def _talking() -> _Found:
    """Who has been answered and is talking still."""
    return _columns().where(Entry.ended_at.is_(None), Entry.answered_at.isnot(None))

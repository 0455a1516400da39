"""How long callers will wait: follows in SQL what happens in the queues, has the estimate (queues/estimate.py) learn from it, and
asks it.

Every controller does so by itself, from the same rows. What was learnt is written down once a minute by whichever comes first,
and is where one that starts goes on from. Estimating works in a thread, since it may take longer than the loop that carries
calls can spare; who asks gets what was estimated a few seconds ago, less the time since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import gevent
import structlog
from gevent.lock import BoundedSemaphore
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from controller.queues.estimate import Estimate, WaitEstimator
from controller.queues.states import AgentMode, EntryKind, EntryState, Outcome
from controller.queues.waiting import Wait
from controller.store import clock
from controller.store.engine import DatabaseBusy
from controller.store.models import Agent, Entry, WaitModel
from controller.store.queues.acting import Acting
from controller.store.queues.setup import Setup

LOOK = 1.0
"""Seconds between two looks at what has happened."""
ANEW = 5.0
"""Seconds between two estimates for everybody in line; more where estimating takes long."""
SHARE = 10
"""Of so many seconds at most one is spent on estimating for everybody."""
NEWCOMER = 2.0
"""For so many seconds what would be told a newcomer is not estimated anew."""
PATIENCE = 0.5
"""Seconds that somebody who asks waits for an estimate under way; then nothing is known."""
SAVE = timedelta(minutes=1)
NAME = "clinic"
"""What was learnt is kept under this name: queues learn from each other."""

log = structlog.get_logger(__name__)
T = TypeVar("T")

_ENTRIES = Entry.__table__.c
_COLUMNS = tuple(
    _ENTRIES[name]
    for name in (
        "id", "queue_id", "kind", "state", "joined_at", "entered_at", "head_start", "required", "wanted_id",
        "person_id", "outcome", "answered_at", "ended_at", "talked_until",
    )
)  # fmt: skip
_FOLLOWED = (_ENTRIES.kind != EntryKind.HELD) & _ENTRIES.wanted_id.is_(None)
_AGENTS = select(Agent.person_id, Agent.mode, Agent.since, Agent.entry_id)
_THERE = frozenset({AgentMode.AVAILABLE, AgentMode.OFFERED, AgentMode.TALKING, AgentMode.WRAP_UP})
_HANDLING = frozenset({AgentMode.TALKING, AgentMode.WRAP_UP})

_Event = tuple[float, Callable[[], None]]


@dataclass
class _Caller:
    queue: str
    head_start: int
    answered: bool = False


class Waits:
    """One per controller: `start`, then `stop`. Before the first look nothing is known. Where it is not started (the flow editor)
    it can be asked about newcomers only."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self._estimator = WaitEstimator()
        self._turn = BoundedSemaphore()
        self._greenlet: gevent.Greenlet[..., None] | None = None
        self._setup = Setup()
        self._callers: dict[str, _Caller] = {}
        self._modes: dict[str, AgentMode] = {}
        self._busy: dict[str, str] = {}
        """Agents who handle a caller: whom."""
        self._found: dict[str, tuple[Wait | None, float]] = {}
        """What was last estimated for everybody in line, and when (time.monotonic)."""
        self._newcomers: dict[tuple[Any, ...], tuple[Wait | None, float]] = {}
        self._anew_at = self._save_at = self._looked_at = 0.0
        self._looked = False

    def start(self) -> None:
        """Follow what happens, from now on."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Follow it no more."""
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("waits_not_followed", error=type(error).__name__)
            except Exception:
                log.exception("waits_not_followed")
            gevent.sleep(LOOK)

    # -- asking

    def of(self, entry: str) -> Wait | None:
        """How long a caller in line will still wait; None when nothing is known."""
        if not self._looked or self._greenlet is None:
            return None
        known = self._found.get(entry)
        if known is not None:
            return _less(known[0], time.monotonic() - known[1])
        with self._acting.database.read() as session:
            connection = session.connection()
            row = connection.execute(select(*_COLUMNS).where(_ENTRIES.id == entry, _FOLLOWED)).one_or_none()
            now = self._acting.adjusted(clock.now(connection)).timestamp()
        if row is None or row.ended_at is not None or not self._turn.acquire(timeout=PATIENCE):
            return None
        try:
            events = [] if entry in self._callers else [self._joined(self._acting.setup(), row)]
            estimate = partial(self._estimator.estimate, entry, now)
            wait = _in_a_thread(lambda: _wait(_told(events, estimate)))
        finally:
            self._turn.release()
        self._found[entry] = wait, time.monotonic()
        return wait

    def of_newcomer(self, queue: str, head_start: int, required: Mapping[str, int]) -> Wait | None:
        """How long somebody would wait who came to a queue now. A process that follows nothing looks when it is asked."""
        if self._greenlet is None and time.monotonic() - self._looked_at >= NEWCOMER:
            self.look()
        if not self._looked:
            return None
        key = (queue, head_start, *sorted(required.items()))
        known = self._newcomers.get(key)
        if known is not None and time.monotonic() - known[1] < NEWCOMER:
            return known[0]
        if not self._turn.acquire(timeout=PATIENCE):
            return None
        try:
            now = self._acting.adjusted(datetime.now(UTC)).timestamp()
            skills = _required(required)
            wait = _in_a_thread(lambda: _wait(self._estimator.would_wait(queue, now, head_start, skills)))
        finally:
            self._turn.release()
        if len(self._newcomers) > 1000:
            self._newcomers.clear()
        self._newcomers[key] = wait, time.monotonic()
        return wait

    # -- following

    def look(self) -> None:
        """Learn from what has happened since the last look. Raises the database's errors."""
        setup = self._acting.setup()
        with self._acting.database.read() as session:
            connection = session.connection()
            now = self._acting.adjusted(clock.now(connection))
            rows = connection.execute(select(*_COLUMNS).where(_ENTRIES.ended_at.is_(None), _FOLLOWED)).all()
            agents = connection.execute(_AGENTS).all()
            there = {row.id for row in rows}
            gone = [id for id in self._callers if id not in there]
            over = connection.execute(select(*_COLUMNS).where(_ENTRIES.id.in_(gone))).all() if gone else []
            learnt = None if self._looked else session.get(WaitModel, NAME)
        with self._turn:
            first = not self._looked
            if learnt is not None:
                self._estimator.restore(learnt.learnt)
            events = [*self._callers_since(setup, rows), *self._over(over)]
            events.sort(key=lambda event: event[0])
            # At first: who waits, then who is there, so that nothing is compared with what nobody was told.
            staff = self._agents_since(setup, agents, {row.id: row for row in (*rows, *over)})
            events = [*events, *staff] if first else sorted([*staff, *events], key=lambda event: event[0])
            for id in gone:
                if id not in self._callers or any(row.id == id and row.ended_at is None for row in over):
                    continue
                del self._callers[id]
                self._found.pop(id, None)
            self._setup, self._looked, self._looked_at = setup, True, time.monotonic()
            follows = self._greenlet is not None
            anew = follows and time.monotonic() >= self._anew_at
            began = time.monotonic()
            found, expected = _in_a_thread(lambda: self._work(events, setup, now.timestamp(), anew))
            if anew:
                took = time.monotonic() - began
                self._anew_at = time.monotonic() + max(ANEW, SHARE * took)
                self._found = {id: (wait, time.monotonic()) for id, wait in found.items()}
                self._acting.expected = expected
            summary = self._estimator.summary() if follows and time.monotonic() >= self._save_at else None
        if summary is not None:
            self._save_at = time.monotonic() + SAVE.total_seconds()
            self._save(summary)

    def _work(
        self, events: Iterable[_Event], setup: Setup, now: float, anew: bool
    ) -> tuple[dict[str, Wait | None], dict[str, float]]:
        """In a thread: learn, and estimate anew for all in line and for whoever would come."""
        for _, event in events:
            event()
        if not anew:
            return {}, {}
        found = {str(id): _wait(estimate) for id, estimate in self._estimator.estimates(now).items()}
        newcomers = {queue.id: self._estimator.would_wait(queue.id, now) for queue in setup.helped}
        return found, {queue: estimate.mean for queue, estimate in newcomers.items() if estimate is not None}

    def _callers_since(self, setup: Setup, rows: Iterable[Any]) -> Iterable[_Event]:
        for row in rows:
            known = self._callers.get(row.id)
            if known is None:
                yield self._joined(setup, row)
                known = self._callers[row.id]
            elif (known.queue, known.head_start) != (row.queue_id, row.head_start):
                known.queue, known.head_start = row.queue_id, row.head_start
                yield (
                    row.entered_at.timestamp(),
                    partial(self._estimator.moved, row.id, row.queue_id, float(row.head_start)),
                )
            if row.state is EntryState.TALKING and not known.answered:
                yield self._answered(known, row)

    def _joined(self, setup: Setup, row: Any) -> _Event:
        self._callers[row.id] = _Caller(row.queue_id, row.head_start)
        queue = setup.queues.get(row.queue_id)
        later: list[tuple[float, Iterable[str]]] = []
        if queue is not None and row.required:
            for step in queue.rules.relaxation:
                fewer = queue.rules.relaxed(dict(row.required), step.after_seconds)
                later.append((float(step.after_seconds), _required(fewer)))
        at = row.joined_at.timestamp()
        skills = _required(row.required)
        return at, partial(self._estimator.joined, row.id, row.queue_id, at, float(row.head_start), skills, later)

    def _answered(self, known: _Caller, row: Any) -> _Event:
        known.answered = True
        at = (row.answered_at or row.ended_at or row.joined_at).timestamp()
        return at, partial(self._estimator.answered, row.id, row.person_id, at)

    def _over(self, rows: Iterable[Any]) -> Iterable[_Event]:
        for row in rows:
            known = self._callers[row.id]
            if row.ended_at is None or known.answered:
                continue
            at = row.ended_at.timestamp()
            if row.outcome is Outcome.ANSWERED:
                yield self._answered(known, row)
            elif row.outcome is Outcome.ABANDONED:
                yield at, partial(self._estimator.abandoned, row.id, at)
            else:
                yield at, partial(self._estimator.left, row.id, at)

    def _agents_since(self, setup: Setup, agents: Iterable[Any], entries: Mapping[str, Any]) -> list[_Event]:
        events: list[_Event] = []
        seen = set()
        for row in agents:
            person, mode, at = row.person_id, row.mode, row.since.timestamp()
            seen.add(person)
            was = self._modes.get(person, AgentMode.SIGNED_OUT)
            handled = self._busy.get(person)
            if handled is not None and (mode not in _HANDLING or (row.entry_id not in (None, handled))):
                over = entries.get(handled)
                until = (
                    at
                    if mode not in _HANDLING or over is None or over.talked_until is None
                    else over.talked_until.timestamp()
                )
                events.append((until, partial(self._estimator.ended, person, until)))
                del self._busy[person]
            if mode is AgentMode.TALKING and row.entry_id is not None:
                self._busy[person] = row.entry_id
            self._modes[person] = mode
            if mode is AgentMode.SIGNED_OUT:
                if was is not AgentMode.SIGNED_OUT:
                    events.append((at, partial(self._estimator.off_duty, person)))
                continue
            if was is AgentMode.SIGNED_OUT or setup is not self._setup:
                queues = [q.id for q in setup.queues.values() if person in q.order(frozenset())]
                events.append((at, partial(self._estimator.on_duty, person, queues, _skills(setup, person))))
                was = AgentMode.AVAILABLE
            if (mode in _THERE) != (was in _THERE):
                told = self._estimator.resumed if mode in _THERE else self._estimator.paused
                events.append((at, partial(told, person)))
        for person in [person for person in self._modes if person not in seen]:
            if self._modes.pop(person) is not AgentMode.SIGNED_OUT:
                events.append((0.0, partial(self._estimator.off_duty, person)))
        return events

    def _save(self, summary: Mapping[str, Any]) -> None:
        """Write down what was learnt, unless another controller just has."""
        database = self._acting.database
        insert = (sqlite.insert if database.sqlite else postgresql.insert)(WaitModel)
        with database.connect() as connection:
            now = clock.now(connection)
            old = WaitModel.at < now - SAVE / 2
            there = update(WaitModel).where(WaitModel.name == NAME)
            if not connection.execute(there.where(old).values(learnt=dict(summary), at=now)).rowcount:
                new = insert.values(name=NAME, learnt=dict(summary), at=now)
                connection.execute(new.on_conflict_do_nothing(index_elements=["name"]))


def _in_a_thread(work: Callable[[], T]) -> T:
    found: T = gevent.get_hub().threadpool.apply(work)
    return found


def _told(events: Iterable[_Event], estimate: Callable[[], Estimate | None]) -> Estimate | None:
    for _, event in events:
        event()
    return estimate()


def _wait(estimate: Estimate | None) -> Wait | None:
    return None if estimate is None else Wait(estimate.mean, estimate.p50, estimate.p90)


def _less(wait: Wait | None, seconds: float) -> Wait | None:
    """What is left of a wait so many seconds later."""
    if wait is None:
        return None
    return Wait(*(max(0.0, left - seconds) for left in (wait.mean, wait.p50, wait.p90)))


def _required(levels: Mapping[str, int]) -> list[str]:
    """A skill of a level, as the estimate knows it: by one name."""
    return [f"{skill}:{level}" for skill, level in levels.items()]


def _skills(setup: Setup, person: str) -> list[str]:
    """Whoever has a skill has each of its lower levels."""
    return [f"{skill}:{n}" for skill, level in setup.skills_of(person).items() for n in range(1, level + 1)]

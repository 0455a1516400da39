"""How whatever changes the queues does it: one short transaction, with the queues that share agents locked, by a set-up that is
known to hold, at the database's time; told to others, and to whoever watches here, once it is committed.

On the embedded database the single writer is the lock; on PostgreSQL an advisory one for each component (setup.py). A set-up
that staff have changed meanwhile is read anew before anything is done by it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from controller.store import notices
from controller.store.engine import Database, in_the_way
from controller.store.models import Change, Entry
from controller.store.notices import MANY, Notice
from controller.store.queues.dispatch import Dispatch
from controller.store.queues.rows import Raced
from controller.store.queues.setup import TOPICS, UNREAD, Setup

ATTEMPTS = 6
"""How often something is tried that others got in the way of."""
KNOWN = 10_000
"""Of so many entries it is remembered in which queue they are."""

log = structlog.get_logger(__name__)
T = TypeVar("T")

Where = Callable[[Setup], Iterable[str]]
"""The components that something concerns."""


class Acting:
    """One per process. `controller`: who holds the calls that wait here ("": nobody does)."""

    def __init__(
        self, database: Database, controller: str = "", adjusted: Callable[[datetime], datetime] = lambda now: now
    ) -> None:
        """`adjusted`: what makes of the database's time the one that counts (tests move it)."""
        self.database = database
        self.controller = controller
        self.adjusted = adjusted
        self.expected: dict[str, float] = {}
        """Seconds that whoever would come to a queue now is expected to wait, of those of which it is known."""
        self._answering: dict[tuple[Any, ...], str] = {}
        self._setup = Setup()
        self._reading = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._queue_of: dict[str, tuple[str, str | None]] = {}
        self.listeners: list[Callable[[Sequence[Notice], datetime | None], None]] = []
        """Called after each commit with what it changed, and the first deadline that it set."""

    # -- the set-up

    def setup(self) -> Setup:
        """The set-up as it is now."""
        with self.database.read() as session:
            newest = session.scalar(select(func.max(Change.id))) or 0
        return self._fresh(newest)

    def _fresh(self, newest: int) -> Setup:
        """The set-up as of a state of the history, or a later one."""
        with self._reading:
            if self._setup.seen >= newest:
                return self._setup
            with self.database.read() as session:
                ours = select(Change.id).where(Change.id > self._setup.seen, Change.entity.in_(TOPICS)).limit(1)
                if self._setup.seen == UNREAD or session.scalar(ours) is not None:
                    self._setup = Setup.take(session)
                else:
                    self._setup = self._setup.as_of(newest)
            return self._setup

    def heard(self, notice: Notice) -> None:
        """Something has changed: what the history has not shown yet may be older than what it has."""
        if notice.topic in TOPICS:
            self._setup = self._setup.as_of(UNREAD)

    # -- acting

    def act(self, where: Where, change: Callable[[Dispatch], T]) -> T:
        """Run `change` in a transaction of its own on these components; again when others were in its way. Raises the
        database's errors and what `change` raises, then nothing is kept."""
        for attempt in range(1, ATTEMPTS + 1):
            setup = self._setup if self._setup.seen != UNREAD else self.setup()
            names = sorted(set(where(setup)))
            try:
                return self._act(setup, names, change)
            except _Stale as stale:
                self._fresh(stale.newest)
            except (Raced, IntegrityError):
                self._queue_of.clear()
                if attempt == ATTEMPTS:
                    raise
            except OperationalError as error:
                if attempt == ATTEMPTS or not in_the_way(error):
                    raise
        raise AssertionError("the set-up never held still")

    def _act(self, setup: Setup, names: Sequence[str], change: Callable[[Dispatch], T]) -> T:
        with ExitStack() as stack:
            if not self.database.sqlite:  # so that those here who wait for their turn do it without a connection each
                for name in names:
                    stack.enter_context(self._turns.setdefault(name, threading.Lock()))
            connection = stack.enter_context(self.database.connect())
            now, newest = _begin(connection, names)
            if newest > setup.seen:
                raise _Stale(newest)
            dispatch = Dispatch(connection, setup, names, self.adjusted(now), self.expected, self._answering)
            result = change(dispatch)
            told = _few(dispatch.told())
            if self.database.sqlite:
                notices.write(connection, told)
        if not self.database.sqlite:
            self.database.notify(told)
        if told:
            for listener in self.listeners:
                listener(told, dispatch.soonest)
        return result

    def of_entry(self, entry: str) -> Where:
        """The component in which an entry is matched."""

        def where(setup: Setup) -> Iterable[str]:
            known = self._queue_of.get(entry)
            if known is None:
                with self.database.read() as session:
                    row = session.execute(
                        select(Entry.queue_id, Entry.wanted_id).where(Entry.id == entry)
                    ).one_or_none()
                if row is None:
                    return ()
                known = row.queue_id, row.wanted_id
                self.entry_is_in(entry, *known)
            return (setup.component(*known),)

        return where

    def entry_is_in(self, entry: str, queue: str, wanted: str | None) -> None:
        """Remember it, to save asking."""
        if len(self._queue_of) >= KNOWN:
            self._queue_of.clear()
        self._queue_of[entry] = queue, wanted


class _Stale(Exception):
    """Staff have changed something since the set-up was read."""

    def __init__(self, newest: int) -> None:
        super().__init__(newest)
        self.newest = newest


def _begin(connection: Connection, names: Sequence[str]) -> tuple[datetime, int]:
    """Lock; returns the time and the newest change that staff have made."""
    if connection.dialect.name == "sqlite":
        newest = connection.exec_driver_sql("SELECT max(id) FROM history").scalar()
        return datetime.now(UTC), newest or 0
    locks = "".join(f"pg_advisory_xact_lock({_number(name)}), " for name in names)
    row = connection.execute(text(f"SELECT {locks}clock_timestamp(), (SELECT max(id) FROM history)")).one()  # noqa: S608
    return row[-2].astimezone(UTC), row[-1] or 0


def _number(name: str) -> int:
    """What PostgreSQL knows a component by: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(f"queues {name}".encode()).digest()[:8], signed=True)


def _few(told: Sequence[Notice]) -> list[Notice]:
    """Many notices of a topic as one."""
    counts: dict[str, int] = {}
    for notice in told:
        counts[notice.topic] = counts.get(notice.topic, 0) + 1
    return list(dict.fromkeys(n if counts[n.topic] <= MANY else Notice(n.topic) for n in told))

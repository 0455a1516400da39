"""Writes the journal (calls/journal.py) to SQL: collected for at most a tenth of a second, one transaction and one notice each.

Calls never wait for it: what they tell is put in line and written by one greenlet. While the database is away the line
grows up to a bound; beyond it the oldest steps are dropped, loudly and counted. Whatever is told twice is there once.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import gevent
import structlog
from gevent.event import Event
from sqlalchemy import ColumnElement, Connection, Dialect, bindparam, delete, literal_column, null, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError

from controller.calls.journal import CallBegan, CallEnded, CallMoved, StepTaken
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import CallRecord, CallStep, CallVariable
from controller.store.notices import Notice

log = structlog.get_logger(__name__)

WINDOW = 0.09
"""Seconds for which steps are collected: with the writing itself a tenth of a second."""
MOST_STEPS = 50_000
"""Steps that may wait for a database that is away: about 20 MB, some minutes of a busy clinic."""
AT_ONCE = 2_000
"""Steps in one transaction, so that catching up does not keep others from writing."""
PATIENCE = (0.1, 2.0)
"""Seconds before the first and, doubling, between further attempts to reach the database."""


@dataclass
class _Batch:
    """What is to be written together. Of a call's moves only the newest counts, of its ends the first."""

    began: dict[str, CallBegan] = field(default_factory=dict)
    moved: dict[str, CallMoved] = field(default_factory=dict)
    steps: deque[StepTaken] = field(default_factory=deque)
    ended: dict[str, CallEnded] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.steps or self.moved or self.ended or self.began)

    def split(self) -> _Batch:
        """Take what fits one transaction. A call that has steps left over is not ended before them."""
        if len(self.steps) <= AT_ONCE:
            taken = _Batch(self.began, self.moved, self.steps, self.ended)
            self.began, self.moved, self.steps, self.ended = {}, {}, deque(), {}
            return taken
        taken = _Batch(began=self.began, steps=deque(islice(self.steps, AT_ONCE)))
        self.began = {}
        for _ in range(AT_ONCE):
            self.steps.popleft()
        return taken

    def each(self) -> Iterable[_Batch]:
        """The same, one by one."""
        yield from (_Batch(began={call: it}) for call, it in self.began.items())
        yield from (_Batch(moved={call: it}) for call, it in self.moved.items())
        yield from (_Batch(steps=deque([it])) for it in self.steps)
        yield from (_Batch(ended={call: it}) for call, it in self.ended.items())


class SqlJournal:
    """One per controller. `start` it in a process patched by gevent, `close` it at the end."""

    def __init__(self, database: Database, *, window: float = WINDOW, most_steps: int = MOST_STEPS) -> None:
        self._database = database
        self._statements = _Statements(database.engine.dialect)
        self._window = window
        self._most_steps = most_steps
        self._waiting = _Batch()
        self._writing = _Batch()
        self._told = Event()
        self._hurry = Event()
        self._idle = Event()
        self._idle.set()
        self._writer: gevent.Greenlet[..., None] | None = None
        self._closing = False
        self.written = 0
        """Steps written since the start."""
        self.dropped = 0
        """Steps dropped because the database was away for too long."""
        self.refused = 0
        """Entries that the database would not take, each logged."""
        self.away_since: float | None = None
        """By time.monotonic, when the database is away."""

    # -- what calls tell: returns at once

    def began(self, call: CallBegan) -> None:
        self._waiting.began.setdefault(call.call, call)
        self._wake()

    def moved(self, position: CallMoved) -> None:
        self._waiting.moved[position.call] = position
        self._wake()

    def step(self, step: StepTaken) -> None:
        steps = self._waiting.steps
        steps.append(step)
        if len(steps) > self._most_steps:
            steps.popleft()
            self.dropped += 1
            if self.dropped & (self.dropped - 1) == 0:  # said at 1, 2, 4, 8 ...: loud, not a flood
                log.error("journal_full", dropped=self.dropped, waiting=len(steps))
        self._wake()

    def ended(self, end: CallEnded) -> None:
        self._waiting.ended.setdefault(end.call, end)
        self._wake()

    def _wake(self) -> None:
        if self._idle.is_set():
            self._idle.clear()
            self._told.set()

    @property
    def waiting(self) -> int:
        """Steps not yet in SQL."""
        return len(self._waiting.steps) + len(self._writing.steps)

    # -- what calls wait for

    def keep(self, call: str, variables: Mapping[str, str]) -> None:
        """Raises SQLAlchemy's errors, and DatabaseBusy, when it cannot."""
        rows = [{"call_id": call, "name": name, "value": value} for name, value in variables.items()]
        if rows:
            with self._database.connect() as connection:
                connection.execute(self._statements.keep, rows)

    def recall(self, call: str, names: Iterable[str]) -> dict[str, str]:
        asked = list(names)
        kept = select(CallVariable.name, CallVariable.value).where(
            CallVariable.call_id == call, CallVariable.name.in_(asked)
        )
        with self._database.read() as session:
            return {row.name: row.value for row in session.execute(kept)}

    def bookmark(self, call: str) -> str | None:
        for batch in (self._waiting, self._writing):
            if call in batch.moved:
                return batch.moved[call].bookmark
        with self._database.read() as session:
            return session.scalar(select(CallRecord.bookmark).where(CallRecord.id == call))

    def flush(self) -> None:
        """Waits as long as the database is away. Raises RuntimeError when nobody writes."""
        if self._writer is None:
            raise RuntimeError("the journal has not been started")
        self._hurry.set()
        self._idle.wait()

    # -- the writer

    def start(self) -> None:
        """Begin to write."""
        self._writer = gevent.spawn(self._run)

    def close(self, seconds: float = 10.0) -> int:
        """Write what is left, for at most so long, and stop. Returns how many steps could not be written."""
        if self._writer is None:
            return self.waiting
        self._closing = True
        self._hurry.set()
        self._told.set()
        self._writer.join(timeout=seconds)
        self._writer.kill()
        self._writer = None
        if self.waiting:
            log.error("journal_lost", steps=self.waiting)
        return self.waiting

    def _run(self) -> None:
        while True:
            self._told.wait()
            if not self._closing:
                self._hurry.wait(timeout=self._window)
            self._writing = self._waiting.split()
            if self._writing:
                self._write_at_last(self._writing)
            self.written += len(self._writing.steps)
            self._writing = _Batch()
            if self._waiting:
                continue  # what was told meanwhile is collected for as long as the first
            self._told.clear()
            self._hurry.clear()
            self._idle.set()
            if self._closing:
                return

    def _write_at_last(self, batch: _Batch) -> None:
        """Write, trying for as long as the database is away; what it refuses is written without what it refuses."""
        pause, longest = PATIENCE
        while True:
            try:
                self._write(batch)
            except Exception as error:
                if _is_away(error):
                    if self.away_since is None:
                        self.away_since = time.monotonic()
                    log.error("journal_cannot_write", error=_why(error), waiting=self.waiting)
                    gevent.sleep(pause)
                    pause = min(longest, 2 * pause)
                    continue
                log.exception("journal_batch_refused", error=_why(error), exc_info=False)
                self._write_each(batch)
            self.away_since = None
            return

    def _write_each(self, batch: _Batch) -> None:
        for one in batch.each():
            try:
                self._write(one)
            except Exception as error:
                if _is_away(error):
                    self._write_at_last(one)
                else:
                    self.refused += 1
                    log.exception("journal_entry_refused", error=_why(error), exc_info=False)

    def _write(self, batch: _Batch) -> None:
        with self._database.connect(Notice("calls")) as connection:
            self._statements.write(connection, batch)


def _is_away(error: Exception) -> bool:
    """Whether trying again may do. Everything else an entry has caused, and would cause again."""
    return isinstance(error, OperationalError | InterfaceError | InternalError | TimeoutError | DatabaseBusy)


def _why(error: Exception) -> str:
    """An error without the statement's values: callers' numbers are among them."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) and cause is not error else ''}"


def _fit(given: str, length: int) -> str:
    """Text that any database takes: callers and web services send NULs, lone surrogates, and any length."""
    if "\0" in given:
        given = given.replace("\0", "")
    if not given.isascii():
        given = given.encode("utf-8", "replace").decode()
    return given[:length]


class _Many:
    """A statement compiled once and executed for many rows, whose values are the driver's own: a third of the work."""

    def __init__(self, statement: Any, dialect: Dialect, names: Iterable[str] | None = None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=None if names is None else list(names))
        self._sql = str(compiled)
        self._order: Sequence[str] | None = compiled.positiontup
        """The names behind the statement's question marks; None where they are named."""

    def __call__(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Nothing when there are no rows."""
        if not rows:
            return
        if self._order is None:
            connection.exec_driver_sql(self._sql, list(rows))
        else:
            connection.exec_driver_sql(self._sql, [tuple([row[name] for name in self._order]) for row in rows])


class _Statements:
    """The journal's SQL, made once."""

    def __init__(self, dialect: Dialect) -> None:
        on_sqlite = dialect.name == "sqlite"
        # Each database's own INSERT; both know ON CONFLICT, by the same names.
        insert: Any = sqlite.insert if on_sqlite else postgresql.insert
        self._at = _sqlite_time if on_sqlite else _aware
        calls, steps = CallRecord.__table__.c, CallStep.__table__.c

        # A controller that takes a call over tells that it began, too: then only the position counts, if it is newer.
        began = insert(CallRecord)
        moving = ("at_version_id", "node", "step", "phase", "bookmark", "moved_at", "controller")
        began = began.on_conflict_do_update(
            index_elements=["id"],
            set_={name: began.excluded[name] for name in moving},
            where=calls.ended_at.is_(None) & (calls.step <= began.excluded.step) & began.excluded.moved_at.isnot(None),
        )
        self._began = _Many(began, dialect, calls.keys())
        moved = (
            update(CallRecord)
            .where(calls.id == bindparam("call"), calls.ended_at.is_(None), calls.step <= bindparam("at_step"))
            .values({name: bindparam("at_step" if name == "step" else f"new_{name}") for name in moving})
        )
        self._moved = _Many(moved, dialect)
        # See StepTaken: of a step told twice the first entry, all notes, and the last of everything else. A repeat of the
        # same telling (a commit whose answer was lost) changes nothing.
        told = insert(CallStep)
        joined = (
            "substr(CAST(call_steps.notes AS TEXT), 1, length(CAST(call_steps.notes AS TEXT)) - 1)"
            " || ', ' || substr(CAST(excluded.notes AS TEXT), 2)"
        )
        notes = (
            "CASE WHEN call_steps.notes IS NULL THEN excluded.notes WHEN excluded.notes IS NULL THEN call_steps.notes"
            f" ELSE {joined if on_sqlite else f'CAST({joined} AS JSON)'} END"
        )
        later = ("version_id", "node", "kind", "left_at", "exit", "error")
        talking: ColumnElement[str] = literal_column("'talking'")
        told = told.on_conflict_do_update(
            index_elements=["call_id", "step"],
            set_={name: told.excluded[name] for name in later} | {"notes": text(notes)},
            where=(steps.left_at < told.excluded.left_at) | ((steps.exit == talking) & (told.excluded.exit != talking)),
        )
        self._steps = _Many(told, dialect, steps.keys())
        ended = (
            update(CallRecord)
            .where(calls.id == bindparam("call"), calls.ended_at.is_(None))
            .values(
                ended_at=bindparam("at"),
                ending=bindparam("how"),
                cause=bindparam("because"),
                bookmark=null(),
                phase=literal_column("''"),
            )
        )
        self._ended = _Many(ended, dialect)
        self._forget = _Many(delete(CallVariable).where(CallVariable.call_id == bindparam("call")), dialect)
        keep = insert(CallVariable)
        self.keep = keep.on_conflict_do_update(index_elements=["call_id", "name"], set_={"value": keep.excluded.value})

    def write(self, connection: Connection, batch: _Batch) -> None:
        """A batch, in an order that holds within a call: it began, it moved, its steps, it ended.

        Raises ValueError for a time without a zone.
        """
        self._began(connection, [self._row_began(call, batch.moved.get(call.call)) for call in batch.began.values()])
        self._moved(connection, [self._row_moved(p) for call, p in batch.moved.items() if call not in batch.began])
        self._steps(connection, [self._row_step(step) for step in batch.steps])
        self._ended(
            connection,
            [
                {"call": e.call, "at": self._at(e.at), "how": e.ending, "because": _fit(e.cause, 120)}
                for e in batch.ended.values()
            ],
        )
        self._forget(connection, [{"call": call} for call in batch.ended])

    def _row_began(self, call: CallBegan, position: CallMoved | None) -> dict[str, Any]:
        return {
            "id": call.call,
            "began_at": self._at(call.at),
            "caller": None if call.caller is None else _fit(call.caller, 64),
            "caller_name": _fit(call.caller_name, 200),
            "dialled": _fit(call.dialled, 64),
            "number_id": call.number,
            "location_id": call.location,
            "flow_id": call.flow,
            "version_id": call.version,
            "switch": _fit(call.switch, 120),
            "controller": position.controller if position else call.controller,
            "test": call.test,
            "at_version_id": position.version if position else call.version,
            "node": position.node if position else None,
            "step": position.step if position else 0,
            "phase": position.phase if position else "",
            "bookmark": position.bookmark if position else None,
            "moved_at": self._at(position.at) if position else None,
            "ended_at": None,
            "ending": None,
            "cause": "",
        }

    def _row_moved(self, position: CallMoved) -> dict[str, Any]:
        return {
            "call": position.call,
            "at_step": position.step,
            "new_at_version_id": position.version,
            "new_node": position.node,
            "new_phase": position.phase,
            "new_bookmark": position.bookmark,
            "new_moved_at": self._at(position.at),
            "new_controller": position.controller,
        }

    def _row_step(self, step: StepTaken) -> dict[str, Any]:
        return {
            "call_id": step.call,
            "step": step.step,
            "version_id": step.version,
            "node": step.node,
            "kind": step.kind,
            "entered_at": self._at(step.entered_at),
            "left_at": self._at(step.left_at),
            "exit": _fit(step.exit, 60),
            "notes": json.dumps(step.notes) if step.notes else None,
            "error": None if step.error is None else _fit(step.error, 500),
        }


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _sqlite_time(at: datetime) -> str:
    """As UTCDateTime stores it."""
    return _aware(at).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

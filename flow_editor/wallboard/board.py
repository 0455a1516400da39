"""The wallboard's read model, one in each process: read once, told to all who look, each only what they may see.

A notice of the bus leads to one short look at SQL, at most ten a second. What has changed since the last look is told; when
nothing has, that too is said every few seconds, so that a page knows its figures to be fresh and not only unchanged.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import gevent
import structlog
from gevent.event import Event
from gevent.lock import RLock
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.queues.waiting import Wait
from controller.store import clock
from controller.store.bus import Bus
from controller.store.engine import Database, DatabaseBusy
from controller.store.notices import Notice
from flow_editor.wallboard.day import Days
from flow_editor.wallboard.rows import SET_UP, STATE, Placed, Rows, SetUp, read
from flow_editor.wallboard.schemas import BoardChanged, BoardNow, HeldNow, QueueToday, WaitingNow

log = structlog.get_logger(__name__)

PACE = 0.1
"""Seconds between two looks, at least."""
BEAT = 2.0
"""Seconds after which it is looked without a notice, and said that nothing is new."""
TODAY = 1.0
"""Seconds between two countings of the day, at least."""
EXPECTED = 5.0
"""Seconds between two estimates of the waits to be expected, at least."""
SET_UP_LIVES = 30.0
"""Seconds after which the set-up is read anew, should a notice have been lost."""

PARTS = ("queues", "agents", "waiting", "held")


@dataclass(frozen=True)
class Audience:
    """Those who may see the same. `seen`, `callers`: the locations whose queues, and whose callers' numbers and names, they may
    see; None: all. `working`: with the callers in line, one by one."""

    seen: frozenset[str] | None
    callers: frozenset[str] | None
    working: bool = False

    def shows(self, rows: Rows) -> dict[str, dict[str, BaseModel]]:
        """What they may see, by part and id."""
        shown: dict[str, dict[str, BaseModel]] = {}
        for part in PARTS:
            placed: Mapping[str, Placed[Any]] = getattr(rows, part)
            if part == "waiting" and not self.working:
                placed = {}
            shown[part] = {id: self._row(it) for id, it in placed.items() if _within(self.seen, it.location)}
        return shown

    def _row(self, placed: Placed[Any]) -> BaseModel:
        row: BaseModel = placed.row
        if isinstance(row, WaitingNow | HeldNow) and not (self.working and _within(self.callers, placed.location)):
            nobody = {"caller_name": "", "hidden": True}
            return row.model_copy(update={**nobody, "number" if isinstance(row, HeldNow) else "caller": ""})
        return row


def _within(where: frozenset[str] | None, location: str | None) -> bool:
    """As Visitor.may has it: what belongs to no location takes a role held everywhere."""
    return where is None or location in where


@dataclass
class _Told:
    """What an audience has been told."""

    seq: int
    shown: dict[str, dict[str, BaseModel]]
    at: float
    """When last (time.monotonic)."""


class Board:
    """One per process. `follow` and `leave` say whom there is to tell."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        tell: Callable[[Audience, BoardChanged], None],
        is_open: Callable[[str, datetime], bool],
        expected: Callable[[str], Wait | None],
        program: str = "",
    ) -> None:
        """`is_open`: whether hours are open at a time; `expected`: what somebody who came to a queue now would wait."""
        self._database = database
        self._tell = tell
        self._is_open = is_open
        self._expected = expected
        self._program = program
        self._followers: Counter[Audience] = Counter()
        self._told: dict[Audience, _Told] = {}
        self._setup = SetUp()
        self._setup_due = True
        self._setup_at = 0.0
        self._days = Days()
        self._today: dict[str, QueueToday] = {}
        self._waits: dict[str, Wait | None] = {}
        self._today_at = 0.0
        self._rows = Rows()
        self._now = datetime.now(UTC)
        self._beginning = RLock()
        self._changed = Event()
        self._unsubscribe = bus.subscribe(self._heard, *SET_UP, *STATE)
        self._looking: list[gevent.Greenlet[..., None]] = []

    def stop(self) -> None:
        """Tell no more."""
        self._unsubscribe()
        gevent.killall(self._looking)

    def follow(self, audience: Audience) -> BoardNow:
        """There is somebody to tell: how it is now. Raises the database's errors."""
        with self._beginning:
            if not self._followers:
                self._begin()
            self._followers[audience] += 1
        if audience not in self._told:
            self._told[audience] = _Told(0, audience.shows(self._rows), time.monotonic())
        return self.now(audience)

    def now(self, audience: Audience) -> BoardNow:
        """What an audience that follows has been told so far."""
        told = self._told[audience]
        parts: Any = {part: list(rows.values()) for part, rows in told.shown.items()}
        return BoardNow(seq=told.seq, at=self._now, program=self._program, **parts)

    def leave(self, audience: Audience) -> None:
        """One who followed does not any more."""
        self._followers[audience] -= 1
        if self._followers[audience] <= 0:
            del self._followers[audience]
            self._told.pop(audience, None)
        if not self._followers:
            gevent.killall(self._looking, block=False)
            self._looking = []

    def _begin(self) -> None:
        """Nobody has looked for a while: what is known is old."""
        self._setup_due = True
        self._days.forget()
        self._today_at = 0.0
        self._waits = {}
        with self._database.read() as session:
            self._look(session)
        self._looking = [gevent.spawn(self._keep_looking), gevent.spawn(self._keep_estimating)]

    def _heard(self, notice: Notice) -> None:
        if notice.topic in SET_UP:
            self._setup_due = True
        self._changed.set()

    def _keep_looking(self) -> None:
        while True:
            self._changed.wait(BEAT)
            self._changed.clear()
            try:
                with self._database.read() as session:
                    self._look(session)
                self._tell_all()
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("wallboard_not_read", error=type(error).__name__)
            except Exception:
                log.exception("wallboard_not_read")
            gevent.sleep(PACE)

    def _keep_estimating(self) -> None:
        """Beside the looks, which must not wait for it; the next one shows what has been found."""
        while True:
            for id in list(self._setup.queues):
                try:
                    self._waits[id] = self._expected(id)
                except (SQLAlchemyError, DatabaseBusy) as error:
                    log.warning("waits_not_estimated", error=type(error).__name__)
                except Exception:
                    log.exception("waits_not_estimated")
                gevent.sleep(PACE)
            gevent.sleep(EXPECTED)

    def _look(self, session: Session) -> None:
        elapsed = time.monotonic()
        now = clock.now(session.connection())
        if self._setup_due or elapsed - self._setup_at > SET_UP_LIVES:
            self._setup_due = False
            self._setup, self._setup_at = SetUp.read(session), elapsed
        setup = self._setup
        if elapsed - self._today_at >= TODAY:
            self._today = self._days.look(session, setup.counted, now)
            self._today_at = elapsed
        self._rows = read(session, setup, self._today, self._waits, lambda hours: self._is_open(hours, now), now)
        self._now = now

    def _tell_all(self) -> None:
        elapsed = time.monotonic()
        for audience, told in list(self._told.items()):
            shown = audience.shows(self._rows)
            new: dict[str, Any] = {}
            gone: dict[str, list[str]] = {}
            for part in PARTS:
                before, after = told.shown[part], shown[part]
                if changed := [row for id, row in after.items() if before.get(id) != row]:
                    new[part] = changed
                if left := [id for id in before if id not in after]:
                    gone[part] = left
            if not new and not gone and elapsed - told.at < BEAT:
                continue
            told.seq, told.shown, told.at = told.seq + 1, shown, elapsed
            self._tell(audience, BoardChanged(seq=told.seq, at=self._now, gone=gone, **new))

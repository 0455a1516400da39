"""Acknowledged publishing: each controller says that it is there, and which live versions it has taken up; whoever
publishes waits for all of them to say so.

Times here go by the database's clock, so that the machines' own need not agree.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from gevent.event import Event
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.store import clock
from controller.store.bus import Bus
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import Acknowledgement, ControllerRecord
from controller.store.notices import Notice

log = structlog.get_logger(__name__)

ACKNOWLEDGED = "acknowledged"
"""Topic: a controller has taken up a live version of this flow."""
BEAT = 2.0
"""Seconds between two beats of a controller."""
ALIVE = timedelta(seconds=7)
"""How old a controller's last beat may be for it to be counted: three beats missed, and it is not."""
FORGOTTEN = timedelta(hours=1)
"""After so long the rows of a controller that died are removed by another one's beat."""


class Attendance:
    """One per controller: its row while it takes calls, and what it has taken up."""

    def __init__(self, database: Database, controller: str, address: str) -> None:
        self._database = database
        self._controller = controller
        self._address = address
        self._insert = sqlite.insert if database.sqlite else postgresql.insert
        self._begun = False
        self._live: Mapping[str, str] = {}
        self._told: dict[str, str] = {}
        """What SQL has of it."""

    def begin(self) -> None:
        """Calls are taken here: be counted from now on. Raises the database's errors."""
        live = dict(self._live)
        with self._database.connect(Notice(ACKNOWLEDGED)) as connection:
            now = clock.now(connection)
            connection.execute(delete(Acknowledgement).where(Acknowledgement.controller == self._controller))
            self._write_beat(connection, now)
            self._write_taken_up(connection, live, now)
        self._told, self._begun = live, True

    def beat(self) -> None:
        """Say that we are still there. A database that is away is logged; the next beat comes."""
        try:
            with self._database.connect() as connection:
                now = clock.now(connection)
                self._write_beat(connection, now)
                dead = select(ControllerRecord.name).where(ControllerRecord.beat_at < now - FORGOTTEN)
                connection.execute(delete(Acknowledgement).where(Acknowledgement.controller.in_(dead)))
                connection.execute(delete(ControllerRecord).where(ControllerRecord.beat_at < now - FORGOTTEN))
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("no_beat", error=type(error).__name__)

    def take_up(self, live: Mapping[str, str]) -> None:
        """New calls take these versions (by flow) here now: acknowledge those that are new. Raises the database's errors."""
        self._live = live
        new = {flow: version for flow, version in live.items() if self._told.get(flow) != version}
        if not new or not self._begun:
            return
        with self._database.connect(*(Notice(ACKNOWLEDGED, flow) for flow in new)) as connection:
            self._write_taken_up(connection, new, clock.now(connection))
        self._told |= new

    def end(self) -> None:
        """We take no more calls. A database that is away is logged: others find out by our missing beats."""
        if not self._begun:
            return
        self._begun = False
        try:
            with self._database.connect(Notice(ACKNOWLEDGED)) as connection:
                connection.execute(delete(Acknowledgement).where(Acknowledgement.controller == self._controller))
                connection.execute(delete(ControllerRecord).where(ControllerRecord.name == self._controller))
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("not_signed_off", error=type(error).__name__)

    def _write_beat(self, connection: Connection, now: datetime) -> None:
        moved = connection.execute(
            update(ControllerRecord).where(ControllerRecord.name == self._controller).values(beat_at=now)
        )
        if not moved.rowcount:
            there = self._insert(ControllerRecord).values(
                name=self._controller, address=self._address, began_at=now, beat_at=now
            )
            connection.execute(there.on_conflict_do_nothing(index_elements=["name"]))

    def _write_taken_up(self, connection: Connection, live: Mapping[str, str], now: datetime) -> None:
        if not live:
            return
        rows = [
            {"controller": self._controller, "flow_id": flow, "version_id": version, "at": now}
            for flow, version in live.items()
        ]
        taken = self._insert(Acknowledgement)
        connection.execute(
            taken.on_conflict_do_update(
                index_elements=["controller", "flow_id"],
                set_={"version_id": taken.excluded.version_id, "at": taken.excluded.at},
            ),
            rows,
        )


@dataclass(frozen=True)
class Acknowledged:
    """What became of publishing a version: each controller there is, and after how many milliseconds new calls took the
    version there; None: not yet."""

    controllers: Mapping[str, float | None]

    @property
    def on(self) -> int:
        """How many controllers have taken it up."""
        return sum(after is not None for after in self.controllers.values())

    @property
    def of(self) -> int:
        """How many controllers there are."""
        return len(self.controllers)

    @property
    def everywhere(self) -> bool:
        """Whether every controller has taken it up; not so when there is none."""
        return self.of > 0 and self.on == self.of

    @property
    def milliseconds(self) -> float | None:
        """After how long the last controller of those that have it took it up."""
        return max((after for after in self.controllers.values() if after is not None), default=None)


def wait_for(
    database: Database, bus: Bus, flow: str, version: str, timeout: float = 5.0, *, since: float | None = None
) -> Acknowledged:
    """Wait until every controller has taken up the version that has just been made live, for `timeout` seconds at most.

    `since`: by time.monotonic, when publishing began; from then on the milliseconds are counted (left out: from now on).
    A controller that died is waited for until its beats are missed. Without any controller it returns at once.
    """
    began = time.monotonic() if since is None else since
    until = time.monotonic() + timeout
    after: dict[str, float] = {}
    told = Event()
    unsubscribe = bus.subscribe(lambda notice: told.set() if notice.key in ("", flow) else None, ACKNOWLEDGED)
    try:
        while True:
            told.clear()
            with database.read() as session:
                there, taken = _look(session, flow, version)
            passed = (time.monotonic() - began) * 1000
            for controller in taken:
                after.setdefault(controller, passed)
            found = Acknowledged({controller: after.get(controller) for controller in there})
            left = until - time.monotonic()
            if found.on == found.of or left <= 0:
                return found
            told.wait(left)
    finally:
        unsubscribe()


def controllers(database: Database) -> Sequence[str]:
    """The names of the controllers that take calls now."""
    with database.read() as session:
        return _there(session)


def _look(session: Session, flow: str, version: str) -> tuple[Sequence[str], Sequence[str]]:
    """The controllers there are, and those of them that have the version."""
    there = _there(session)
    taken = session.scalars(
        select(Acknowledgement.controller).where(
            Acknowledgement.flow_id == flow,
            Acknowledgement.version_id == version,
            Acknowledgement.controller.in_(there),
        )
    )
    return there, taken.all()


def _there(session: Session) -> Sequence[str]:
    now = clock.now(session.connection())
    alive = select(ControllerRecord.name).where(ControllerRecord.beat_at > now - ALIVE)
    return session.scalars(alive.order_by(ControllerRecord.name)).all()

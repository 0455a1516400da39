"""The bus: hears short notices that something has changed, from this process and from all others on the same database.

PostgreSQL: LISTEN on a connection of its own. SQLite: PRAGMA data_version says within 20 ms that another connection has
written; the notices are rows. A notice may be lost (a connection broke): so every few seconds each subscriber is nudged to look
by itself, and at once after whatever may have lost one.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import gevent
import psycopg
import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from controller.store.engine import BUSY_SECONDS, Database, DatabaseBusy
from controller.store.models import NoticeRow
from controller.store.notices import CHANNEL, Notice, tell

LOOK = 0.02
"""Seconds between two looks at whether the embedded database has changed: 5 microseconds each."""
NUDGE = 5.0
"""Seconds between two nudges to look without a notice."""
KEPT = timedelta(minutes=2)
"""How long notices stay on the embedded database: far longer than any process takes to hear them."""
PRUNE = 60.0
"""Seconds between two prunings of notices by one process."""
EMPTY = 1.0
"""Seconds between two times that what was written is moved from SQLite's log into its file."""
RECONNECT = (0.1, 5.0)
"""Seconds before the first and, doubling, between further attempts to reach PostgreSQL again."""

log = structlog.get_logger(__name__)

MISSED = Notice("", "")
"""What subscribers get when there may have been notices that nobody heard: look at whatever you keep."""

Heard = Callable[[Notice], None]


class Bus:
    """One per process. Subscribers are called one after another in the bus's greenlet: they must not wait for long."""

    def __init__(self, database: Database, *, nudge: float = NUDGE) -> None:
        self._database = database
        self._nudge = nudge
        self._subscribers: dict[str, list[Heard]] = {}
        self._ear: gevent.Greenlet[..., None] | None = None
        self._nudger: gevent.Greenlet[..., None] | None = None
        self._listening: _File | _Server | None = None

    def publish(self, topic: str, key: str = "") -> None:
        """Send a notice by itself. Who changes rows in a session uses `notices.tell`: it goes out with the commit."""
        if self._database.sqlite:
            with self._database.write() as session:
                tell(session, topic, key)
        else:
            self._database.notify([Notice(topic, key)])

    def subscribe(self, heard: Heard, *topics: str) -> Callable[[], None]:
        """Have `heard` called with each notice of these topics (none given: all), and with MISSED. Returns what ends it."""
        for topic in topics or ("*",):
            self._subscribers.setdefault(topic, []).append(heard)

        def end() -> None:
            for topic in topics or ("*",):
                self._subscribers[topic].remove(heard)

        return end

    def start(self) -> None:
        """Begin to listen; what is published after this has returned is heard. Raises SQLAlchemy's errors, and psycopg's."""
        assert self._ear is None, "started twice"
        if self._database.sqlite:
            ear = _File(self._database, self._hear)
            ear.begin()
            self._listening, self._ear = ear, gevent.spawn(ear.run)
        else:
            server = _Server(self._database, self._hear)
            server.begin()
            self._listening, self._ear = server, gevent.spawn(server.run)
        self._nudger = gevent.spawn(self._nudge_on)

    def stop(self) -> None:
        """Hear no more."""
        greenlets = [greenlet for greenlet in (self._ear, self._nudger) if greenlet is not None]
        gevent.killall(greenlets)
        if self._listening is not None:
            self._listening.close()  # also when its greenlet has never had a turn
        self._ear = self._nudger = self._listening = None

    def _nudge_on(self) -> None:
        while True:
            gevent.sleep(self._nudge)
            self._hear(MISSED)

    def _hear(self, notice: Notice) -> None:
        if notice is MISSED:
            called = dict.fromkeys(heard for all_ in self._subscribers.values() for heard in all_)
        else:
            called = dict.fromkeys([*self._subscribers.get(notice.topic, ()), *self._subscribers.get("*", ())])
        for heard in called:
            try:
                heard(notice)
            except Exception:
                # One subscriber's fault must not make the others deaf.
                log.exception("subscriber_failed", topic=notice.topic)


class _File:
    """Listens on the embedded database."""

    def __init__(self, database: Database, hear: Heard) -> None:
        self._database = database
        self._hear = hear
        self._last = 0

    def begin(self) -> None:
        # The driver itself, since this is asked fifty times a second.
        self._connection = sqlite3.connect(
            str(self._database.url.database), timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        self._version = self._data_version()
        (last,) = self._connection.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name='notices'"
        ).fetchone()
        self._last = last

    def run(self) -> None:
        emptied, empty_at = self._version, 0.0
        prune_at = time.monotonic() + random.uniform(0.2, 1.0) * PRUNE  # noqa: S311 - not all processes at once
        try:
            while True:
                gevent.sleep(LOOK)
                try:
                    self._look()
                except sqlite3.OperationalError as error:
                    log.warning("bus_cannot_look", error=str(error))
                    gevent.sleep(RECONNECT[0])
                if self._version != emptied and time.monotonic() > empty_at:
                    emptied, empty_at = self._version, time.monotonic() + EMPTY
                    self._database.checkpoint()
                if time.monotonic() > prune_at:
                    prune_at = time.monotonic() + PRUNE
                    self._prune()
        finally:
            self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _look(self) -> None:
        version = self._data_version()
        if version == self._version:
            return
        found = self._connection.execute(
            "SELECT id, topic, key FROM notices WHERE id > ? ORDER BY id", (self._last,)
        ).fetchall()
        self._version = version
        for number, topic, key in found:
            if number != self._last + 1:
                self._hear(MISSED)  # pruned before we came to read it
            self._last = number
            self._hear(Notice(topic, key))

    def _prune(self) -> None:
        try:
            with self._database.connect() as connection:
                connection.execute(delete(NoticeRow).where(NoticeRow.at < datetime.now(UTC) - KEPT))
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("notices_not_pruned", error=type(error).__name__)


class _Server:
    """Listens on PostgreSQL."""

    def __init__(self, database: Database, hear: Heard) -> None:
        self._database = database
        self._hear = hear

    def begin(self) -> None:
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        # A server that vanished without a word is noticed within half a minute; keepalives cost nothing.
        self._connection = psycopg.connect(
            url, autocommit=True, connect_timeout=5, application_name="careline bus",
            keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
        )  # fmt: skip
        self._connection.execute(f"LISTEN {CHANNEL}")

    def run(self) -> None:
        try:
            while True:
                try:
                    for notify in self._connection.notifies():
                        topic, _, key = notify.payload.partition(" ")
                        self._hear(Notice(topic, key))
                except psycopg.OperationalError as error:
                    log.warning("bus_away", error=str(error).splitlines()[0])
                self._connection.close()
                self._return()
                self._hear(MISSED)
        finally:
            self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def _return(self) -> None:
        pause, longest = RECONNECT
        while True:
            gevent.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - not all processes at once
            try:
                self.begin()
            except psycopg.OperationalError:
                pause = min(longest, 2 * pause)
            else:
                log.info("bus_back")
                return

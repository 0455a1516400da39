"""The database: short reading and writing transactions, on SQLite (the default) or PostgreSQL.

Waits yield to other greenlets when the process is patched by gevent; the process's entry point must do that
before psycopg is imported, which chooses then how it waits.

SQLite: the writer is one connection guarded by a lock, begun by BEGIN IMMEDIATE so that it never has to give up half-way;
readers are others, and see the last commit (WAL). Other processes on the same file are waited for in short sleeps and not
inside SQLite, whose own waiting would stop every greenlet. `synchronous=NORMAL`: the file cannot be damaged, and a process
that dies loses nothing; when the machine loses power, the last transactions (a second or so) may be gone. Those are steps of
calls which that power cut has ended, or a staff member's last click; for them an fsync a commit (some ms on the loop
that carries calls) would be too dear. Who cannot accept it runs PostgreSQL, which is left at its own, stricter default.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import gevent
import sqlalchemy
import structlog
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, Pool, QueuePool, StaticPool

from controller.store import history, notices
from controller.store.notices import Notice

log = structlog.get_logger(__name__)

BUSY_SECONDS = 0.1
"""Seconds SQLite itself may wait for another process, which stops the whole loop: only readers ever do, in rare moments."""
LOG_PAGES = 10_000
"""Pages (40 MB) in SQLite's log after which a commit empties it by itself, if nobody has called `checkpoint` in time."""
WRITE_SECONDS = 10.0
"""Seconds a writer waits for its turn before it gives up."""
LAST_USE = 1.0
"""Seconds that closing waits for connections in use: one that comes back to a closed pool would stay open."""
ATTEMPTS = 5
"""How often `transact` tries work that other transactions got in the way of."""

T = TypeVar("T")


class DatabaseBusy(Exception):
    """Somebody else has been writing for longer than a writer waits."""


def database_url(url: str | URL) -> URL:
    """The URL with the driver that Careline uses; SQLite's folder and PostgreSQL's server are the caller's."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    backend = parsed.drivername.split("+")[0]
    if backend not in drivers:
        raise ValueError(f"the database must be sqlite or postgresql, not {backend!r}")
    return parsed.set(drivername=drivers[backend])


class Database:
    """One per process. Close it when the process ends."""

    def __init__(
        self, url: str | URL, *, readers: int = 10, patience: float = WRITE_SECONDS, foreign_keys: bool = True
    ) -> None:
        """`readers`: connections kept for reading (on PostgreSQL, for writing too); twice as many in a rush.

        `patience`: seconds a writer waits for its turn. `foreign_keys`: off only while migrations rebuild tables.
        """
        self.url = database_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._patience = patience
        self._turn = threading.Lock()
        self._writing: object = None
        """Whose turn it is."""
        if self.sqlite:
            if self.url.database in (None, "", ":memory:"):
                raise ValueError("the embedded database needs a file: other processes read it too")
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            self._reader = _sqlite_reader(self.url, readers)
            self._writer = _sqlite_writer(self.url, patience, foreign_keys)
        else:
            self._writer = _postgresql(self.url, readers)
            # One state throughout a reading transaction, as on SQLite.
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    # -- transactions

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database. Whatever is changed in it is not kept."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self, who: str = "") -> Iterator[Session]:
        """A writing transaction, committed at the end, or rolled back when an exception leaves it. Keep it short.

        `who`: a person's id, or a word for what acts ("import"), for the history. Raises DatabaseBusy.
        """
        with self._turn_to_write(), history.Session(self._writer, expire_on_commit=False) as session:
            session.info["who"] = who
            session.connection()  # begins now: what is read from here on is what will be written upon
            yield session
            session.flush()
            told = notices.told(session)
            if self.sqlite:
                notices.write(session.connection(), told)
            session.commit()
        if not self.sqlite:
            self.notify(told)

    def transact(self, work: Callable[[Session], T], who: str = "") -> T:
        """Run `work` in a writing transaction, again when another transaction was in its way: it must bear being repeated.

        Raises what the last attempt raised.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.write(who) as session:
                    return work(session)
            except OperationalError as error:
                if attempt == ATTEMPTS or not in_the_way(error):
                    raise
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - only spreads the attempts
        raise AssertionError("unreachable")

    @contextmanager
    def connect(self, *tell: Notice) -> Iterator[Connection]:
        """A writing transaction without the ORM, for many small rows: no history, and only the notices given here."""
        with self._turn_to_write(), self._writer.begin() as connection:
            yield connection
            if self.sqlite:
                notices.write(connection, tell)
        if not self.sqlite:
            self.notify(tell)

    def notify(self, told: Sequence[Notice]) -> None:
        """Send notices on PostgreSQL, outside any transaction. One that cannot be sent is not worth an error: see bus.py."""
        if not told:
            return
        try:
            with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                notices.notify(connection, told)
        except DBAPIError as error:
            log.warning("notice_not_sent", error=str(error.orig))

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if self._writing is gevent.getcurrent():
            raise RuntimeError("a writing transaction within another one would wait for itself")
        if not self._turn.acquire(timeout=self._patience):
            raise DatabaseBusy(f"another greenlet has been writing for {self._patience:.0f} s")
        self._writing = gevent.getcurrent()
        try:
            yield
        finally:
            self._writing = None
            self._turn.release()

    # -- around it

    def checkpoint(self) -> None:
        """SQLite: move what has been written from its log into its file, in a thread: this waits for the disk, and would
        else happen now and then inside a commit, where it stops every greenlet."""
        if self.sqlite:
            gevent.get_hub().threadpool.apply(_checkpoint, (str(self.url.database),))

    @property
    def engine(self) -> Engine:
        """For migrations and for connections with a life of their own."""
        return self._writer

    def close(self) -> None:
        """Close every connection; those that somebody is still using are waited for, for a moment."""
        deadline = time.monotonic() + LAST_USE
        while _in_use(self._reader.pool) + _in_use(self._writer.pool) and time.monotonic() < deadline:
            gevent.sleep(0.01)
        self._reader.dispose()
        self._writer.dispose()


def _in_use(pool: Pool) -> int:
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def in_the_way(error: DBAPIError) -> bool:
    """Whether a transaction failed only because of another one: trying again may do."""
    cause: Any = error.orig
    return getattr(cause, "sqlstate", None) in ("40001", "40P01") or (
        getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    )


def _sqlite_writer(url: URL, patience: float, foreign_keys: bool) -> Engine:
    # Greenlets of one thread share the connection one after another. The driver's own transactions are off: it would begin
    # them late, and not IMMEDIATE.
    engine = sqlalchemy.create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"timeout": 0, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        patiently(lambda: cursor.execute("PRAGMA journal_mode=WAL"), patience)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        patiently(lambda: cursor.execute("BEGIN IMMEDIATE"), patience)
        cursor.close()

    return engine


def _sqlite_reader(url: URL, pool: int) -> Engine:
    engine = sqlalchemy.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=WRITE_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _checkpoint(path: str) -> None:
    """Runs in a native thread: with a connection of its own, and nothing of gevent's."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # in nobody's way; what is in use stays for the next time
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
    finally:
        connection.close()


def patiently(statement: Callable[[], object], seconds: float) -> None:
    """Execute on SQLite, waiting for other processes in sleeps that let greenlets run. Raises DatabaseBusy."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            statement()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > deadline:
                raise DatabaseBusy(f"another process has been writing for {seconds:.0f} s") from error
        # Uneven sleeps, so that no process always comes second.
        time.sleep(random.uniform(0.001, 0.008))  # noqa: S311


def _postgresql(url: URL, pool: int) -> Engine:
    return sqlalchemy.create_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_pre_ping=False,  # a round trip for each transaction; a broken connection empties the pool instead
        pool_timeout=WRITE_SECONDS,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC", "application_name": "careline"},
    )

"""Notices between processes, on both databases; and what is done about those that nobody heard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gevent
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.engine import URL

from controller.store.bus import MISSED, Bus, _File
from controller.store.engine import Database
from controller.store.models import NoticeRow, Team
from controller.store.notices import MANY, Notice, tell
from tests.postgresql import Server
from tests.waiting import wait_until

OTHER = """
from gevent import monkey; monkey.patch_all()
import sys
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.models import Team
from controller.store.notices import Notice
import gevent.event
database = Database(sys.argv[1])
bus = Bus(database)
asked = gevent.event.Event()
bus.subscribe(lambda notice: notice == Notice("question", "1") and asked.set(), "question")
bus.start()
print("ready", flush=True)
assert asked.wait(timeout=20)
bus.publish("answer", "2")
with database.write(who="other") as session:
    session.add(Team(id="front", name="Front desk"))
bus.stop()
database.close()
"""


@pytest.fixture
def bus(database: Database) -> Iterator[Bus]:
    bus = Bus(database)
    yield bus
    bus.stop()


def test_two_processes(database: Database, database_url: URL, bus: Bus) -> None:
    heard: list[Notice] = []
    bus.subscribe(heard.append, "answer", "teams")
    bus.start()
    command = [sys.executable, "-c", OTHER, database_url.render_as_string(hide_password=False)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        bus.publish("question", "1")
        wait_until(lambda: Notice("teams", "front") in heard, seconds=20)
        assert other.wait(timeout=20) == 0
    assert [notice for notice in heard if notice is not MISSED] == [Notice("answer", "2"), Notice("teams", "front")]


def test_a_process_hears_itself_after_the_commit(database: Database, bus: Bus) -> None:
    seen: list[bool] = []

    def look(notice: Notice) -> None:
        with database.read() as session:
            seen.append(session.get(Team, "t") is not None)

    bus.subscribe(look, "teams")
    bus.start()
    with database.write() as session:
        session.add(Team(id="t", name="T"))
        session.flush()
        gevent.sleep(0.06)
        assert seen == []
    wait_until(lambda: seen)
    assert seen == [True]


def test_nothing_is_sent_when_nothing_was_committed(database: Database, bus: Bus) -> None:
    heard: list[Notice] = []
    bus.subscribe(heard.append)
    bus.start()

    def fail() -> None:
        with database.write() as session:
            tell(session, "lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    bus.publish("last")
    wait_until(lambda: heard)
    assert heard == [Notice("last")]


def test_notices_keep_their_order_and_come_once(database: Database, bus: Bus) -> None:
    heard: list[Notice] = []
    bus.subscribe(heard.append, "n")
    bus.start()
    for number in range(30):
        with database.write() as session:
            tell(session, "n", f"{number}a")
            tell(session, "n", f"{number}b")
            tell(session, "n", f"{number}a")
    wait_until(lambda: len(heard) >= 60)
    assert heard == [Notice("n", f"{number}{part}") for number in range(30) for part in "ab"]


def test_many_of_a_topic_are_one(database: Database, bus: Bus) -> None:
    heard: list[Notice] = []
    bus.subscribe(heard.append)
    bus.start()
    with database.write() as session:
        for number in range(MANY + 1):
            tell(session, "contacts", str(number))
        tell(session, "teams", "1")
    wait_until(lambda: len(heard) >= 2)
    assert heard == [Notice("contacts"), Notice("teams", "1")]


def test_one_subscriber_that_fails_does_not_make_others_deaf(database: Database, bus: Bus) -> None:
    heard: list[Notice] = []

    def fail(notice: Notice) -> None:
        raise ZeroDivisionError

    bus.subscribe(fail, "x")
    end = bus.subscribe(heard.append, "x")
    bus.start()
    bus.publish("x", "1")
    wait_until(lambda: heard)
    end()
    bus.publish("x", "2")
    later: list[Notice] = []
    bus.subscribe(later.append, "y")
    bus.publish("y")
    wait_until(lambda: later)
    assert heard == [Notice("x", "1")]


def test_subscribers_are_nudged_by_themselves(database: Database) -> None:
    bus = Bus(database, nudge=0.02)
    heard: list[Notice] = []
    bus.subscribe(heard.append, "quiet", "silent")
    bus.start()
    wait_until(lambda: len(heard) >= 2)
    bus.stop()
    assert set(heard) == {MISSED}


def test_old_notices_are_pruned_and_a_late_reader_knows(sqlite_database: Database) -> None:
    database = sqlite_database
    heard: list[Notice] = []
    ear = _File(database, heard.append)
    bus = Bus(database)
    bus.publish("early", "1")
    ear.begin()
    for key in ("2", "3"):
        bus.publish("early", key)
    with database.connect() as connection:
        old = datetime.now(UTC) - timedelta(minutes=10)
        connection.execute(update(NoticeRow).where(NoticeRow.key < "3").values(at=old))
    ear._prune()
    with database.read() as session:
        assert [row.key for row in session.scalars(select(NoticeRow))] == ["3"]
    ear._look()
    assert heard == [MISSED, Notice("early", "3")]
    with database.connect() as connection:
        connection.execute(delete(NoticeRow))
    bus.publish("late", "4")  # ids go on although the table is empty
    ear._look()
    assert heard[2:] == [Notice("late", "4")]
    ear._connection.close()


def test_what_is_written_moves_into_the_file(sqlite_database: Database) -> None:
    bus = Bus(sqlite_database)
    bus.start()
    path = Path(str(sqlite_database.url.database))

    def in_the_file() -> bool:
        return b"moves into the file" in path.read_bytes()

    with sqlite_database.write() as session:
        session.add(Team(name="moves into the file"))
    assert not in_the_file()
    wait_until(in_the_file)
    bus.stop()


def test_the_bus_comes_back_when_the_server_does(postgresql_database: Database, postgresql: Server) -> None:
    database = postgresql_database
    bus = Bus(database, nudge=1000)
    heard: list[Notice] = []
    bus.subscribe(heard.append, "x")
    bus.start()
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'careline bus' AND datname = current_database()"
            )
        )
    wait_until(lambda: MISSED in heard)
    bus.publish("x", "1")
    wait_until(lambda: Notice("x", "1") in heard)
    bus.stop()
    assert heard == [MISSED, Notice("x", "1")]

"""Transactions on both databases: from many greenlets, from several processes, and when another one is in the way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import gevent
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from controller.store.engine import Database, DatabaseBusy, database_url
from controller.store.models import Location, Number, Turn

COUNT = """
from gevent import monkey; monkey.patch_all()
import sys
from controller.store.engine import Database
from controller.store.models import Turn
database = Database(sys.argv[1])
def count(session):
    session.get_one(Turn, "shared", with_for_update=True).count += 1
for _ in range(int(sys.argv[2])):
    database.transact(count)
database.close()
"""


def _count(session: Session) -> int:
    turn = session.get_one(Turn, "shared", with_for_update=True)
    before = turn.count
    gevent.sleep(0)  # somebody else's chance to come in between
    turn.count = before + 1
    return turn.count


def test_what_is_written_is_read(database: Database) -> None:
    with database.write() as session:
        session.add(Location(id="lake", name="Lakeside", zone="America/Chicago"))
    with database.read() as session:
        assert session.get_one(Location, "lake").zone == "America/Chicago"


def test_an_exception_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(Turn(key="k"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert session.get(Turn, "k") is None
    with database.write() as session:  # and the writer's turn has been given back
        session.add(Turn(key="k"))


def test_a_reading_session_changes_nothing(database: Database) -> None:
    def change() -> None:
        with database.read() as session:
            session.execute(text("INSERT INTO turns (key, count) VALUES ('k', 1)"))

    with pytest.raises(DBAPIError):
        change()
    with database.read() as session:
        assert session.get(Turn, "k") is None


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.write() as session:
        session.add(Turn(key="shared", count=1))
    count = select(Turn.count).where(Turn.key == "shared")
    with database.read() as reader:
        assert reader.scalar(count) == 1
        database.transact(_count)
        assert reader.scalar(count) == 1
    with database.read() as reader:
        assert reader.scalar(count) == 2


def test_foreign_keys_hold(database: Database) -> None:
    def refer() -> None:
        with database.write() as session:
            session.add(Number(number="+13125550100", flow_id="nowhere"))

    with pytest.raises(IntegrityError):
        refer()


def test_many_greenlets_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(Turn(key="shared", count=0))
    greenlets = [gevent.spawn(database.transact, _count) for _ in range(40)]
    gevent.joinall(greenlets, raise_error=True, timeout=60)
    assert sorted(greenlet.value for greenlet in greenlets) == list(range(1, 41))


def test_several_processes_lose_nothing(database: Database, database_url: URL) -> None:
    with database.write() as session:
        session.add(Turn(key="shared", count=0))
    url = database_url.render_as_string(hide_password=False)
    programs = [
        subprocess.Popen([sys.executable, "-c", COUNT, url, "50"], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for _ in range(50):
        database.transact(_count)
    ended = [(program.communicate(timeout=60)[1], program.returncode) for program in programs]
    assert ended == [("", 0)] * 3
    with database.read() as session:
        assert session.get_one(Turn, "shared").count == 200


def test_waiting_for_another_process_lets_greenlets_run(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "busy.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", patience=0.3)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    turns = 0

    def run() -> None:
        nonlocal turns
        while True:
            gevent.sleep(0.005)
            turns += 1

    running = gevent.spawn(run)
    with pytest.raises(DatabaseBusy), database.write():
        pass
    assert turns > 10
    gevent.spawn_later(0.1, other.execute, "COMMIT")
    with database.write() as session:
        session.add(Turn(key="after"))
    running.kill()
    other.close()
    database.close()


def test_a_deadlock_is_tried_again(postgresql_database: Database) -> None:
    database = postgresql_database
    with database.write() as session:
        session.add_all([Turn(key="a", count=0), Turn(key="b", count=0)])
    met = [gevent.event.Event(), gevent.event.Event()]

    def cross(own: int) -> None:
        def work(session: Session) -> None:
            first, second = ("a", "b") if own == 0 else ("b", "a")
            session.get_one(Turn, first, with_for_update=True).count += 1
            session.flush()
            met[own].set()
            met[1 - own].wait(timeout=5)
            session.get_one(Turn, second, with_for_update=True).count += 1

        database.transact(work)

    gevent.joinall([gevent.spawn(cross, 0), gevent.spawn(cross, 1)], raise_error=True, timeout=30)
    with database.read() as session:
        assert [turn.count for turn in session.scalars(select(Turn))] == [2, 2]


def test_a_greenlet_killed_in_the_middle_harms_nobody(postgresql_database: Database) -> None:
    database = postgresql_database

    def sleep() -> None:
        with database.write() as session:
            session.execute(text("SELECT pg_sleep(1)"))
            session.add(Turn(key="half"))

    for _ in range(25):  # more than the pool has
        greenlet = gevent.spawn(sleep)
        gevent.sleep(0.01)
        greenlet.kill(timeout=5)
    with database.write() as session:
        session.add(Turn(key="whole"))
    with database.read() as session:
        assert session.scalars(select(Turn.key)).all() == ["whole"]


def test_postgresql_lets_greenlets_run(postgresql_database: Database) -> None:
    turns = 0

    def run() -> None:
        nonlocal turns
        while True:
            gevent.sleep(0.005)
            turns += 1

    running = gevent.spawn(run)
    with postgresql_database.read() as session:
        session.execute(text("SELECT pg_sleep(0.2)"))
    running.kill()
    assert turns > 10


def test_a_writer_does_not_wait_for_itself(sqlite_database: Database) -> None:
    def nest() -> None:
        with sqlite_database.write(), sqlite_database.connect():
            pass

    with pytest.raises(RuntimeError, match="within another one"):
        nest()
    with sqlite_database.write() as session:
        session.add(Turn(key="after"))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT * FROM calls WHERE began_at < '2026' ORDER BY began_at DESC LIMIT 50", "ix_calls_began_at"),
        ("SELECT * FROM calls WHERE number_id = 'n' ORDER BY began_at DESC LIMIT 50", "ix_calls_number_id_began_at"),
        (
            "SELECT * FROM calls WHERE location_id = 'l' ORDER BY began_at DESC LIMIT 50",
            "ix_calls_location_id_began_at",
        ),
        ("SELECT * FROM calls WHERE caller = '+1' ORDER BY began_at DESC LIMIT 50", "ix_calls_caller_began_at"),
        ("SELECT * FROM calls WHERE ended_at IS NULL AND began_at < '2026'", "ix_calls_live"),
        ("SELECT * FROM call_steps WHERE call_id = 'c' ORDER BY step", "PRIMARY KEY"),
        ("SELECT * FROM contact_numbers WHERE number = '+1'", "ix_contact_numbers_number"),
        ("SELECT * FROM list_entries WHERE number = '+1'", "ix_list_entries_number"),
        ("SELECT * FROM messages WHERE mailbox_id = 'm' ORDER BY left_at DESC", "ix_messages_mailbox_id_left_at"),
        (
            "SELECT * FROM history WHERE entity = 'e' AND entity_id = 'i' ORDER BY id DESC",
            "ix_history_entity_entity_id_id",
        ),
    ],
)
def test_what_pages_ask_has_an_index_and_needs_no_sorting(sqlite_database: Database, query: str, index: str) -> None:
    with sqlite_database.read() as session:
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert len(plan) == 1, plan
    assert index in plan[0]


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="database"):
        Database(url)


def test_the_driver_is_ours() -> None:
    assert database_url("postgres://a@b/c").drivername == "postgresql+psycopg"
    assert database_url("postgresql://a@b/c").drivername == "postgresql+psycopg"

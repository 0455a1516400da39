"""The journal in SQL: each step once, nothing lost on an orderly stop, nor while the database is away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import gevent
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from controller.calls.journal import CallBegan, CallEnded, CallMoved, Journal, StepTaken
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.journal import AT_ONCE, SqlJournal
from controller.store.models import CallRecord, CallStep, CallVariable
from controller.store.notices import Notice
from tests.postgresql import Server
from tests.waiting import wait_until

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def began(call: str = "c1", controller: str = "one", **changed: object) -> CallBegan:
    told: dict[str, object] = {
        "call": call, "at": NOON, "caller": "+13125550111", "caller_name": "Ann", "dialled": "+13125550100",
        "number": "n1", "location": "lake", "flow": "f1", "version": "v1", "switch": "s1", "controller": controller,
    }  # fmt: skip
    return CallBegan(**(told | changed))  # type: ignore[arg-type]


def moved(call: str = "c1", step: int = 1, controller: str = "one", phase: str = "") -> CallMoved:
    return CallMoved(call, after(step), "v1", f"node{step}", step, phase, f"sealed{step}", controller)


def step(call: str = "c1", number: int = 1, **changed: object) -> StepTaken:
    told: dict[str, object] = {
        "call": call, "step": number, "version": "v1", "node": f"node{number}", "kind": "say",
        "entered_at": after(number), "left_at": after(number + 0.5), "exit": "done",
    }  # fmt: skip
    return StepTaken(**(told | changed))  # type: ignore[arg-type]


def record(database: Database, call: str = "c1") -> CallRecord:
    with database.read() as session:
        return session.get_one(CallRecord, call)


def steps(database: Database, call: str = "c1") -> list[CallStep]:
    with database.read() as session:
        return list(session.scalars(select(CallStep).where(CallStep.call_id == call).order_by(CallStep.step)))


@pytest.fixture
def journal(database: Database) -> Iterator[SqlJournal]:
    journal = SqlJournal(database, window=0.01)
    journal.start()
    yield journal
    journal.close()


def test_a_call_from_beginning_to_end(database: Database, journal: SqlJournal) -> None:
    as_protocol: Journal = journal
    as_protocol.began(began())
    as_protocol.moved(moved(step=0))
    as_protocol.flush()
    live = record(database)
    assert (live.began_at, live.caller, live.node, live.bookmark) == (NOON, "+13125550111", "node0", "sealed0")
    assert (live.ended_at, live.moved_at) == (None, after(0))
    as_protocol.moved(moved(step=1))
    as_protocol.moved(moved(step=2, phase="ringing"))
    as_protocol.step(step(number=0, notes=[{"what": "heard", "key": "2"}]))
    as_protocol.step(step(number=1, error="The recording is missing."))
    as_protocol.flush()
    live = record(database)
    assert (live.node, live.step, live.phase, live.bookmark) == ("node2", 2, "ringing", "sealed2")
    assert [(s.step, s.exit, s.notes, s.error) for s in steps(database)] == [
        (0, "done", [{"what": "heard", "key": "2"}], None),
        (1, "done", None, "The recording is missing."),
    ]
    as_protocol.ended(CallEnded("c1", after(9), "caller hung up", "NORMAL_CLEARING"))
    as_protocol.flush()
    gone = record(database)
    assert (gone.ended_at, gone.ending, gone.cause, gone.bookmark) == (
        after(9),
        "caller hung up",
        "NORMAL_CLEARING",
        None,
    )


def test_the_first_end_counts(database: Database, journal: SqlJournal) -> None:
    journal.began(began())
    journal.ended(CallEnded("c1", after(1), "flow ended"))
    journal.ended(CallEnded("c1", after(2), "lost"))
    journal.flush()
    journal.ended(CallEnded("c1", after(3), "backup line"))
    journal.moved(moved(step=7))  # by a controller that was thought dead
    journal.flush()
    gone = record(database)
    assert (gone.ended_at, gone.ending, gone.node, gone.bookmark) == (after(1), "flow ended", None, None)


def test_a_takeover_doubles_nothing(database: Database, journal: SqlJournal) -> None:
    other = SqlJournal(database, window=0.01)
    other.start()
    for writer, name in ((journal, "one"), (other, "two")):
        writer.began(began(controller=name))
        writer.moved(moved(step=3, controller=name))
        writer.step(step(number=3))
        writer.flush()
    journal.moved(moved(step=2))  # late: the call has long been further
    journal.flush()
    live = record(database)
    assert (live.step, live.controller, live.began_at) == (3, "two", NOON)
    assert len(steps(database)) == 1
    other.close()


@pytest.mark.parametrize("together", [True, False])
def test_a_step_with_a_conversation_is_told_twice(database: Database, journal: SqlJournal, together: bool) -> None:
    first = step(exit="talking", notes=[{"what": "rang", "phone": "p1"}, {"what": "accepted"}])
    journal.step(first)
    if not together:
        journal.flush()
    last = step(entered_at=after(60), left_at=after(61), exit="answered", notes=[{"what": "talked", "seconds": 59}])
    for told in (last, first, last):  # and again, as after a commit whose answer was lost
        journal.step(told)
        if not together:
            journal.flush()
    journal.flush()
    [found] = steps(database)
    assert (found.entered_at, found.left_at, found.exit) == (after(1), after(61), "answered")
    assert found.notes == [*first.notes, *last.notes]


def test_notes_of_one_telling_only(database: Database, journal: SqlJournal) -> None:
    journal.step(step(number=1, exit="talking", notes=[{"what": "rang"}]))
    journal.step(step(number=1, left_at=after(9), exit="answered"))
    journal.step(step(number=2, exit="talking"))
    journal.step(step(number=2, left_at=after(9), exit="answered", notes=[{"what": "talked"}]))
    journal.flush()
    assert [(s.exit, s.notes) for s in steps(database)] == [
        ("answered", [{"what": "rang"}]),
        ("answered", [{"what": "talked"}]),
    ]


def test_variables_are_kept_until_the_call_ends(database: Database, journal: SqlJournal) -> None:
    journal.began(began())
    journal.keep("c1", {"a": "x" * 5000, "b": "y"})
    journal.keep("c1", {"b": "z"})
    journal.keep("c2", {"a": "other"})
    assert journal.recall("c1", ["a", "b", "none"]) == {"a": "x" * 5000, "b": "z"}
    journal.ended(CallEnded("c1", after(1), "flow ended"))
    journal.flush()
    with database.read() as session:
        assert [(v.call_id, v.name) for v in session.scalars(select(CallVariable))] == [("c2", "a")]


def test_the_newest_bookmark_also_before_it_is_written(database: Database, journal: SqlJournal) -> None:
    assert journal.bookmark("c1") is None
    journal.began(began())
    journal.moved(moved(step=1))
    assert journal.bookmark("c1") == "sealed1"
    journal.flush()
    assert journal.bookmark("c1") == "sealed1"


def test_one_notice_a_batch(database: Database) -> None:
    journal, bus = SqlJournal(database, window=0.05), Bus(database)
    heard: list[Notice] = []
    bus.subscribe(heard.append, "calls")
    bus.start()
    journal.start()
    for call in range(50):
        journal.began(began(f"c{call}"))
        journal.step(step(f"c{call}"))
    wait_until(lambda: heard)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CallStep)) == 50
    journal.close()
    bus.publish("calls", "end")
    wait_until(lambda: Notice("calls", "end") in heard)
    assert heard == [Notice("calls"), Notice("calls", "end")]
    bus.stop()


def test_written_within_a_tenth_of_a_second(database: Database) -> None:
    journal = SqlJournal(database)
    journal.start()
    journal.began(began())
    gevent.sleep(0)
    wait_until(lambda: journal.bookmark("c1") is None and journal._idle.is_set(), seconds=0.5)
    assert record(database).id == "c1"
    journal.close()


def test_nothing_is_lost_on_an_orderly_stop(database: Database) -> None:
    journal = SqlJournal(database, window=1000)
    journal.start()
    journal.began(began())
    for number in range(AT_ONCE + 100):
        journal.step(step(number=number))
    journal.ended(CallEnded("c1", after(1), "flow ended"))
    assert journal.close() == 0
    assert (len(steps(database)), record(database).ending) == (AT_ONCE + 100, "flow ended")


def test_a_program_that_stops(database_url: URL, database: Database) -> None:
    program = """
from gevent import monkey; monkey.patch_all()
import sys
from tests.store.test_journal import began, step
from controller.store.engine import Database
from controller.store.journal import SqlJournal
database = Database(sys.argv[1])
journal = SqlJournal(database)
journal.start()
journal.began(began())
for number in range(300):
    journal.step(step(number=number))
journal.close()
database.close()
"""
    url = database_url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", program, url], check=True, timeout=60)
    assert len(steps(database)) == 300


def test_a_controller_killed_while_it_writes(database_url: URL, database: Database) -> None:
    program = """
from gevent import monkey; monkey.patch_all()
import itertools, sys, gevent
from tests.store.test_journal import began, moved, step
from controller.store.engine import Database
from controller.store.journal import SqlJournal
journal = SqlJournal(Database(sys.argv[1]), window=0.001)
journal.start()
for number in itertools.count():
    journal.began(began(f"c{number}"))
    journal.moved(moved(f"c{number}"))
    journal.step(step(f"c{number}"))
    gevent.sleep(0.0005)
"""
    command = [sys.executable, "-c", program, database_url.render_as_string(hide_password=False)]
    with subprocess.Popen(command) as killed:
        wait_until(lambda: len(steps(database, "c100")) == 1, seconds=30)
        killed.kill()
    journal = SqlJournal(database, window=0.01)
    journal.start()
    for number in range(200):  # the calls it had, and some it had not yet told of
        call = f"c{number}"
        journal.began(began(call, controller="two"))
        journal.step(step(call))
        journal.step(step(call, 2))
        journal.ended(CallEnded(call, after(9), "flow ended"))
    assert journal.close() == 0
    for number in (0, 100, 199):
        assert [s.step for s in steps(database, f"c{number}")] == [1, 2]
        assert record(database, f"c{number}").ending == "flow ended"


def test_what_the_database_refuses_takes_nothing_else_with_it(database: Database, journal: SqlJournal) -> None:
    journal.began(began("good"))
    journal.began(began("bad", at=datetime(2026, 1, 1)))  # noqa: DTZ001 - a time without a zone
    journal.step(step("good"))
    journal.step(step("good", 2, notes=[{"what": object()}]))  # not JSON
    journal.step(step("good", 3, version="v" * 41 if not database.sqlite else object()))
    journal.step(step("good", 4))
    journal.flush()
    assert journal.refused == 3
    assert record(database, "good").id == "good"
    assert [s.step for s in steps(database, "good")] == [1, 4]


def test_hostile_text_is_made_to_fit(database: Database, journal: SqlJournal) -> None:
    name = "x\0y\ud800" + "z" * 1000
    journal.began(began(caller="1" * 500, caller_name=name, dialled="sip:\0" + "a" * 500))
    journal.step(step(error="e" * 9000, exit="q" * 100, notes=[{"what": "said", "text": "\0\ud800é"}]))
    journal.ended(CallEnded("c1", after(1), "lost", "c" * 1000))
    journal.flush()
    assert journal.refused == 0
    found = record(database)
    assert (found.caller_name[:4], len(found.caller_name)) == ("xy?z", 200)
    assert len(steps(database)) == 1


def test_while_the_database_is_away(postgresql_database: Database, postgresql: Server) -> None:
    database = postgresql_database
    journal = SqlJournal(database, window=0.01, most_steps=100)
    journal.start()
    journal.began(began())
    journal.flush()
    postgresql.stop("immediate")
    try:
        for number in range(60):
            journal.step(step(number=number))
        wait_until(lambda: journal.away_since is not None)
        for number in range(60, 100):
            journal.step(step(number=number))
        assert journal.dropped == 0
    finally:
        postgresql.start()
    journal.flush()
    assert (len(steps(database)), journal.dropped, journal.away_since) == (100, 0, None)
    journal.close()


def test_the_line_has_a_bound(database: Database) -> None:
    journal = SqlJournal(database, window=1000, most_steps=100)
    for number in range(130):
        journal.step(step(number=number))
    assert (journal.dropped, journal.waiting) == (30, 100)
    journal.start()
    journal.close()
    assert [s.step for s in steps(database)] == list(range(30, 130))

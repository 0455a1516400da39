"""What is due is done once, however many processes look for it, and by another one when one fails or dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import gevent
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.jobs.loop import Jobs
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.models import Job, Location
from tests.waiting import wait_until

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bus(database: Database) -> Iterator[Bus]:
    opened = Bus(database)
    opened.start()
    yield opened
    opened.stop()


def plan(database: Database, about: str, due: datetime, kind: str = "note") -> None:
    with database.write("test") as session:
        session.add(Job(kind=kind, about=about, due_at=due))


def left(database: Database) -> list[tuple[str, int]]:
    with database.read() as session:
        return [(job.about, job.attempts) for job in session.scalars(select(Job).order_by(Job.about))]


class Noted:
    """Work that writes down what it was about, in SQL: as real work does."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, session: Session, about: str, now: datetime) -> None:
        if self.fails:
            session.add(Location(name=f"half of {about}", zone="UTC"))
            session.flush()
            raise ZeroDivisionError
        session.add(Location(name=about, zone="UTC"))


def done(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Location.name).order_by(Location.name)))


def test_only_what_is_due_is_done_and_once(database: Database, bus: Bus) -> None:
    now = datetime.now(UTC)
    for about, due in (("one", now - MINUTE), ("two", now), ("later", now + MINUTE)):
        plan(database, about, due)
    plan(database, "elsewhere", now, kind="of another program")
    several = [Jobs(database, bus, {"note": Noted()}) for _ in range(4)]
    gevent.joinall([gevent.spawn(jobs.do_what_is_due) for jobs in several], raise_error=True)
    assert done(database) == ["one", "two"]
    assert [about for about, _ in left(database)] == ["elsewhere", "later"]
    assert 25 < several[0].do_what_is_due() <= 30, "it looks again in time even when no notice comes"


def test_work_that_fails_leaves_nothing_and_is_tried_again(
    database: Database, bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    work = Noted()
    work.fails = True
    plan(database, "one", datetime.now(UTC))
    jobs = Jobs(database, bus, {"note": work})
    assert jobs.do_what_is_due() < 30
    assert done(database) == []
    assert left(database) == [("one", 1)]
    work.fails = False
    assert 0 < jobs.do_what_is_due() <= 5, "not at once"
    assert left(database) == [("one", 1)]
    with database.connect() as connection:
        connection.execute(update(Job).values(due_at=datetime.now(UTC)))
    jobs.do_what_is_due()
    assert done(database) == ["one"]
    assert left(database) == []


def test_the_loop_hears_of_new_work_and_of_another_time(database: Database, bus: Bus) -> None:
    jobs = Jobs(database, bus, {"note": Noted()})
    jobs.start()
    try:
        plan(database, "soon", datetime.now(UTC) + timedelta(seconds=0.2))
        plan(database, "tomorrow", datetime.now(UTC) + timedelta(days=1))
        wait_until(lambda: done(database) == ["soon"], 5)
        with database.write("test") as session:
            session.get_one(Job, ("note", "tomorrow")).due_at = datetime.now(UTC)
        wait_until(lambda: done(database) == ["soon", "tomorrow"], 5)
    finally:
        jobs.stop()

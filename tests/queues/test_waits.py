"""The wait that callers are told of comes from what happened in the queues, and outlives the controller."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.calls.call import Answer
from controller.queues.rules import QueueRules
from controller.queues.states import EntryState
from controller.queues.waiting import Standing
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.models import WaitModel
from controller.store.queues import Desk, SqlQueues
from controller.store.queues.acting import Acting
from tests.queues.clinic import set_up, waits
from tests.waiting import wait_until

HANDLING = 240


class Morning:
    """A controller that follows its queues; the clock is moved."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moved = timedelta()
        self.acting = Acting(database, "one", lambda now: now + self.moved)
        self.queues = SqlQueues(database, "one", self.acting)
        self.desk = Desk(database, self.acting)
        self.bus = Bus(database)

    def answered(self) -> Standing:
        caller = waits(self.queues, "front")
        self.queues.answered(caller.ticket, caller.offers[0].id, Answer.ACCEPTED)
        self.queues.talking(caller.ticket, caller.offers[0].id)
        self.queues._waits.look()
        return caller

    def later(self, seconds: float) -> None:
        self.moved += timedelta(seconds=seconds)
        self.queues._waits.look()


@pytest.fixture
def morning(database: Database) -> Iterator[Morning]:
    set_up(database, {"front": ["ann"]}, rules=QueueRules(wrap_up_seconds=0))
    found = Morning(database)
    found.desk.sign_in("ann")
    found.bus.start()
    found.queues.start(found.bus)
    wait_until(lambda: found.queues._waits._looked)
    yield found
    found.queues.stop()
    found.bus.stop()


def test_nothing_is_said_before_something_is_known(morning: Morning) -> None:
    morning.answered()
    assert waits(morning.queues, "front").wait is None


def test_what_happened_is_learnt(morning: Morning, database: Database) -> None:
    for _ in range(8):
        caller = morning.answered()
        morning.later(HANDLING)
        morning.queues.talked(caller.ticket.entry)
        morning.later(60)
    morning.answered()
    first, second = waits(morning.queues, "front"), waits(morning.queues, "front")
    assert first.state is EntryState.WAITING
    assert first.wait is not None
    assert second.wait is not None
    assert HANDLING / 3 < first.wait.mean < HANDLING * 1.5
    assert second.wait.mean > first.wait.mean + HANDLING / 2
    assert first.wait.p50 <= first.wait.p90
    outlook = morning.queues.outlook("front")
    assert outlook is not None
    assert outlook.wait is not None
    assert outlook.wait.mean > second.wait.mean
    # Whoever starts now goes on from there; a process that follows nothing can be asked, too.
    morning.queues._waits._save_at = 0.0
    with database.connect() as connection:
        connection.exec_driver_sql("DELETE FROM wait_models")
    morning.queues._waits.look()
    with database.read() as session:
        assert session.scalars(select(WaitModel.name)).all() == ["clinic"]
    elsewhere = SqlQueues(database, acting=Acting(database, "", morning.acting.adjusted)).outlook("front")
    assert elsewhere is not None
    assert elsewhere.wait is not None
    assert elsewhere.wait.mean == pytest.approx(outlook.wait.mean, rel=0.5)

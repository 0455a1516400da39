"""Test calls in SQL: what they walk, and what was heard, pressed and said in them, written before the caller hears it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from controller.store.engine import Database
from controller.store.models import CallRecord, TestCall, TestCallEvent
from controller.store.notices import Notice

TOPIC = TestCall.__tablename__
KEPT = timedelta(days=30)
"""After so long what a test call walked is removed; that there was a call stays."""
LONGEST = timedelta(hours=2)
"""A test call that has not moved for so long is over, whatever SQL says."""


class Kind(StrEnum):
    """What an event is, and what its detail holds."""

    HEARD = "heard"
    """path (below the data folder, or ""), text, language, staff (whether it is whoever is rung who hears it)."""
    PRESSED = "pressed"
    """keys (sensitive ones as zeros), ended (see Digits), sensitive."""
    SPOKE = "spoke"
    """seconds, ended (see Recorded)."""


class SqlTestCalls:
    """Reads and writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, call: TestCall) -> None:
        """Keep what is to be walked; what is old is removed."""
        old = select(TestCall.id).where(TestCall.began_at < call.began_at - KEPT)
        with self._database.write(call.who) as session:
            session.execute(delete(TestCallEvent).where(TestCallEvent.test_call_id.in_(old)))
            session.execute(delete(TestCall).where(TestCall.began_at < call.began_at - KEPT))
            session.add(call)

    def made(self, id: str, call: str) -> None:
        """The call has been made: its id on the switch."""
        with self._database.connect(Notice(TOPIC, id)) as connection:
            connection.execute(update(TestCall).where(TestCall.id == id).values(call_id=call))

    def find(self, id: str) -> TestCall | None:
        """One, by its id."""
        with self._database.read() as session:
            return session.get(TestCall, id)

    def tell(self, id: str, kind: Kind, at: datetime, node: str, step: int, details: Sequence[dict[str, Any]]) -> None:
        """Write down events of one kind; when this returns they can be read."""
        with self._database.connect(Notice(TOPIC, id)) as connection:
            last = connection.scalar(select(func.max(TestCallEvent.number)).where(TestCallEvent.test_call_id == id))
            rows = [
                {
                    "test_call_id": id,
                    "number": number,
                    "kind": kind.value,
                    "node": node,
                    "step": step,
                    "detail": detail,
                    "at": at,
                }
                for number, detail in enumerate(details, (last or 0) + 1)
            ]
            connection.execute(insert(TestCallEvent), rows)

    def events(self, id: str) -> list[TestCallEvent]:
        """What has happened so far, in order."""
        query = select(TestCallEvent).where(TestCallEvent.test_call_id == id).order_by(TestCallEvent.number)
        with self._database.read() as session:
            return list(session.scalars(query))

    def event(self, id: str, number: int) -> TestCallEvent | None:
        """One of them."""
        with self._database.read() as session:
            return session.get(TestCallEvent, (id, number))

    def end_left(self, now: datetime) -> None:
        """Note the end of test calls that nobody holds any more: their switch is gone, and cannot be asked."""
        moved = func.coalesce(CallRecord.moved_at, CallRecord.began_at)
        left = CallRecord.test, CallRecord.ended_at.is_(None), moved < now - LONGEST
        with self._database.connect(Notice(CallRecord.__tablename__)) as connection:
            connection.execute(
                update(CallRecord).where(*left).values(ended_at=now, ending="lost", phase="", bookmark=None)
            )

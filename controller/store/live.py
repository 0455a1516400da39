"""Calls that SQL takes for live: what a sweep compares with what is on a switch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from controller.calls.call import Caller
from controller.calls.departed import LeftCall
from controller.store.engine import Database
from controller.store.models import CallRecord


class SqlLiveCalls:
    """Reads the rows of calls that have not ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def on(self, switch: str, before: datetime) -> list[LeftCall]:
        """Each live call on a switch that has not moved since `before`."""
        query = select(CallRecord).where(
            CallRecord.ended_at.is_(None),
            CallRecord.switch == switch,
            func.coalesce(CallRecord.moved_at, CallRecord.began_at) < before,
        )
        with self._database.read() as session:
            return [
                LeftCall(
                    id=row.id,
                    phase=row.phase,
                    seen=row.moved_at or row.began_at,
                    caller=Caller(row.caller, row.caller_name),
                    dialled=row.dialled,
                    number=row.number_id,
                    location=row.location_id,
                    test=row.test,
                    sealed=row.bookmark,
                )
                for row in session.scalars(query)
            ]

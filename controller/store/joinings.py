"""Callers in line who are about to be joined with an agent, as SQL has it: what joinings.py compares with a switch."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from controller.joinings import Joining
from controller.queues.states import EntryState, OfferState
from controller.queues.waiting import Ticket
from controller.store import clock
from controller.store.engine import Database
from controller.store.models import CallRecord, Entry, QueueOffer

SETTLED = timedelta(seconds=3)
"""For so long whoever joins them may take to say that they talk."""


def joining(database: Database, switch: str) -> list[Joining]:
    """Those whose call is on a switch, and that have been about to be joined for longer than it takes."""
    query = (
        select(Entry.id, Entry.generation, Entry.call_id, QueueOffer.id.label("offer"))
        .join(CallRecord, CallRecord.id == Entry.call_id)
        .join(QueueOffer, (QueueOffer.entry_id == Entry.id) & (QueueOffer.person_id == Entry.person_id))
        .where(
            Entry.ended_at.is_(None),
            Entry.state == EntryState.JOINING,
            QueueOffer.state == OfferState.ACCEPTED,
            CallRecord.switch == switch,
        )
    )
    with database.read() as session:
        before = clock.now(session.connection()) - SETTLED
        rows = session.execute(query.where(Entry.since < before)).all()
    return [Joining(Ticket(row.id, row.generation), row.call_id, row.offer) for row in rows]

"""How an entry stands, read from the tables."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, select, tuple_

from controller.queues.states import EntryState
from controller.queues.waiting import Ringing, Standing, Ticket
from controller.store.models import Agent, Entry, QueueOffer
from controller.store.queues.setup import Setup

IN_LINE = (EntryState.WAITING, EntryState.OFFERED)

_ENTRIES = Entry.__table__.c
_AGENTS = Agent.__table__.c


def standing(connection: Connection, setup: Setup, id: str) -> Standing | None:
    """How an entry stands."""
    entry = connection.execute(select(Entry.__table__).where(_ENTRIES.id == id)).one_or_none()
    if entry is None:
        return None
    position = 0
    if entry.state in IN_LINE:
        ahead = select(func.count()).where(
            _ENTRIES.queue_id == entry.queue_id,
            _ENTRIES.ended_at.is_(None),
            _ENTRIES.state.in_(IN_LINE),
            tuple_(_ENTRIES.place_at, _ENTRIES.id) < tuple_(entry.place_at, entry.id),
        )
        position = 1 + (connection.execute(ahead).scalar() or 0)
    offers: tuple[Ringing, ...] = ()
    queue = setup.queues.get(entry.queue_id)
    if entry.state is EntryState.OFFERED:
        offered = select(QueueOffer.id, QueueOffer.person_id, _AGENTS.phone_id)
        offered = offered.join(Agent.__table__, _AGENTS.person_id == QueueOffer.person_id, isouter=True)
        offered = offered.where(QueueOffer.entry_id == id, QueueOffer.ended_at.is_(None)).order_by(QueueOffer.id)
        seconds = float(queue.rules.ring_seconds) if queue else 20.0
        offers = tuple(
            Ringing(row.id, row.person_id, seconds, phone_of(setup, row.person_id, row.phone_id))
            for row in connection.execute(offered)
        )
    until = None
    longest = queue.rules.longest(entry.kind, entry.wanted_id) if queue else 0
    if longest:
        until = entry.entered_at + timedelta(seconds=longest)
    ticket = Ticket(entry.id, entry.generation)
    return Standing(
        ticket=ticket,
        state=entry.state,
        queue=entry.queue_id,
        joined_at=entry.joined_at,
        position=position,
        offers=offers,
        until=until,
        outcome=entry.outcome,
        person=entry.person_id,
    )


def phone_of(setup: Setup, person: str, wanted: str | None) -> str | None:
    """The only phone on which they want to be rung, while it is theirs."""
    return wanted if wanted in setup.phones.get(person, ()) else None

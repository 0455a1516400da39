"""Held places within a transaction on the queues: an agent is reserved and an attempt begun; what came of it; the end.

An attempt is one call to the patient, with an id of its own that follows from entry and attempt: whoever makes it, it is the same
call. An agent is reserved (offered the entry, and rung only once the patient is on the line) before the attempt begins.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, insert, select, update

from controller.flows.clinic import Opening
from controller.queues.rules import CallbackRules, QueueRules
from controller.queues.states import EntryKind, EntryState, HeldState, Outcome, Tried
from controller.store.models import Entry, HeldPlace, QueueOffer, new_id
from controller.store.queues.changes import Changes
from controller.store.queues.setup import QueueSetup

BEYOND_RINGING = 90.0
"""Seconds that an attempt may take beside the ringing: being put through, hearing who calls, and pressing a key."""
AGAIN_AT_ONCE = frozenset({Tried.LATER})
"""What does not count among the attempts in which nobody was reached: a person was."""
KEPT_FOR = timedelta(days=3)
"""For so long a place is kept that nobody is free to call back."""

_HELD = HeldPlace.__table__.c
_ENTRIES = Entry.__table__.c
_OFFERS = QueueOffer.__table__.c

DUE = (
    select(
        *(
            _ENTRIES[name]
            for name in ("id", "queue_id", "joined_at", "head_start", "required", "preferred", "wanted_id")
        ),
        _HELD.attempts,
        _HELD.number,
        _HELD.next_at,
    )
    .select_from(HeldPlace.__table__.join(Entry.__table__, _ENTRIES.id == _HELD.entry_id))
    .where(
        _HELD.ended_at.is_(None),
        _HELD.state == HeldState.HELD,
        _ENTRIES.state == EntryState.WAITING,
        (_HELD.next_at.is_(None) | (_HELD.next_at <= bindparam("now", type_=_HELD.next_at.type))),
    )
    .order_by(_ENTRIES.place_at, _ENTRIES.id)
)
"""Those that might be called back now, as far as their own times go; who is first in line comes first."""
_UNDER_WAY = select(_HELD.number).where(
    _HELD.ended_at.is_(None), _HELD.state.in_((HeldState.CALLING, HeldState.TALKING))
)
_BEGIN = (
    update(HeldPlace)
    .where(_HELD.entry_id == bindparam("which"), _HELD.state == HeldState.HELD, _HELD.ended_at.is_(None))
    .values(
        state=HeldState.CALLING,
        attempts=bindparam("attempt"),
        call_id=bindparam("call"),
        until=bindparam("by"),
        next_at=None,
        called_by="",
        called_at=None,
        switch="",
    )
)


def call_id(entry: str, attempt: int) -> str:
    """Of the call to the patient in this attempt (1, 2 ...)."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{entry}:called back:{attempt}"))


def allowed(queue: QueueSetup | None, now: datetime) -> bool:
    """Whether people are called back now."""
    return queue is not None and (queue.callback_hours is None or queue.callback_hours.at(now).state is Opening.OPEN)


def until(rules: QueueRules, now: datetime) -> datetime:
    """By when an attempt that begins now has come to something."""
    return now + timedelta(seconds=rules.callback.ring_seconds + BEYOND_RINGING)


def due(dispatch: Changes) -> Sequence[Any]:
    """The held places for which somebody may be reserved now, in the order of the line."""
    rows = dispatch.connection.execute(DUE, {"now": dispatch.now}).all()
    if not rows:
        return []
    # Nobody is called by two queues at once.
    called = set(dispatch.connection.scalars(_UNDER_WAY))
    found = []
    for row in rows:
        if row.number not in called and allowed(dispatch.setup.queues.get(row.queue_id), dispatch.now):
            called.add(row.number)
            found.append(row)
    return found


def begin(dispatch: Changes, attempts: Iterable[tuple[str, int, datetime]]) -> int:
    """Begin attempts: (entry, which attempt it is, by when it has come to something). Returns how many of them began."""
    rows = [
        {"which": entry, "attempt": attempt, "call": call_id(entry, attempt), "by": by}
        for entry, attempt, by in attempts
    ]
    dispatch.held = True
    return dispatch.connection.execute(_BEGIN, rows).rowcount


def not_reached(dispatch: Changes, place: Row[Any], said: Tried) -> None:
    """The attempt under way came to nothing: whoever was reserved is free at once, and the patient is called again later, or
    was for the last time."""
    entry = dispatch.entry(place.entry_id)
    if entry is None or entry.ended_at is not None:
        dispatch.end_held(place.entry_id)
        return
    dispatch.cancel_offers(entry.id)
    queue = dispatch.setup.queues.get(entry.queue_id)
    rules = queue.rules.callback if queue is not None else CallbackRules()
    missed = place.missed + (said not in AGAIN_AT_ONCE)
    dispatch.set_held(place.entry_id, state=HeldState.HELD, said=said.value, missed=missed, until=None)
    if missed >= rules.attempts or said is Tried.FORBIDDEN:
        dispatch.end_entry(entry, Outcome.UNREACHED, generation=entry.generation + 1)
        return
    again = dispatch.now + timedelta(minutes=rules.again_after_minutes)
    dispatch.set_held(place.entry_id, next_at=again)
    dispatch.to_waiting(entry, generation=entry.generation + 1)


def reached(dispatch: Changes, place: Row[Any], *, call: str, step: int, holder: str) -> bool:
    """The patient is on the line and wants to talk: the entry is that of their call from now on, at its place; whoever is
    reserved is rung. Said again of the same call, it is so still. False: the attempt is over."""
    entry = dispatch.entry(place.entry_id)
    if entry is None or entry.ended_at is not None:
        return False
    if entry.kind is EntryKind.BACK and entry.call_id == call:
        return True
    if place.state is not HeldState.CALLING or place.call_id != call or entry.kind is not EntryKind.HELD:
        return False
    dispatch.set_held(entry.id, state=HeldState.TALKING, until=None)
    on_the_line = {"kind": EntryKind.BACK, "call_id": call, "step": step, "holder": holder}
    dispatch.set_entry(entry, generation=entry.generation + 1, **on_the_line)
    _ring_anew(dispatch, entry)
    return True


def _ring_anew(dispatch: Changes, entry: Row[Any]) -> None:
    """Only now does the phone of whoever is reserved ring: its time begins now."""
    queue = dispatch.setup.queues.get(entry.queue_id)
    offers = dispatch.open_offers(entry.id)
    if queue is None or not offers:
        return
    for offer in offers:
        by = dispatch.ringing_until(queue.rules, offer.person_id)
        dispatch.connection.execute(update(QueueOffer).where(_OFFERS.id == offer.id), {"deadline_at": by})
        found = dispatch.agent(offer.person_id)
        if found is not None and found[0].offer_id == offer.id:
            dispatch.set_agent(offer.person_id, replace(found[0], deadline_at=by), found[1])
        dispatch.set_entry(entry, deadline_at=by)


def withdraw(dispatch: Changes, place: Row[Any]) -> bool:
    """The patient no longer wants to be called."""
    entry = dispatch.entry(place.entry_id)
    if entry is None or entry.ended_at is not None or entry.state in (EntryState.JOINING, EntryState.TALKING):
        return False
    dispatch.leave(entry, Outcome.WITHDRAWN, generation=entry.generation + 1)
    return True


def no_longer_needed(dispatch: Changes, entry: Row[Any]) -> None:
    """A caller is being answered: a place that they kept in this queue before is over, and nobody calls them back as well."""
    if entry.caller is None:
        return
    place = dispatch.connection.execute(kept_for(entry.queue_id, entry.caller, but=entry.id)).one_or_none()
    if place is not None and place.state is HeldState.HELD:
        withdraw(dispatch, place)


def kept_for(queue: str, number: str, but: str = "") -> Select[Any]:
    """The place that is kept in a queue for a number: the one nearest to its turn. `but`: not this one."""
    return (
        select(HeldPlace.__table__)
        .join(Entry.__table__, _ENTRIES.id == _HELD.entry_id)
        .where(
            _HELD.ended_at.is_(None), _HELD.number == number, _HELD.entry_id != but,
            _ENTRIES.queue_id == queue, _ENTRIES.ended_at.is_(None),
        )
        .order_by(_ENTRIES.place_at)
        .limit(1)
    )  # fmt: skip


def keep(dispatch: Changes, entry: Row[Any], *, number: str, bookmark: str, dialled: str) -> str | None:
    """The caller leaves, and their place goes on in an entry of its own; returns it. None: a place was kept already for this
    number, and stays the only one."""
    before = dispatch.connection.execute(kept_for(entry.queue_id, number, but=entry.id)).one_or_none()
    dispatch.leave(entry, Outcome.CALLBACK)
    if before is not None:
        return None
    row = {name: getattr(entry, name) for name in _ENTRIES.keys()}  # noqa: SIM118 - columns, not a mapping
    row |= {
        "id": (place := new_id()),
        "kind": EntryKind.HELD,
        "call_id": None,
        "entered_at": dispatch.now,
        "state": EntryState.WAITING,
        "since": dispatch.now,
        "deadline_at": None,
        "generation": 0,
        "holder": "",
        "person_id": None,
    }
    dispatch.add_entry(row)
    held = {
        "entry_id": place, "number": number, "bookmark": bookmark, "dialled": dialled[:64], "made_at": dispatch.now,
    }  # fmt: skip
    dispatch.connection.execute(insert(HeldPlace), held)
    dispatch.held = True
    return place

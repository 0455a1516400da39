"""Nothing sticks: whatever is past its deadline, or has lost its call, its controller, its queue or all who could answer it, is
brought to where it belongs. Any number of controllers look; whichever sees it first does it, in one transaction.

What is looked at here is only a reason to act: within the transaction each case is looked at again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, select, update

from controller.queues.agents import BETWEEN
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, OfferState, Outcome, Told, Tried
from controller.store import clock
from controller.store.models import Agent, CallRecord, ControllerRecord, Entry, HeldPlace, QueueOffer
from controller.store.queues import held
from controller.store.queues.acting import Acting
from controller.store.queues.dispatch import Dispatch
from controller.store.queues.setup import QueueSetup, Setup, able, is_open

LATEST = 1.0
"""Seconds between two looks at most."""
SOONEST = 0.01
"""Seconds between two looks at least."""
LOST_AFTER = 30.0
"""For so many seconds a controller may give no sign of life before calls that it held, and nobody has taken over, are lost."""
NOBODY_AFTER = timedelta(seconds=60)
"""After the last agent has signed out callers wait for so long for another one to come."""
AHEAD_OF_TIME = timedelta(seconds=2)
"""A time further in the future than this is from before the clock was put back."""

log = structlog.get_logger(__name__)

Due = Callable[[Dispatch], None]

_ENTRIES = Entry.__table__.c
_OFFERS = QueueOffer.__table__.c
_AGENTS = Agent.__table__.c
_HELD = HeldPlace.__table__.c
_OPEN_ENTRIES = (
    select(
        *(_ENTRIES[name] for name in ("id", "queue_id", "kind", "call_id", "state", "since", "deadline_at")),
        *(_ENTRIES[name] for name in ("joined_at", "entered_at", "wanted_id", "required", "holder")),
        CallRecord.ended_at.label("call_ended_at"),
    )
    .select_from(Entry.__table__.outerjoin(CallRecord.__table__, CallRecord.id == _ENTRIES.call_id))
    .where(_ENTRIES.ended_at.is_(None))
)
_OPEN_OFFERS = select(_OFFERS.id, _OFFERS.entry_id, _OFFERS.person_id, _OFFERS.deadline_at, _OFFERS.made_at).where(
    _OFFERS.ended_at.is_(None)
)
_ALL_AGENTS = select(
    *(_AGENTS[name] for name in ("person_id", "mode", "since", "idle_since", "deadline_at", "offer_id", "entry_id"))
)
_PLACES = (
    select(
        *(_HELD[name] for name in ("entry_id", "state", "made_at", "next_at", "until")),
        _ENTRIES.queue_id,
        _ENTRIES.wanted_id,
        _ENTRIES.ended_at.label("entry_ended_at"),
    )
    .select_from(HeldPlace.__table__.outerjoin(Entry.__table__, _ENTRIES.id == _HELD.entry_id))
    .where(_HELD.ended_at.is_(None))
)
_BEATS = select(ControllerRecord.name, ControllerRecord.beat_at)


class Sweeper:
    """One per controller."""

    def __init__(self, acting: Acting, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._acting = acting
        self._monotonic = monotonic
        self._beats: dict[str, tuple[datetime | None, float]] = {}
        """Of each controller that holds calls: its last sign of life, and when (by our own clock) we first saw that one."""

    def sweep(self) -> float:
        """Returns the seconds until something is due again, LATEST at most. Raises the database's errors."""
        setup = self._acting.setup()
        with self._acting.database.read() as session:
            connection = session.connection()
            now = self._acting.adjusted(clock.now(connection))
            entries = connection.execute(_OPEN_ENTRIES).all()
            offers = connection.execute(_OPEN_OFFERS).all()
            agents = connection.execute(_ALL_AGENTS).all()
            places = connection.execute(_PLACES).all()
            beats = {row.name: row.beat_at for row in connection.execute(_BEATS)}
        ahead = _ahead(entries, offers, agents, places, now)
        if ahead:
            self._put_back(setup, ahead)
            return SOONEST
        look = _Look(setup, now, entries, offers, agents, places, self._silent(entries, beats))
        for component, due in look.due().items():
            self._acting.act(lambda _, component=component: [component], _all(due))  # type: ignore[misc]
        deadlines = [row.deadline_at for row in (*entries, *offers, *agents) if row.deadline_at is not None]
        deadlines += [at for row in places for at in (row.next_at, row.until) if at is not None]
        coming = min((at for at in deadlines if at > now), default=None)
        return LATEST if coming is None else min(LATEST, max(SOONEST, (coming - now).total_seconds()))

    def _silent(self, entries: Iterable[Any], beats: dict[str, datetime]) -> set[str]:
        """Controllers that hold calls and have not been heard of for too long, by our own clock: the database's may step."""
        here = self._monotonic()
        holders = {row.holder for row in entries if row.holder}
        for holder in holders:
            beat = beats.get(holder)
            if holder not in self._beats or self._beats[holder][0] != beat:
                self._beats[holder] = beat, here
        self._beats = {holder: seen for holder, seen in self._beats.items() if holder in holders}
        return {holder for holder, (_, since) in self._beats.items() if here - since > LOST_AFTER}

    def _put_back(self, setup: Setup, ahead: timedelta) -> None:
        """The clock was put back by so much: times from before are, too. Order and what is left of deadlines stay."""
        log.warning("clock_put_back", seconds=ahead.total_seconds())

        def change(dispatch: Dispatch) -> None:
            latest = dispatch.now + AHEAD_OF_TIME
            for table, key in ((Entry, "id"), (QueueOffer, "id"), (Agent, "person_id")):
                columns = table.__table__.c
                rows = select(table.__table__)
                if "ended_at" in columns:
                    rows = rows.where(columns.ended_at.is_(None))
                for row in dispatch.connection.execute(rows).all():
                    moved = _moved(row, ahead, latest)
                    if moved:
                        dispatch.connection.execute(
                            update(table).where(columns[key] == getattr(row, key)).values(**moved)
                        )
            for place in dispatch.connection.execute(_PLACES).all():
                times = {name: getattr(place, name) for name in ("next_at", "until")}
                moved = {name: at - ahead for name, at in times.items() if at is not None}
                if place.made_at > latest:
                    moved["made_at"] = place.made_at - ahead
                if moved:
                    dispatch.set_held(place.entry_id, **moved)
            dispatch.entries.add("")

        self._acting.act(lambda setup: {*setup.of_queue.values(), *setup.of_person.values()}, change)


class _Look:
    """What is due, by component."""

    def __init__(
        self,
        setup: Setup,
        now: datetime,
        entries: Iterable[Any],
        offers: Iterable[Any],
        agents: Iterable[Any],
        places: Iterable[Any],
        silent: set[str],
    ) -> None:
        self._setup = setup
        self._now = now
        self._entries = {row.id: row for row in entries}
        self._offers = {row.id: row for row in offers}
        self._agents = {row.person_id: row for row in agents}
        self._places = {row.entry_id: row for row in places}
        self._silent = silent
        self._due: defaultdict[str, list[Due]] = defaultdict(list)

    def due(self) -> dict[str, list[Due]]:
        for offer in self._offers.values():
            if offer.deadline_at <= self._now or offer.entry_id not in self._entries:
                entry = self._entries.get(offer.entry_id)
                where = self._component(entry) if entry else self._setup.component_of(offer.person_id)
                self._due[where].append(lambda dispatch, id=offer.id: _missed(dispatch, id))  # type: ignore[misc]
        for entry in self._entries.values():
            if (due := self._entry(entry)) is not None:
                self._due[self._component(entry)].append(due)
        for place in self._places.values():
            if self._is_late(place):
                where = self._setup.component(place.queue_id or "", place.wanted_id)
                self._due[where].append(lambda dispatch, id=place.entry_id: _place(dispatch, id))  # type: ignore[misc]
        for agent in self._agents.values():
            if self._is_due(agent):
                where = self._setup.component_of(agent.person_id)
                self._due[where].append(lambda dispatch, who=agent.person_id: _agent(dispatch, who))  # type: ignore[misc]
        self._match()
        return self._due

    def _component(self, entry: Row[Any]) -> str:
        return self._setup.component(entry.queue_id, entry.wanted_id)

    def _entry(self, entry: Row[Any]) -> Due | None:
        id = entry.id
        if entry.call_ended_at is not None and entry.kind is not EntryKind.HELD:
            return lambda dispatch: _gone(dispatch, id)
        if entry.state is EntryState.TALKING:
            return None
        if entry.kind is not EntryKind.HELD and entry.holder in self._silent:
            return lambda dispatch: _leave(dispatch, id, Outcome.LOST)
        late = entry.deadline_at is not None and entry.deadline_at <= self._now
        if entry.state is EntryState.JOINING:
            return (lambda dispatch: _not_joined(dispatch, id)) if late else None
        if entry.state is EntryState.OFFERED:
            rung = any(offer.entry_id == id for offer in self._offers.values())
            return None if rung else (lambda dispatch: _unrung(dispatch, id))
        if entry.kind is EntryKind.HELD and id not in self._places:
            return lambda dispatch: _leave(dispatch, id, Outcome.LOST)
        queue = self._setup.queues.get(entry.queue_id)
        if queue is None or (entry.kind is EntryKind.CALL and not is_open(queue, self._now)):
            return lambda dispatch: _leave(dispatch, id, Outcome.CLOSED)
        if late:
            return lambda dispatch: _leave(dispatch, id, Outcome.TOO_LONG)
        if entry.kind is not EntryKind.HELD and self._deserted(entry, queue):
            return lambda dispatch: _leave(dispatch, id, Outcome.NOBODY)
        return None

    def _deserted(self, entry: Row[Any], queue: QueueSetup) -> bool:
        people = [entry.wanted_id] if entry.wanted_id else able(self._setup, queue, entry.required)
        agents = [self._agents[person] for person in people if person in self._agents]
        if any(agent.mode is not AgentMode.SIGNED_OUT for agent in agents):
            return False
        last = max([entry.entered_at, *(agent.since for agent in agents)])
        return bool(self._now - last > NOBODY_AFTER)

    def _is_late(self, place: Row[Any]) -> bool:
        if place.queue_id is None or place.entry_ended_at is not None:
            return True
        if place.state is HeldState.CALLING:
            return bool(place.until is None or place.until <= self._now)
        return place.state is HeldState.HELD and self._now - place.made_at > held.KEPT_FOR

    def _is_due(self, agent: Row[Any]) -> bool:
        if agent.mode in BETWEEN:
            return bool(agent.deadline_at is None or agent.deadline_at <= self._now)
        if agent.mode is AgentMode.OFFERED:
            return agent.offer_id not in self._offers
        if agent.mode is AgentMode.TALKING:
            return agent.entry_id not in self._entries
        return False

    def _match(self) -> None:
        """Where somebody is free while others wait time alone may have made a match, and staff may have changed something."""
        free = {
            self._setup.component_of(agent.person_id)
            for agent in self._agents.values()
            if agent.mode is AgentMode.AVAILABLE and agent.person_id not in self._setup.away
        }
        for entry in self._entries.values():
            if entry.state is EntryState.WAITING and self._may_be_matched(entry):
                where = self._component(entry)
                if where in free and where not in self._due:
                    self._due[where] = []

    def _may_be_matched(self, entry: Row[Any]) -> bool:
        if entry.kind is not EntryKind.HELD:
            return True
        place = self._places.get(entry.id)
        if (
            place is None
            or place.state is not HeldState.HELD
            or (place.next_at is not None and place.next_at > self._now)
        ):
            return False
        return held.allowed(self._setup.queues.get(entry.queue_id), self._now)


def _all(due: Iterable[Due]) -> Callable[[Dispatch], None]:
    def change(dispatch: Dispatch) -> None:
        for each in due:
            each(dispatch)
        dispatch.match()

    return change


# -- each case, looked at again


def _missed(dispatch: Dispatch, id: str) -> None:
    offer = dispatch.offer(id)
    if offer is None or offer.ended_at is not None:
        return
    entry = dispatch.entry(offer.entry_id)
    if entry is None or entry.ended_at is not None:
        dispatch.cancel_offers(offer.entry_id)
    elif offer.deadline_at <= dispatch.now:
        place = dispatch.held_place(entry.id) if entry.kind is EntryKind.HELD else None
        if place is not None and place.state is HeldState.CALLING:
            held.not_reached(dispatch, place, Tried.UNKNOWN)
            return
        dispatch.refuse(entry, offer, OfferState.MISSED, Told.MISSED)


def _gone(dispatch: Dispatch, id: str) -> None:
    entry = dispatch.entry(id)
    if entry is not None and entry.ended_at is None:
        dispatch.gone(entry)


def _leave(dispatch: Dispatch, id: str, outcome: Outcome) -> None:
    entry = dispatch.entry(id)
    if entry is None or entry.ended_at is not None or entry.state is EntryState.TALKING:
        return
    if outcome is not Outcome.LOST and entry.state is not EntryState.WAITING:
        return
    dispatch.leave(entry, outcome, generation=entry.generation + 1)


def _place(dispatch: Dispatch, id: str) -> None:
    """A held place that is late, or whose entry is over."""
    place = dispatch.held_place(id)
    if place is None or place.ended_at is not None:
        return
    entry = dispatch.entry(id)
    if entry is None or entry.ended_at is not None:
        dispatch.end_held(id)
    elif place.state is HeldState.CALLING:
        if place.until is None or place.until <= dispatch.now:
            held.not_reached(dispatch, place, Tried.UNKNOWN)
    elif place.state is HeldState.HELD and dispatch.now - place.made_at > held.KEPT_FOR:
        dispatch.set_held(id, said=Tried.TOO_LATE.value)
        dispatch.leave(entry, Outcome.UNREACHED, generation=entry.generation + 1)


def _not_joined(dispatch: Dispatch, id: str) -> None:
    """Nobody came to say whether they talk: what the call itself last said decides."""
    entry = dispatch.entry(id)
    if entry is None or entry.state is not EntryState.JOINING or entry.deadline_at > dispatch.now:
        return
    phase = dispatch.connection.execute(select(CallRecord.phase).where(CallRecord.id == entry.call_id)).scalar()
    if phase == "talking":
        dispatch.talking(entry)
    else:
        dispatch.unjoin(entry, None, generation=entry.generation + 1)


def _unrung(dispatch: Dispatch, id: str) -> None:
    entry = dispatch.entry(id)
    if entry is not None and entry.state is EntryState.OFFERED and not dispatch.open_offers(id):
        dispatch.to_waiting(entry)


def _agent(dispatch: Dispatch, person: str) -> None:
    found = dispatch.agent(person)
    if found is None:
        return
    doing, generation = found
    if doing.mode in BETWEEN:
        if doing.deadline_at is None or doing.deadline_at <= dispatch.now:
            dispatch.set_agent(person, doing.over(dispatch.now), generation)
    elif doing.mode is AgentMode.OFFERED:
        offer = dispatch.offer(doing.offer_id) if doing.offer_id else None
        if offer is None or offer.ended_at is not None:
            dispatch.set_agent(person, doing.freed(dispatch.now), generation)
    elif doing.mode is AgentMode.TALKING:
        entry = dispatch.entry(doing.entry_id) if doing.entry_id else None
        if entry is None or entry.ended_at is not None or entry.person_id != person:
            dispatch.set_agent(person, doing.talked(0, dispatch.now), generation)


# -- a clock that was put back

_TIMES = ("joined_at", "entered_at", "place_at", "since", "idle_since", "made_at")


def _ahead(*rows: Any) -> timedelta | None:
    *tables, now = rows
    times = [at for table in tables for row in table for name in _TIMES if (at := getattr(row, name, None)) is not None]
    latest = max(times, default=now)
    return latest - now if latest - now > AHEAD_OF_TIME else None


def _moved(row: Row[Any], by: timedelta, latest: datetime) -> dict[str, datetime]:
    times = {name: getattr(row, name, None) for name in _TIMES}
    moved = {name: at - by for name, at in times.items() if at is not None and at > latest and name != "place_at"}
    if "joined_at" in moved:
        moved["place_at"] = row.place_at - by
    if row.deadline_at is not None and ("since" in moved or "made_at" in moved):
        moved["deadline_at"] = row.deadline_at - by
    return moved

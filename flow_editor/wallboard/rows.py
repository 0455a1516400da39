"""Queues, agents, callers in line and held places as SQL has them now: short queries, made once for all who look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, Outcome, Tried
from controller.queues.waiting import Wait
from controller.store.models import Agent, Entry, HeldPlace, Location, Person, Queue, QueueTeam, Team, TeamMember
from controller.store.zones import UTC_ZONE, zone_of
from flow_editor.wallboard.day import Counted
from flow_editor.wallboard.schemas import AgentNow, HeldNow, QueueNow, QueueToday, WaitingNow

SET_UP = frozenset(kind.__tablename__ for kind in (Queue, QueueTeam, Team, TeamMember, Person, Location))
"""Topics of the bus after which the set-up is read anew."""
UNREACHED_SHOWN = timedelta(hours=12)
"""For so long it is shown that somebody could not be called back."""
STATE = frozenset(kind.__tablename__ for kind in (Agent, Entry, HeldPlace))
"""Topics after which it is looked at who waits and who answers."""


@dataclass(frozen=True)
class _Queue:
    id: str
    name: str
    location: str | None
    hours: str | None
    rules: QueueRules
    members: frozenset[str]


@dataclass(frozen=True)
class SetUp:
    """What staff have set up, by id."""

    queues: Mapping[str, _Queue] = field(default_factory=dict)
    counted: Mapping[str, Counted] = field(default_factory=dict)
    people: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """Name and location."""
    places: Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo = UTC_ZONE
    """The organisation's: agents' calls are counted by its days."""

    @classmethod
    def read(cls, session: Session) -> SetUp:
        """As it is now."""
        members: defaultdict[str, set[str]] = defaultdict(set)
        answering = select(QueueTeam.queue_id, TeamMember.person_id).join(
            TeamMember, TeamMember.team_id == QueueTeam.team_id
        )
        for queue, person in session.execute(answering):
            members[queue].add(person)
        queues = {
            row.id: _Queue(row.id, row.name, row.location_id, row.hours_id, row.rules, frozenset(members[row.id]))
            for row in session.execute(
                select(Queue.id, Queue.name, Queue.location_id, Queue.hours_id, Queue.rules).order_by(Queue.name)
            )
        }
        counted = {
            queue.id: Counted(zone_of(session, queue.location), queue.rules.answer_within) for queue in queues.values()
        }
        people = select(Person.id, Person.name, Person.location_id).where(
            Person.id.in_(select(TeamMember.person_id)) | Person.id.in_(select(Agent.person_id))
        )
        return cls(
            queues=queues,
            counted=counted,
            people={id: (name, location) for id, name, location in session.execute(people)},
            places={place.id: place.name for place in session.execute(select(Location.id, Location.name))},
            zone=zone_of(session, None),
        )


R = TypeVar("R", bound=BaseModel)


class Placed(NamedTuple, Generic[R]):
    """A row and the location that it belongs to: who may see it goes by that."""

    row: R
    location: str | None


@dataclass(frozen=True)
class Rows:
    """Everything, by id; for whoever may see all of it."""

    queues: Mapping[str, Placed[QueueNow]] = field(default_factory=dict)
    agents: Mapping[str, Placed[AgentNow]] = field(default_factory=dict)
    waiting: Mapping[str, Placed[WaitingNow]] = field(default_factory=dict)
    held: Mapping[str, Placed[HeldNow]] = field(default_factory=dict)


def read(
    session: Session,
    setup: SetUp,
    today: Mapping[str, QueueToday],
    waits: Mapping[str, Wait | None],
    is_open: Callable[[str], bool],
    at: datetime,
) -> Rows:
    """How things stand now (`at`). `waits`: what somebody who came now would wait, by queue; `is_open`: of hours."""
    open_entries = select(
        Entry.id, Entry.queue_id, Entry.kind, Entry.state, Entry.joined_at, Entry.head_start, Entry.language,
        Entry.caller, Entry.caller_name, Entry.answered_at,
    ).where(Entry.ended_at.is_(None), Entry.test.is_(False))  # fmt: skip
    entries = {row.id: row for row in session.execute(open_entries)}
    signed_in = select(
        Agent.person_id,
        Agent.mode,
        Agent.since,
        Agent.deadline_at,
        Agent.reason,
        Agent.then,
        Agent.entry_id,
        Agent.calls,
        Agent.day,
    ).where(Agent.mode != AgentMode.SIGNED_OUT)
    agents = {row.person_id: row for row in session.execute(signed_in)}
    waiting = dict(_waiting(setup, entries))
    held = dict(_held(session, setup, at))
    day = at.astimezone(setup.zone).date()
    shown = {id: _agent(setup, agent, entries.get(agent.entry_id or ""), day) for id, agent in agents.items()}
    lines: defaultdict[str, list[datetime]] = defaultdict(list)
    for caller, _ in waiting.values():
        lines[caller.queue].append(caller.joined_at)
    due = Counter(place.queue for place, _ in held.values() if place.state is not HeldState.OVER)
    queues = {}
    for queue in setup.queues.values():
        line, wait = lines[queue.id], waits.get(queue.id)
        theirs = [agents[id] for id in queue.members if id in agents]
        now = QueueNow(
            id=queue.id,
            name=queue.name,
            location=setup.places.get(queue.location or ""),
            open=queue.hours is None or is_open(queue.hours),
            waiting=len(line),
            oldest_at=min(line, default=None),
            expected=round(wait.mean) if wait else None,
            expected_p90=round(wait.p90) if wait else None,
            staffed=len(theirs),
            free=sum(agent.mode is AgentMode.AVAILABLE for agent in theirs),
            held=due[queue.id],
            within=queue.rules.answer_within,
            alerts=queue.rules.alerts,
            today=today.get(queue.id, QueueToday()),
        )
        queues[queue.id] = Placed(now, queue.location)
    return Rows(queues, shown, waiting, held)


def _waiting(setup: SetUp, entries: Mapping[str, Row[*tuple[Any, ...]]]) -> Iterator[tuple[str, Placed[WaitingNow]]]:
    """Callers on the line who have not been answered."""
    for id, entry in entries.items():
        queue = setup.queues.get(entry.queue_id)
        if queue is None or entry.kind is EntryKind.HELD or entry.answered_at is not None:
            continue
        if entry.state in (EntryState.TALKING, EntryState.OVER):
            continue
        now = WaitingNow(
            id=id,
            queue=queue.id,
            kind=entry.kind,
            state=entry.state,
            joined_at=entry.joined_at,
            head_start=entry.head_start,
            rank=queue.rules.rank(entry.head_start),
            language=entry.language,
            caller=entry.caller or "",
            caller_name=entry.caller_name,
            hidden=False,
        )
        yield id, Placed(now, queue.location)


def _held(session: Session, setup: SetUp, at: datetime) -> Iterator[tuple[str, Placed[HeldNow]]]:
    """Whoever is to be called back, and who lately could not be reached."""
    unreached = (Entry.outcome == Outcome.UNREACHED) & (HeldPlace.ended_at > at - UNREACHED_SHOWN)
    kept = (
        select(HeldPlace, Entry.queue_id, Entry.joined_at, Entry.caller_name)
        .join(Entry, Entry.id == HeldPlace.entry_id)
        .where(HeldPlace.ended_at.is_(None) | unreached, Entry.test.is_(False))
        .order_by(Entry.place_at, Entry.id)
    )
    for place, queue_id, joined_at, caller_name in session.execute(kept):
        queue = setup.queues.get(queue_id)
        if queue is None:
            continue
        now = HeldNow(
            id=place.entry_id,
            queue=queue.id,
            state=place.state,
            joined_at=joined_at,
            made_at=place.made_at,
            next_at=place.next_at,
            attempts=place.attempts,
            said=Tried(place.said) if place.said else None,
            number=place.number,
            caller_name=caller_name,
            hidden=False,
        )
        yield place.entry_id, Placed(now, queue.location)


def _agent(
    setup: SetUp, agent: Row[*tuple[Any, ...]], entry: Row[*tuple[Any, ...]] | None, day: date
) -> Placed[AgentNow]:
    name, location = setup.people.get(agent.person_id, ("", None))
    now = AgentNow(
        id=agent.person_id,
        name=name,
        location=setup.places.get(location or ""),
        mode=agent.mode,
        since=agent.since,
        until=agent.deadline_at,
        reason=agent.reason,
        then=agent.then,
        queue=entry.queue_id if entry else None,
        entry=entry.id if entry else None,
        calls=agent.calls if agent.day == day else 0,
    )
    return Placed(now, location)

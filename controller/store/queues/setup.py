"""The queues as staff set them up, read in one go and made ready to be asked: who answers what, and which queues share agents.

Never changed afterwards. `seen` says of which state of the history it is, so that whoever acts by it can tell that it is the
one that holds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.flows.clinic import Opening
from controller.queues.matching import can_answer
from controller.queues.rules import QueueRules
from controller.store import models
from controller.store.snapshot import Timetable
from controller.store.zones import UTC_ZONE, ZONE, known

TOPICS = frozenset(
    kind.__tablename__
    for kind in (
        models.Queue,
        models.QueueTeam,
        models.Team,
        models.TeamMember,
        models.Skill,
        models.PersonSkill,
        models.Person,
        models.Phone,
        models.Hours,
        models.Location,
        models.Preference,
    )
)
"""Tables whose changes by staff make a set-up out of date."""
UNREAD = -1
"""The state of a history that nobody has looked at."""


@dataclass(frozen=True)
class TeamSetup:
    """A team that answers a queue, its members in order."""

    id: str
    members: tuple[str, ...]
    joins_after: int | None = None
    leaves_below: int | None = None


@dataclass(frozen=True)
class QueueSetup:
    """A queue; `hours`: None when it is always open."""

    id: str
    name: str
    location: str | None
    rules: QueueRules
    hours: Timetable | None
    callback_hours: Timetable | None
    teams: tuple[TeamSetup, ...]

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who may ever answer it, each once, in order."""
        return tuple(dict.fromkeys(person for team in self.teams for person in team.members))

    def order(self, helping: Set[str]) -> dict[str, int]:
        """Who answers it at present, each with their place: members of its own teams, and of those that help out."""
        answering = (team for team in self.teams if team.joins_after is None or team.id in helping)
        people = dict.fromkeys(person for team in answering for person in team.members)
        return {person: place for place, person in enumerate(people)}

    @cached_property
    def own_order(self) -> dict[str, int]:
        """The same, while nobody helps out."""
        return self.order(frozenset())

    @property
    def helpers(self) -> tuple[TeamSetup, ...]:
        """The teams that help out only while the wait is long."""
        return tuple(team for team in self.teams if team.joins_after is not None)


@dataclass(frozen=True)
class Setup:
    """Everything by id. A component is a set of queues that share agents, named after the first of them; whoever answers no
    queue is a component of their own."""

    seen: int = UNREAD
    queues: Mapping[str, QueueSetup] = field(default_factory=dict)
    skills: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Person to skill to level."""
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Person to their phones, in order."""
    away: frozenset[str] = frozenset()
    """People who take no calls at all, as staff have set."""
    zone: ZoneInfo = UTC_ZONE
    """The organisation's: a day begins by it."""
    of_queue: Mapping[str, str] = field(default_factory=dict)
    of_person: Mapping[str, str] = field(default_factory=dict)
    """The component of each."""
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Person to the queues that they may answer, be it to help out."""
    helped: tuple[QueueSetup, ...] = ()
    """Queues in which teams may help out."""

    def component(self, queue: str, wanted: str | None = None) -> str:
        """Where an entry is matched: with the queues that share agents with its own, or where the only person is who may
        answer it. A queue that is gone is a component of its own."""
        return self.component_of(wanted) if wanted is not None else self.of_queue.get(queue, queue)

    def component_of(self, person: str) -> str:
        """Where an agent is matched."""
        return self.of_person.get(person, person)

    def helped_in(self, components: Set[str]) -> list[QueueSetup]:
        """The queues of these components in which teams may help out."""
        return [queue for queue in self.helped if self.of_queue[queue.id] in components]

    def skills_of(self, person: str) -> Mapping[str, int]:
        """Skill to level."""
        return self.skills.get(person, {})

    def as_of(self, seen: int) -> Setup:
        """The same, known to hold as of another state of the history."""
        return replace(self, seen=seen)

    @classmethod
    def take(cls, session: Session) -> Setup:
        """Read everything, as of one moment."""
        seen = newest(session)
        zones = {id: ZoneInfo(zone) for id, zone in session.execute(select(models.Location.id, models.Location.zone))}
        organisation = session.scalar(
            select(models.Preference.value).where(
                models.Preference.key == ZONE, models.Preference.location_id.is_(None)
            )
        )
        zone = known(organisation) if organisation is not None else UTC_ZONE
        timetables = {
            hours.id: Timetable(
                hours.calendar,
                zones[hours.location_id] if hours.location_id else known(hours.zone) if hours.zone else zone,
            )
            for hours in session.scalars(select(models.Hours))
        }
        members = _grouped(
            session.execute(
                select(models.TeamMember.team_id, models.TeamMember.person_id).order_by(
                    models.TeamMember.position, models.TeamMember.id
                )
            )
        )
        teams: defaultdict[str, list[TeamSetup]] = defaultdict(list)
        for team in session.execute(
            select(models.QueueTeam.__table__).order_by(models.QueueTeam.position, models.QueueTeam.id)
        ):
            teams[team.queue_id].append(
                TeamSetup(team.team_id, members.get(team.team_id, ()), team.joins_after, team.leaves_below)
            )
        queues = {
            row.id: QueueSetup(
                id=row.id,
                name=row.name,
                location=row.location_id,
                rules=row.rules,
                hours=timetables.get(row.hours_id),
                callback_hours=timetables.get(row.callback_hours_id or row.hours_id),
                teams=tuple(teams[row.id]),
            )
            for row in session.execute(select(models.Queue.__table__).order_by(models.Queue.id))
        }
        skills: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for person, skill, level in session.execute(
            select(models.PersonSkill.person_id, models.PersonSkill.skill_id, models.PersonSkill.level)
        ):
            skills[person][skill] = level
        phones = _grouped(
            session.execute(
                select(models.Phone.person_id, models.Phone.id)
                .where(models.Phone.person_id.isnot(None))
                .order_by(models.Phone.position, models.Phone.id)
            )
        )
        away = frozenset(session.scalars(select(models.Person.id).where(models.Person.available.is_(False))))
        of_queue, of_person = components(queues.values())
        helped = tuple(queue for queue in queues.values() if queue.helpers)
        answers: defaultdict[str, list[str]] = defaultdict(list)
        for queue in queues.values():
            for person in queue.people:
                answers[person].append(queue.id)
        answered = {person: tuple(ids) for person, ids in answers.items()}
        return cls(seen, queues, skills, phones, away, zone, of_queue, of_person, answered, helped)


def is_open(queue: QueueSetup, at: datetime) -> bool:
    """Whether a queue takes callers."""
    return queue.hours is None or queue.hours.at(at).state is Opening.OPEN


def able(setup: Setup, queue: QueueSetup, required: Mapping[str, int]) -> list[str]:
    """Who may ever answer somebody in a queue who needs these skills, whatever they do at present."""
    least = queue.rules.relaxed(dict(required), math.inf)
    return [p for p in queue.people if p not in setup.away and can_answer(setup.skills_of(p), least)]


def newest(session: Session) -> int:
    """The newest change that staff have made."""
    return session.scalar(select(func.max(models.Change.id))) or 0


def components(queues: Iterable[QueueSetup]) -> tuple[dict[str, str], dict[str, str]]:
    """The component of each queue and of each person who answers one. Queues are in one when they share a person, directly
    or by others."""
    up: dict[str, str] = {}

    def root(queue: str) -> str:
        while up[queue] != queue:
            up[queue] = up[up[queue]]
            queue = up[queue]
        return queue

    first: dict[str, str] = {}
    for queue in queues:
        up[queue.id] = queue.id
        for person in queue.people:
            if person in first:
                a, b = root(first[person]), root(queue.id)
                up[max(a, b)] = min(a, b)
            else:
                first[person] = queue.id
    return {queue: root(queue) for queue in up}, {person: root(queue) for person, queue in first.items()}


def _grouped(rows: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, value in rows:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}

"""All that flows may ask about but callers, read from SQL in one go and made ready to be asked. Never changed afterwards,
but for who has just taken a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.calls.call import Phone
from controller.flows.announcements import ANNOUNCEMENT, Announcement
from controller.flows.clinic import (
    AbsenceAnswer,
    ExpectedAnswer,
    HoursAnswer,
    LocationAnswer,
    MailboxAnswer,
    NumberAnswer,
    PersonAnswer,
    PromptAnswer,
    ProviderAnswer,
    QueueAnswer,
    QueueTeamAnswer,
)
from controller.flows.hours import HORIZON, Calendar
from controller.flows.rotas import Member, Plan
from controller.store import models
from controller.store.models import Base, Kept, NumberState
from controller.store.zones import UTC_ZONE, ZONE, known

log = structlog.get_logger(__name__)

DEFAULT_FLOW = "default_flow"
"""Preference of the organisation: the id of the flow that answers where no other does."""
REFERRING: Mapping[str, str] = {DEFAULT_FLOW: models.Flow.noun}
"""Preferences whose value is the id of something: of what."""


class Timetable:
    """Hours in their zone; the last answer holds until what it says."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar = calendar
        self._zone = zone
        self._asked: datetime | None = None
        self._answer: HoursAnswer | None = None

    def at(self, moment: datetime) -> HoursAnswer:
        """See Calendar.at."""
        if self._asked is not None and self._answer is not None:
            # Without a next change the answer was looked for a year ahead; half of it leaves the rest to be seen.
            until = self._answer.until or self._asked + HORIZON / 2
            if self._asked <= moment < until:
                return self._answer
        self._asked, self._answer = moment, self._calendar.at(moment, self._zone)
        return self._answer


@dataclass(frozen=True)
class Duty:
    """A rota in its zone."""

    plan: Plan
    zone: ZoneInfo

    def on_call(self, at: datetime) -> list[list[Member]]:
        """See Plan.on_call."""
        return self.plan.on_call(at, self.zone)


@dataclass
class Snapshot:
    """Everything by id, but numbers by number."""

    TOPICS: ClassVar = frozenset(
        kind.__tablename__
        for kind in (
            models.Location,
            models.Number,
            models.Flow,
            models.Hours,
            models.Person,
            models.Phone,
            models.Team,
            models.TeamMember,
            models.Rota,
            models.Mailbox,
            models.Prompt,
            models.Trunk,
            models.Preference,
            models.ContactList,
            models.Skill,
            models.Queue,
            models.QueueTeam,
            models.Provider,
            models.Absence,
            models.ExpectedCall,
        )
    )

    numbers: dict[str, NumberAnswer] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    """Flow to its live version."""
    hours: dict[str, Timetable] = field(default_factory=dict)
    locations: dict[str, LocationAnswer] = field(default_factory=dict)
    people: dict[str, PersonAnswer] = field(default_factory=dict)
    teams: dict[str, list[str]] = field(default_factory=dict)
    """People of a team, in order."""
    rotas: dict[str, Duty] = field(default_factory=dict)
    prompts: dict[str, PromptAnswer] = field(default_factory=dict)
    mailboxes: dict[str, MailboxAnswer] = field(default_factory=dict)
    queues: dict[str, QueueAnswer] = field(default_factory=dict)
    providers: dict[str, ProviderAnswer] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    """Noun to id to name."""
    trunks: dict[str | None, str] = field(default_factory=dict)
    """Location to the gateway tried first."""
    mailbox_locations: dict[str, str | None] = field(default_factory=dict)
    preferences: dict[tuple[str, str | None], Any] = field(default_factory=dict)
    announcements: dict[str | None, Announcement] = field(default_factory=dict)
    """By location; None: the organisation's."""

    @classmethod
    def take(cls, session: Session, data_dir: Path) -> Snapshot:
        """Read everything, as of one moment."""
        taken = cls()
        for preference in session.scalars(select(models.Preference)):
            taken.preferences[preference.key, preference.location_id] = preference.value
            if preference.key == ANNOUNCEMENT:
                taken._take_announcement(preference)
        for trunk in session.scalars(select(models.Trunk).order_by(models.Trunk.position, models.Trunk.id)):
            if trunk.enabled:
                taken.trunks.setdefault(trunk.location_id, trunk.gateway)
        taken._take_places(session)
        taken._take_people(session)
        for hours in session.scalars(select(models.Hours)):
            taken.hours[hours.id] = Timetable(hours.calendar, taken._zone(hours.location_id, hours.zone))
        for rota in session.scalars(select(models.Rota)):
            taken.rotas[rota.id] = Duty(rota.plan, taken._zone(rota.location_id, rota.zone))
        for prompt in session.scalars(select(models.Prompt)):
            files = _files(data_dir, prompt.recordings)
            taken.prompts[prompt.id] = PromptAnswer(prompt.id, prompt.name, files, prompt.text)
        for box in session.scalars(select(models.Mailbox)):
            files = _files(data_dir, box.recordings)
            taken.mailboxes[box.id] = MailboxAnswer(box.id, box.name, box.greeting, files, box.most_seconds)
            taken.mailbox_locations[box.id] = box.location_id
        taken._take_queues(session)
        for noun, kind in referable().items():
            named = session.execute(select(kind.__table__.c.id, kind.__table__.c.name))
            taken.names[noun] = {row.id: row.name for row in named}
        return taken

    def with_flows(self, session: Session) -> Snapshot:
        """The same, but flows read anew: for when nothing else has changed."""
        flows = session.execute(select(models.Flow.id, models.Flow.name))
        names = {**self.names, models.Flow.noun: {row.id: row.name for row in flows}}
        return replace(self, live=_live(session), names=names)

    def _take_announcement(self, preference: models.Preference) -> None:
        try:
            self.announcements[preference.location_id] = Announcement.model_validate(preference.value)
        except ValidationError as error:
            # One wrong preference must not keep everything else from being refreshed.
            log.error("announcement_unreadable", location=preference.location_id, why=str(error))

    def _take_places(self, session: Session) -> None:
        first_hours: dict[str, str] = {}
        for id, location_id in session.execute(
            select(models.Hours.id, models.Hours.location_id).order_by(models.Hours.id)
        ):
            if location_id is not None:
                first_hours.setdefault(location_id, id)
        for place in session.scalars(select(models.Location).order_by(models.Location.id)):
            self.locations[place.id] = LocationAnswer(
                id=place.id,
                name=place.name,
                zone=ZoneInfo(place.zone),
                number=place.number,
                area_codes=tuple(place.area_codes),
                post_codes=tuple(place.post_codes),
                hours=first_hours.get(place.id),
            )
        for row in session.scalars(select(models.Number).order_by(models.Number.number)):
            self.numbers[row.number] = NumberAnswer(
                id=row.id,
                number=row.number,
                location=row.location_id,
                flow=None if row.state is NumberState.RETIRED else row.flow_id,
                backup=row.backup,
                testing=row.state is NumberState.TESTING,
            )
        self.live = _live(session)

    def _take_people(self, session: Session) -> None:
        people = session.scalars(select(models.Person)).all()
        homes = {person.id: person.location_id for person in people}
        phones: defaultdict[str, list[Phone]] = defaultdict(list)
        ordered = select(models.Phone).where(models.Phone.person_id.isnot(None))
        for phone in session.scalars(ordered.order_by(models.Phone.position, models.Phone.id)):
            assert phone.person_id is not None
            phones[phone.person_id].append(self._phone(phone, homes[phone.person_id]))
        for person in people:
            self.people[person.id] = PersonAnswer(
                id=person.id,
                name=person.name,
                phones=tuple(phones[person.id]),
                languages=tuple(person.languages),
                available=person.available,
                last_answered=person.last_answered_at,
            )
        self.teams = {id: [] for id in session.scalars(select(models.Team.id))}
        for member in session.scalars(
            select(models.TeamMember).order_by(models.TeamMember.position, models.TeamMember.id)
        ):
            self.teams[member.team_id].append(member.person_id)

    def _take_queues(self, session: Session) -> None:
        teams: defaultdict[str, list[QueueTeamAnswer]] = defaultdict(list)
        for row in session.scalars(select(models.QueueTeam).order_by(models.QueueTeam.position, models.QueueTeam.id)):
            teams[row.queue_id].append(QueueTeamAnswer(row.team_id, row.joins_after, row.leaves_below))
        for queue in session.scalars(select(models.Queue)):
            self.queues[queue.id] = QueueAnswer(
                id=queue.id,
                name=queue.name,
                location=queue.location_id,
                hours=queue.hours_id,
                callback_hours=queue.callback_hours_id,
                teams=tuple(teams[queue.id]),
                rules=queue.rules,
            )
        absences: defaultdict[str, list[AbsenceAnswer]] = defaultdict(list)
        for absence in session.scalars(select(models.Absence).order_by(models.Absence.begins, models.Absence.id)):
            absences[absence.provider_id].append(AbsenceAnswer(absence.begins, absence.ends, absence.cover_id))
        expected: defaultdict[str, list[ExpectedAnswer]] = defaultdict(list)
        for call in session.scalars(select(models.ExpectedCall).order_by(models.ExpectedCall.id)):
            expected[call.provider_id].append(ExpectedAnswer(call.until, call.label, call.number, call.list_id))
        for provider in session.scalars(select(models.Provider)):
            self.providers[provider.id] = ProviderAnswer(
                id=provider.id,
                name=provider.name,
                spoken=provider.spoken,
                location=provider.location_id,
                person=provider.person_id,
                queue=provider.queue_id,
                absences=tuple(absences[provider.id]),
                expected=tuple(expected[provider.id]),
            )

    def _phone(self, phone: models.Phone, home: str | None) -> Phone:
        if phone.sip_user is not None:
            return Phone(phone.id, "inside", phone.sip_user, phone.person_id, phone.label)
        assert phone.number is not None
        return Phone(phone.id, "outside", phone.number, phone.person_id, phone.label, self.trunk(home))

    def _zone(self, location: str | None, zone: str | None) -> ZoneInfo:
        if location is not None:
            return self.locations[location].zone
        if zone is None and (zone := self.preference(ZONE, None)) is None:
            return UTC_ZONE
        return known(zone)

    def phones_of(self, member: Member) -> tuple[Phone, ...]:
        """The phones of a member of a rota; none for a person who is not there any more."""
        if member.number is not None:
            return (Phone(member.number, "outside", member.number, None, member.name, self.trunk(None)),)
        person = self.people.get(member.person or "")
        return person.phones if person else ()

    def trunk(self, location: str | None) -> str | None:
        """The gateway for calls from a location: its own, or the organisation's."""
        return self.trunks.get(location) or self.trunks.get(None)

    def preference(self, key: str, location: str | None) -> Any:
        """A location's value, or the organisation's; None when neither has one."""
        own = self.preferences.get((key, location))
        return self.preferences.get((key, None)) if own is None else own

    def mailbox_location(self, mailbox: str) -> str | None:
        """Where a mailbox belongs."""
        return self.mailbox_locations.get(mailbox)

    def answered(self, person: str, at: datetime) -> None:
        """This person has taken a call."""
        known = self.people.get(person)
        if known is not None and (known.last_answered is None or known.last_answered < at):
            self.people[person] = replace(known, last_answered=at)


def _live(session: Session) -> dict[str, str]:
    live = select(models.Flow.id, models.Flow.live_version_id).where(models.Flow.live_version_id.isnot(None))
    return {row.id: row.live_version_id for row in session.execute(live)}


def referable() -> Mapping[str, type[Base]]:
    """What flows can refer to by name: noun (flows.document.Referable) to model."""
    kinds: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return {kind.noun: kind for kind in kinds if issubclass(kind, Kept) and kind.noun}


def _files(data_dir: Path, recordings: Mapping[str, str]) -> dict[str, Path]:
    return {language: data_dir / path for language, path in recordings.items()}

"""What Home shows, read from SQL as of now."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from controller.flows import openings
from controller.flows.announcements import ANNOUNCEMENT, Announcement
from controller.flows.hours import starts_at
from controller.flows.rotas import Member
from controller.store.models import CallRecord, Flow, Location, Mailbox, Message, Number, Person, Phone, Rota
from controller.store.zones import zone_of
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.home.places import Place, places
from flow_editor.home.schemas import (
    AnnouncementNow,
    ChangeNow,
    ClosureNow,
    HomeNow,
    HoursNow,
    LineNow,
    MailboxNow,
    OnCallMember,
    OnCallPeriod,
    PlaceKind,
    PlaceNow,
    RotaNow,
)
from flow_editor.preferences import service as preferences
from flow_editor.things.numbers import shown

AHEAD = timedelta(hours=24)
"""How far ahead Home says who is on call: tonight, and until they are relieved."""


def home(session: Session, who: Visitor, now: datetime) -> HomeNow:
    """Everything that whoever asks may see of it."""
    where = who.where(Permission.SEE_SETUP)
    calls = _live_calls(session)
    on_lines: Counter[str | None] = Counter()
    for (_, location), count in calls.items():
        on_lines[location] += count
    return HomeNow(
        organisation=str(preferences.value(session, preferences.ORGANISATION) or ""),
        zone=zone_of(session, None).key,
        languages=preferences.languages(session),
        places=[
            _place(session, one, who, now, on_lines)
            for one in places(session)
            if where is None or one.location is None or one.location in where
        ],
        announcement=announcement(session, None, now),
        may_announce=who.may(Permission.OPEN_AND_CLOSE, None),
        lines=_lines(session, where, now, calls),
        on_call=[_rota(session, one, now) for one in _theirs(session, Rota, where)],
        messages=_messages(session, who),
    )


def announcement(session: Session, location: str | None, now: datetime) -> AnnouncementNow | None:
    """What callers of a location are told by its own announcement now."""
    kept = preferences.value(session, ANNOUNCEMENT, location)
    if kept is None:
        return None
    try:
        read = Announcement.model_validate(kept)
    except ValidationError:
        return None
    said = read.at(now)
    return AnnouncementNow(text=said, until=read.until) if said else None


def reachable(session: Session) -> set[str]:
    """The people who have a telephone."""
    return {person for person in session.scalars(select(Phone.person_id).distinct()) if person is not None}


def _place(session: Session, place: Place, who: Visitor, now: datetime, calls: Counter[str | None]) -> PlaceNow:
    shown = PlaceNow(
        kind=place.kind,
        id=place.id,
        name=place.name,
        zone=place.zone.key,
        hours=[],
        announcement=announcement(session, place.location, now) if place.kind is PlaceKind.LOCATION else None,
        calls=calls[place.location] if place.location else 0,
        may_change=who.may(Permission.OPEN_AND_CLOSE, place.location),
    )
    for hours in place.hours:
        answer = hours.calendar.at(now, place.zone)
        shown.hours.append(
            HoursNow(id=hours.id, name=hours.name, state=answer.state, until=answer.until, reason=answer.reason)
        )
    if place.hours:
        calendar = place.hours[0].calendar
        closure = openings.closure(calendar, now)
        if closure is not None:
            shown.closure = ClosureNow(since=closure.since, until=closure.until, reason=closure.reason)
        change = openings.change_under_way(calendar, now, place.zone)
        if change is not None:
            shown.change = ChangeNow(kind=change.kind, ends=calendar.end_of(change.day, place.zone))
        usual = openings.usually(calendar, now, place.zone)
        shown.day_ends = usual.end_of(calendar.day_of(now, place.zone), place.zone)
    return shown


def _live_calls(session: Session) -> Counter[tuple[str | None, str | None]]:
    """How many are on the line, by number and location."""
    live = (
        select(CallRecord.number_id, CallRecord.location_id, func.count())
        .where(CallRecord.ended_at.is_(None), CallRecord.test.is_(False))
        .group_by(CallRecord.number_id, CallRecord.location_id)
    )
    return Counter({(number, location): count for number, location, count in session.execute(live)})


def _lines(
    session: Session, where: frozenset[str] | None, now: datetime, calls: Counter[tuple[str | None, str | None]]
) -> list[LineNow]:
    zone = zone_of(session, None)
    midnight = starts_at(datetime.combine(now.astimezone(zone).date(), datetime.min.time()), zone)
    today = dict(
        session.execute(
            select(CallRecord.number_id, func.count())
            .where(CallRecord.began_at >= midnight, CallRecord.test.is_(False))
            .group_by(CallRecord.number_id)
        ).all()
    )
    live: Counter[str | None] = Counter()
    for (number, _), count in calls.items():
        live[number] += count
    flows = dict(session.execute(select(Flow.id, Flow.name)).all())
    locations = dict(session.execute(select(Location.id, Location.name)).all())
    return [
        LineNow(
            id=row.id,
            number=row.number,
            shown=shown(row.number),
            label=row.label,
            location=locations.get(row.location_id or "", ""),
            flow=flows.get(row.flow_id or "", ""),
            calls=live[row.id],
            today=today.get(row.id, 0),
        )
        for row in session.scalars(select(Number).order_by(Number.number))
        if where is None or row.location_id is None or row.location_id in where
    ]


def _rota(session: Session, rota: Rota, now: datetime) -> RotaNow:
    zone = zone_of(session, rota.location_id, rota.zone)
    names = dict(session.execute(select(Person.id, Person.name)).all())
    phones = reachable(session)

    def member(one: Member) -> OnCallMember:
        name = names.get(one.person, one.name) if one.person else (one.name or str(one.number))
        return OnCallMember(name=name, reachable=one.number is not None or one.person in phones)

    return RotaNow(
        id=rota.id,
        name=rota.name,
        zone=zone.key,
        periods=[
            OnCallPeriod(start=it.start, end=it.end, steps=[[member(one) for one in step] for step in it.steps])
            for it in rota.plan.periods(now, now + AHEAD, zone)
        ],
    )


def _messages(session: Session, who: Visitor) -> list[MailboxNow]:
    """Mailboxes with messages that nobody has listened to."""
    if not who.may_somewhere(Permission.SEE_MESSAGES):
        return []
    urgent = func.sum(case((Message.urgent, 1), else_=0))
    waiting = {
        box: (count, pressing)
        for box, count, pressing in session.execute(
            select(Message.mailbox_id, func.count(), urgent)
            .where(Message.heard_at.is_(None))
            .group_by(Message.mailbox_id)
        )
    }
    return [
        MailboxNow(id=box.id, name=box.name, unheard=waiting[box.id][0], urgent=waiting[box.id][1])
        for box in _theirs(session, Mailbox, who.where(Permission.SEE_MESSAGES))
        if box.id in waiting
    ]


def _theirs(session: Session, kind: Any, where: frozenset[str] | None) -> list[Any]:
    """Rows with a name that belong to these locations, or to none; by name."""
    rows = [
        row for row in session.scalars(select(kind)) if where is None or row.location_id in where or not row.location_id
    ]
    return sorted(rows, key=lambda row: row.name.casefold())


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)

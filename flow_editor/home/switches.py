"""What is done at Home: close in an emergency, close early, stay open, tell callers something. Each is one change, with
a way back, and ends by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.flows import openings
from controller.flows.announcements import ANNOUNCEMENT, LONGEST, Announcement
from controller.flows.hours import Calendar, DayEnd, starts_at
from controller.flows.openings import NotPossible
from controller.store.models import Location
from controller.store.zones import zone_of
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound, Refusal
from flow_editor.home.places import Place, place
from flow_editor.home.schemas import Announce, CloseFor, Done, EndDay, PlaceKind
from flow_editor.preferences import service as preferences


def close(kind: PlaceKind, id: str, asked: CloseFor, now: datetime) -> Done:
    """Close in an emergency: every hours of the place."""
    return _change(
        kind,
        id,
        now,
        lambda calendar, zone: openings.closed(calendar, now, _moment(asked.until, zone), asked.reason.strip()),
    )


def reopen(kind: PlaceKind, id: str, now: datetime) -> Done:
    """Lift the emergency closure."""
    return _change(kind, id, now, lambda calendar, zone: openings.reopened(calendar))


def end_day(kind: PlaceKind, id: str, asked: EndDay, now: datetime) -> Done:
    """Close early today, or stay open until."""

    def change(calendar: Calendar, zone: ZoneInfo) -> Calendar:
        day = now.astimezone(zone).date()
        at = starts_at(datetime.combine(day, asked.at), zone)
        if asked.kind is DayEnd.EARLY:
            return openings.closing_early(calendar, now, at, zone)
        if at <= now:
            at = starts_at(datetime.combine(day + timedelta(days=1), asked.at), zone)
        return openings.staying_open(calendar, now, at, zone)

    return _change(kind, id, now, change)


def usual(kind: PlaceKind, id: str, now: datetime) -> Done:
    """The day under way ends as usually."""
    return _change(kind, id, now, lambda calendar, zone: openings.usually(calendar, now, zone))


def announce(location: str | None, asked: Announce | None, now: datetime) -> Done:
    """Have callers of a location (None: of all) told something, or no longer."""
    must(Permission.OPEN_AND_CLOSE, location)
    if asked is not None and not asked.said:
        text = T("Please write what callers are to hear.")
        raise Refusal(text, fields={"text": text})
    if asked is not None and asked.too_long:
        text = T("This is too long to be listened to. Please keep it under {most} characters.", most=LONGEST)
        raise Refusal(text, fields={"text": text})

    def work(session: Session) -> Done:
        if location is not None and session.get(Location, location) is None:
            raise NotFound
        kept = None
        if asked is not None:
            until = _moment(asked.until, zone_of(session, location))
            if until is not None and until <= now:
                text = T("This time has passed already. Choose a later one, or none.")
                raise Refusal(text, fields={"until": text})
            kept = Announcement(text=asked.said, since=now, until=until).model_dump(mode="json")
        preferences.put(session, ANNOUNCEMENT, kept, location)
        return _done(session)

    return editor().database.transact(work, visitor().person)


def _change(kind: PlaceKind, id: str, now: datetime, change: Callable[[Calendar, ZoneInfo], Calendar]) -> Done:
    """Change every hours of a place in one go. Those beside the first are left where it makes no sense for them."""

    def work(session: Session) -> Done:
        found = place(session, kind, id)
        must(Permission.OPEN_AND_CLOSE, found.location)
        _apply(found, change)
        return _done(session)

    return editor().database.transact(work, visitor().person)


def _apply(found: Place, change: Callable[[Calendar, ZoneInfo], Calendar]) -> None:
    if not found.hours:
        raise Refusal(T("This location has no opening hours yet. Make some first."))
    first, *others = found.hours
    try:
        first.calendar = change(first.calendar, found.zone)
    except NotPossible as error:
        raise Refusal(error.text) from error
    for hours in others:
        with contextlib.suppress(NotPossible):
            hours.calendar = change(hours.calendar, found.zone)


def _done(session: Session) -> Done:
    session.flush()
    return Done(change=session.info.get("change"))


def _moment(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A time as staff at the place wrote it, as a moment."""
    if local is None or local.tzinfo is not None:
        return local
    return starts_at(local, zone)

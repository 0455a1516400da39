"""What staff do to opening hours in passing: close in an emergency, close early, stay open. Each ends by itself. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.flows.hours import Calendar, DayEnd, EmergencyClosure, OneDayChange
from controller.texts import T, Text

FARTHEST = timedelta(hours=24)
"""How long a day can be made at most."""


class NotPossible(Exception):
    """It makes no sense with these hours; `text` says why, for staff."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


def closed(calendar: Calendar, now: datetime, until: datetime | None, reason: str) -> Calendar:
    """Closed in an emergency from now on, until a moment or until somebody lifts it. Raises NotPossible."""
    if until is not None and until <= now:
        raise NotPossible(T("This time has passed already. Choose a later one, or none."))
    since = calendar.emergency.since if calendar.emergency and _holds(calendar.emergency, now) else now
    return calendar.model_copy(update={"emergency": EmergencyClosure(since=since, until=until, reason=reason)})


def reopened(calendar: Calendar) -> Calendar:
    """Without an emergency closure."""
    return calendar.model_copy(update={"emergency": None})


def closing_early(calendar: Calendar, now: datetime, at: datetime, zone: ZoneInfo) -> Calendar:
    """The day under way ends at `at` (aware); now or later. Raises NotPossible."""
    now = now.replace(second=0, microsecond=0)
    day = calendar.day_of(now, zone)
    if calendar.closed_all_day(day):
        raise NotPossible(T("It is closed today anyway."))
    if at < now:
        raise NotPossible(T("This time has passed already. Choose a later one."))
    end = usually(calendar, now, zone).end_of(day, zone)
    if end is None or at >= end:
        raise NotPossible(T("It closes before that anyway. Choose an earlier time."))
    local = at.astimezone(zone)
    if local.date() != day:
        raise NotPossible(T("Choose a time before midnight."))
    return _changed(calendar, now, zone, OneDayChange(day=day, kind=DayEnd.EARLY, at=local.time()))


def staying_open(calendar: Calendar, now: datetime, until: datetime, zone: ZoneInfo) -> Calendar:
    """The day under way ends at `until` (aware), which may be after midnight; a day that is closed opens now.

    Raises NotPossible.
    """
    now = now.replace(second=0, microsecond=0)
    if until <= now:
        raise NotPossible(T("This time has passed already. Choose a later one."))
    if until > now + FARTHEST:
        raise NotPossible(T("Choose a time within the next 24 hours."))
    day = calendar.day_of(now, zone)
    opens = now.astimezone(zone).time() if calendar.closed_all_day(day) else None
    change = OneDayChange(day=day, kind=DayEnd.LATE, at=until.astimezone(zone).time(), opens=opens)
    return _changed(calendar, now, zone, change)


def usually(calendar: Calendar, now: datetime, zone: ZoneInfo) -> Calendar:
    """Without what has been changed for the day under way."""
    days = {calendar.day_of(now, zone), now.astimezone(zone).date()}
    kept = tuple(change for change in calendar.changes if change.day not in days)
    return calendar.model_copy(update={"changes": kept})


def change_under_way(calendar: Calendar, now: datetime, zone: ZoneInfo) -> OneDayChange | None:
    """What has been changed for the day under way."""
    day = calendar.day_of(now, zone)
    return next((change for change in reversed(calendar.changes) if change.day == day), None)


def closure(calendar: Calendar, now: datetime) -> EmergencyClosure | None:
    """The emergency closure, if one holds."""
    return calendar.emergency if calendar.emergency and _holds(calendar.emergency, now) else None


def _holds(emergency: EmergencyClosure, now: datetime) -> bool:
    return emergency.since <= now and (emergency.until is None or now < emergency.until)


def _changed(calendar: Calendar, now: datetime, zone: ZoneInfo, change: OneDayChange) -> Calendar:
    """With this change for its day in the place of any other; those of days gone by are dropped."""
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    kept = tuple(other for other in calendar.changes if other.day >= yesterday and other.day != change.day)
    return calendar.model_copy(update={"changes": (*kept, change)})

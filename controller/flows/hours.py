"""Opening hours as staff set them, and what they say of a moment. Pure: knows no SQL, no clock but the one it is given.

All times of day are local to a zone. Where clocks change: a time that does not exist means the moment the same time would
have been without the change (02:30 is then 03:30); a time that exists twice opens at the first and closes at the second.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

import holidays as public_holidays
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from controller.choices import Choices
from controller.flows.clinic import HoursAnswer, Opening
from controller.texts import T, Text

HORIZON = timedelta(days=366)
"""How far ahead the next change is looked for."""
_DAY = timedelta(days=1)


class Weekday(Choices):
    """In the order of `date.weekday()`."""

    MONDAY = "monday", T("Monday")
    TUESDAY = "tuesday", T("Tuesday")
    WEDNESDAY = "wednesday", T("Wednesday")
    THURSDAY = "thursday", T("Thursday")
    FRIDAY = "friday", T("Friday")
    SATURDAY = "saturday", T("Saturday")
    SUNDAY = "sunday", T("Sunday")

    @classmethod
    def of(cls, day: date) -> Weekday:
        """The day of the week of a date."""
        return list(cls)[day.weekday()]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(_Part):
    """Open from `start` to `end`; an end at or before the start is on the next day (00:00 to 00:00: the whole day)."""

    start: time
    end: time

    @model_validator(mode="after")
    def _of_no_zone(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("times of day are local: without a zone")
        return self

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


class Holidays(_Part):
    """Public holidays by country (ISO 3166) and region. `taken`: the names of those the clinic takes; None: all of them."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    region: str | None = Field(default=None, max_length=12)
    taken: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        try:
            _public(self.country, self.region)
        except NotImplementedError as error:
            where = self.country + (f"-{self.region}" if self.region else "")
            raise ValueError(f"no holidays are known for {where}") from error
        return self

    def names(self, year: int) -> dict[date, tuple[str, ...]]:
        """Every public holiday of the year, taken or not: what staff choose from."""
        calendar = _public(self.country, self.region)
        calendar.get(date(year, 1, 1))  # the library fills in a year when it is asked for a day of it
        return {day: tuple(calendar.get_list(day)) for day in sorted(calendar) if day.year == year}

    def on(self, day: date) -> str | None:
        """The name of the holiday taken on this day. An observed day counts as the holiday it stands for."""
        for name in _public(self.country, self.region).get_list(day):
            if self.taken is None or name in self.taken or name.removesuffix(" (observed)") in self.taken:
                return name
        return None


@functools.cache
def _public(country: str, region: str | None) -> public_holidays.HolidayBase:
    return public_holidays.country_holidays(country, subdiv=region)


class SpecialDay(_Part):
    """A day unlike the week's and unlike a holiday: its own spans, or none (closed, as on a holiday)."""

    day: date
    name: str = Field(default="", max_length=120)
    spans: tuple[Span, ...] = Field(default=(), max_length=12)


class DayEnd(StrEnum):
    """How a day's end is moved."""

    EARLY = "early"
    LATE = "late"


class OneDayChange(_Part):
    """Close early today, or stay open until: moves the end of one day. Late may be after midnight.

    `opens`: on a day without spans (a Sunday, a holiday), "late" opens from then on.
    """

    day: date
    kind: DayEnd
    at: time
    opens: time | None = None


class EmergencyClosure(_Part):
    """Closed from a moment until another, or until it is lifted. What staff flip when the pipes burst."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    reason: str = Field(default="", max_length=200)


class Calendar(_Part):
    """Opening hours. Several spans a day; the time between two spans of a day is a break.

    What counts, first to last: emergency closure, special day, holiday, week; a one-day change moves the end of any open day.
    A span over midnight belongs to the day on which it starts.
    """

    week: dict[Weekday, tuple[Span, ...]] = Field(default_factory=dict)
    holidays: Holidays | None = None
    special: tuple[SpecialDay, ...] = Field(default=(), max_length=1000)
    changes: tuple[OneDayChange, ...] = Field(default=(), max_length=100)
    emergency: EmergencyClosure | None = None

    def changes_from(self, before: Calendar, person: object) -> list[Text]:
        """How these hours differ from earlier ones, one sentence each."""
        return list(_differences(before, self))

    def at(self, moment: datetime, zone: ZoneInfo) -> HoursAnswer:
        """What these hours say of a moment, until when, and why. `moment` must be aware."""
        state, reason = self.state(moment, zone)
        for change in self._boundaries(moment, zone):
            if self.state(change, zone) != (state, reason):
                return HoursAnswer(state, change, reason, zone)
        return HoursAnswer(state, None, reason, zone)

    def state(self, moment: datetime, zone: ZoneInfo) -> tuple[Opening, str]:
        """What these hours say of a moment, and why (a holiday's name, the reason of a closure)."""
        closure = self.emergency
        if closure and closure.since <= moment and (closure.until is None or moment < closure.until):
            return Opening.EMERGENCY, closure.reason
        today = moment.astimezone(zone).date()
        for day in (today - _DAY, today):
            if any(start <= moment < end for start, end in self._open(day, zone)):
                return Opening.OPEN, ""
        spans, name, is_holiday = self._plan(today)
        if not spans:
            return (Opening.HOLIDAY, name) if is_holiday else (Opening.CLOSED, "")
        moments = self._open(today, zone)
        if moments and moments[0][0] <= moment < max(end for _, end in moments):
            return Opening.BREAK, ""
        return Opening.CLOSED, ""

    def day_of(self, moment: datetime, zone: ZoneInfo) -> date:
        """The day whose spans hold at a moment: after midnight still the one before, while it is open by that one's."""
        today = moment.astimezone(zone).date()
        before = today - _DAY
        return before if any(start <= moment < end for start, end in self._open(before, zone)) else today

    def end_of(self, day: date, zone: ZoneInfo) -> datetime | None:
        """When a day's last span ends, in UTC; None on a day without any."""
        return max((end for _, end in self._open(day, zone)), default=None)

    def closed_all_day(self, day: date) -> bool:
        """Whether nothing but a one-day change opens on this day."""
        return not self._plan(day)[0]

    def _plan(self, day: date) -> tuple[tuple[Span, ...], str, bool]:
        """A day's spans before any one-day change, the name of what the day is, and whether it stands closed as a holiday."""
        for special in self.special:
            if special.day == day:
                return special.spans, special.name, not special.spans
        name = self.holidays.on(day) if self.holidays else None
        if name is not None:
            return (), name, True
        return self.week.get(Weekday.of(day), ()), "", False

    def _open(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        """The moments, in UTC, between which it is open by this day's spans; in order of start."""
        spans, _, _ = self._plan(day)
        local = []
        for span in spans:
            ends = day if span.end > span.start else day + _DAY
            local.append((datetime.combine(day, span.start), datetime.combine(ends, span.end)))
        local.sort()
        for change in self.changes:
            if change.day == day:
                local = _moved(local, change)
        return [(starts_at(start, zone), ends_at(end, zone)) for start, end in local]

    def _boundaries(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every moment after `after`, in order, at which the state may change; for a year."""
        closure = self.emergency
        once = [] if closure is None else [m for m in (closure.since, closure.until) if m is not None and m > after]
        first = after.astimezone(zone).date() - _DAY
        horizon = after + HORIZON
        pending = {m.astimezone(UTC) for m in once if m < horizon}
        day = first
        while True:
            pending |= {m for pair in self._open(day, zone) for m in pair if m > after}
            midnight = starts_at(datetime.combine(day + _DAY, time()), zone)
            if midnight > after:
                pending.add(midnight)
            # What days from the next one on can add begins at its midnight.
            ready = sorted(m for m in pending if m <= midnight)
            yield from ready
            pending.difference_update(ready)
            day += _DAY
            if midnight > horizon:
                return


def _moved(local: list[tuple[datetime, datetime]], change: OneDayChange) -> list[tuple[datetime, datetime]]:
    """A day's spans (local times, in order) with its end moved."""
    at = datetime.combine(change.day, change.at)
    if not local:
        if change.kind is DayEnd.EARLY or change.opens is None:
            return []
        start = datetime.combine(change.day, change.opens)
        return [(start, at if at > start else at + _DAY)]
    if change.kind is DayEnd.EARLY:
        return [(start, min(end, at)) for start, end in local if start < at]
    if at <= local[0][0]:
        at += _DAY
    start, end = local[-1]
    return [*local[:-1], (start, max(end, at))]


def starts_at(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which something that starts at a local time starts; see the module."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def ends_at(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which something that ends at a local time ends."""
    # `fold` picks the later one of two, but the earlier meaning of one that does not exist.
    return max(starts_at(local, zone), local.replace(tzinfo=zone, fold=1).astimezone(UTC))


def _differences(before: Calendar, after: Calendar) -> Iterator[Text]:
    for day in Weekday:
        was, now = before.week.get(day, ()), after.week.get(day, ())
        if was != now:
            yield T("{day}: {before} → {after}", day=day.words, before=_spans(was), after=_spans(now))
    if before.holidays != after.holidays:
        yield T("Holidays: {before} → {after}", before=_taken(before.holidays), after=_taken(after.holidays))
    was_special, special = ({one.day: one for one in calendar.special} for calendar in (before, after))
    for date_ in sorted(was_special.keys() | special.keys()):
        old, new = was_special.get(date_), special.get(date_)
        if new is None:
            yield T("{date}: no special day any more", date=date_.isoformat())
        elif new != old:
            name = f"{new.name}, " if new.name else ""
            yield T("{date}: {name}{spans}", date=date_.isoformat(), name=name, spans=_spans(new.spans))
    was_changed, changed = ({one.day: one for one in calendar.changes} for calendar in (before, after))
    for date_ in sorted(was_changed.keys() | changed.keys()):
        change = changed.get(date_)
        if change == was_changed.get(date_):
            continue
        if change is None:
            yield T("{date}: ends as usual", date=date_.isoformat())
        elif change.kind is DayEnd.EARLY:
            yield T("{date}: closes early, at {time}", date=date_.isoformat(), time=f"{change.at:%H:%M}")
        else:
            yield T("{date}: stays open until {time}", date=date_.isoformat(), time=f"{change.at:%H:%M}")
    if before.emergency != after.emergency:
        if after.emergency is None:
            yield T("Emergency closure: lifted")
        elif after.emergency.reason:
            yield T("Emergency closure: {reason}", reason=after.emergency.reason)
        else:
            yield T("Emergency closure")


def _spans(spans: tuple[Span, ...]) -> Text:
    return T("{spans}", spans=", ".join(map(str, spans))) if spans else T("closed")


def _taken(taken: Holidays | None) -> Text:
    if taken is None:
        return T("none")
    where = taken.country + (f"-{taken.region}" if taken.region else "")
    if taken.taken is None:
        return T("all of {where}", where=where)
    return T("{where}: {names}", where=where, names=", ".join(taken.taken) or "—")

"""What staff do to opening hours in passing: each ends by itself, and the hours are as before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.flows import openings
from controller.flows.clinic import Opening
from controller.flows.hours import Calendar, DayEnd, Holidays, Span, Weekday
from controller.flows.openings import NotPossible

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = (Span(start=time(8), end=time(12)), Span(start=time(13), end=time(17)))
WEEK = Calendar(
    week={day: OFFICE for day in Weekday if day not in (Weekday.SATURDAY, Weekday.SUNDAY)},
    holidays=Holidays(country="US"),
)
NIGHT = Calendar(week={Weekday.FRIDAY: (Span(start=time(20), end=time(4)),)})


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHICAGO).astimezone(UTC)  # type: ignore[misc, arg-type]


def at(calendar: Calendar, *parts: int) -> tuple[Opening, datetime | None]:
    found = calendar.at(local(*parts), CHICAGO)
    return found.state, found.until


def test_a_closure_holds_until_its_time_or_until_it_is_lifted() -> None:
    now = local(2026, 3, 3, 9, 30)
    shut = openings.closed(WEEK, now, local(2026, 3, 3, 14), "Burst pipe")
    assert shut.at(now, CHICAGO).reason == "Burst pipe"
    assert at(shut, 2026, 3, 3, 9, 30) == (Opening.EMERGENCY, local(2026, 3, 3, 14))
    assert at(shut, 2026, 3, 3, 14) == (Opening.OPEN, local(2026, 3, 3, 17))
    forever = openings.closed(WEEK, now, None, "")
    assert at(forever, 2026, 3, 9, 9) == (Opening.EMERGENCY, None)
    assert openings.closure(forever, now) is not None
    assert openings.closure(shut, local(2026, 3, 3, 15)) is None
    assert openings.reopened(forever) == WEEK
    with pytest.raises(NotPossible):
        openings.closed(WEEK, now, now, "")


def test_a_longer_closure_is_the_same_one() -> None:
    now = local(2026, 3, 3, 9)
    shut = openings.closed(WEEK, now, local(2026, 3, 3, 12), "Snow")
    longer = openings.closed(shut, now + timedelta(hours=2), local(2026, 3, 3, 16), "Snow")
    assert longer.emergency is not None
    assert longer.emergency.since == now


def test_close_early_today() -> None:
    early = openings.closing_early(WEEK, local(2026, 3, 3, 9, 12), local(2026, 3, 3, 15), CHICAGO)
    assert at(early, 2026, 3, 3, 14) == (Opening.OPEN, local(2026, 3, 3, 15))
    assert at(early, 2026, 3, 3, 15)[0] is Opening.CLOSED
    assert at(early, 2026, 3, 4, 16) == (Opening.OPEN, local(2026, 3, 4, 17))
    now = openings.closing_early(WEEK, local(2026, 3, 3, 9, 12), local(2026, 3, 3, 9, 12), CHICAGO)
    assert at(now, 2026, 3, 3, 9, 12)[0] is Opening.CLOSED


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        ((2026, 3, 3, 9), (2026, 3, 3, 8, 30)),  # has passed
        ((2026, 3, 3, 9), (2026, 3, 3, 17)),  # closes then anyway
        ((2026, 3, 3, 9), (2026, 3, 4, 9)),  # another day
        ((2026, 3, 1, 9), (2026, 3, 1, 12)),  # a Sunday
    ],
)
def test_closing_early_makes_no_sense(now: tuple[int, ...], closes: tuple[int, ...]) -> None:
    with pytest.raises(NotPossible):
        openings.closing_early(WEEK, local(*now), local(*closes), CHICAGO)


def test_stay_open_also_when_it_has_closed_already() -> None:
    late = openings.staying_open(WEEK, local(2026, 3, 3, 18), local(2026, 3, 3, 20), CHICAGO)
    assert at(late, 2026, 3, 3, 18) == (Opening.OPEN, local(2026, 3, 3, 20))
    assert late.end_of(date(2026, 3, 3), CHICAGO) == local(2026, 3, 3, 20)
    past_midnight = openings.staying_open(WEEK, local(2026, 3, 3, 16), local(2026, 3, 4, 1), CHICAGO)
    assert at(past_midnight, 2026, 3, 4, 0, 30) == (Opening.OPEN, local(2026, 3, 4, 1))
    with pytest.raises(NotPossible):
        openings.staying_open(WEEK, local(2026, 3, 3, 16), local(2026, 3, 4, 17), CHICAGO)
    with pytest.raises(NotPossible):
        openings.staying_open(WEEK, local(2026, 3, 3, 16), local(2026, 3, 3, 16), CHICAGO)


def test_a_closed_day_opens_now() -> None:
    sunday = openings.staying_open(WEEK, local(2026, 3, 1, 10, 20), local(2026, 3, 1, 14), CHICAGO)
    assert at(sunday, 2026, 3, 1, 10, 20) == (Opening.OPEN, local(2026, 3, 1, 14))
    assert at(sunday, 2026, 3, 1, 9)[0] is Opening.CLOSED
    assert at(sunday, 2026, 3, 1, 14)[0] is Opening.CLOSED
    holiday = openings.staying_open(WEEK, local(2026, 12, 25, 22), local(2026, 12, 26, 2), CHICAGO)
    assert at(holiday, 2026, 12, 26, 1) == (Opening.OPEN, local(2026, 12, 26, 2))
    assert at(holiday, 2026, 12, 25, 12)[0] is Opening.HOLIDAY


def test_after_midnight_the_day_before_is_still_under_way() -> None:
    now = local(2026, 3, 7, 1)
    late = openings.staying_open(NIGHT, now, local(2026, 3, 7, 6), CHICAGO)
    assert at(late, 2026, 3, 7, 5) == (Opening.OPEN, local(2026, 3, 7, 6))
    change = openings.change_under_way(late, now, CHICAGO)
    assert change is not None
    assert change.day == date(2026, 3, 6)
    assert openings.usually(late, now, CHICAGO) == NIGHT


def test_one_change_a_day_and_none_of_days_gone_by() -> None:
    monday = openings.closing_early(WEEK, local(2026, 3, 2, 9), local(2026, 3, 2, 12), CHICAGO)
    again = openings.staying_open(monday, local(2026, 3, 2, 10), local(2026, 3, 2, 18), CHICAGO)
    assert [change.kind for change in again.changes] == [DayEnd.LATE]
    later = openings.closing_early(again, local(2026, 3, 5, 9), local(2026, 3, 5, 12), CHICAGO)
    assert [change.day for change in later.changes] == [date(2026, 3, 5)]

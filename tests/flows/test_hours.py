"""Opening hours: against a slow and plain reading of the clock on the wall, and by hand where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.flows.clinic import HoursAnswer, Opening
from controller.flows.hours import (
    Calendar,
    DayEnd,
    EmergencyClosure,
    Holidays,
    OneDayChange,
    Span,
    SpecialDay,
    Weekday,
)

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = (Span(start=time(8), end=time(12)), Span(start=time(13), end=time(17)))
WEEKDAYS = {day: OFFICE for day in Weekday if day not in (Weekday.SATURDAY, Weekday.SUNDAY)}


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=CHICAGO, fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


def answer(calendar: Calendar, *parts: int) -> tuple[Opening, datetime | None, str]:
    found = calendar.at(local(*parts), CHICAGO)
    return found.state, found.until, found.reason


@pytest.mark.parametrize(
    ("at", "state", "until"),
    [
        ((2026, 3, 2, 7, 59), Opening.CLOSED, (2026, 3, 2, 8)),
        ((2026, 3, 2, 8, 0), Opening.OPEN, (2026, 3, 2, 12)),
        ((2026, 3, 2, 12, 0), Opening.BREAK, (2026, 3, 2, 13)),
        ((2026, 3, 2, 16, 59), Opening.OPEN, (2026, 3, 2, 17)),
        ((2026, 3, 6, 17, 0), Opening.CLOSED, (2026, 3, 9, 8)),  # Friday to Monday, over a change of clocks
    ],
)
def test_an_ordinary_week(at: tuple[int, ...], state: Opening, until: tuple[int, ...]) -> None:
    assert answer(Calendar(week=WEEKDAYS), *at) == (state, local(*until), "")


def test_over_midnight() -> None:
    night = Calendar(week={Weekday.FRIDAY: (Span(start=time(20), end=time(4)),)})
    assert answer(night, 2026, 3, 6, 23) == (Opening.OPEN, local(2026, 3, 7, 4), "")
    assert answer(night, 2026, 3, 7, 3, 59) == (Opening.OPEN, local(2026, 3, 7, 4), "")
    assert answer(night, 2026, 3, 7, 4) == (Opening.CLOSED, local(2026, 3, 13, 20), "")


def test_round_the_clock_never_changes() -> None:
    always = Calendar(week={day: (Span(start=time(), end=time()),) for day in Weekday})
    assert answer(always, 2026, 3, 7, 23, 59) == (Opening.OPEN, None, "")
    assert answer(Calendar(), 2026, 3, 7, 23, 59) == (Opening.CLOSED, None, "")


def test_holidays_special_days_and_the_week_in_their_order() -> None:
    calendar = Calendar(
        week=WEEKDAYS,
        holidays=Holidays(country="US", region="IL"),
        special=(
            SpecialDay(day=date(2026, 12, 24), name="Christmas Eve", spans=(Span(start=time(8), end=time(12)),)),
            SpecialDay(day=date(2026, 9, 7), name="Flu day", spans=(Span(start=time(9), end=time(11)),)),
            SpecialDay(day=date(2026, 6, 3), name="Training"),
        ),
    )
    assert answer(calendar, 2026, 12, 25, 10) == (Opening.HOLIDAY, local(2026, 12, 26), "Christmas Day")
    assert answer(calendar, 2026, 12, 24, 10) == (Opening.OPEN, local(2026, 12, 24, 12), "")
    assert answer(calendar, 2026, 12, 24, 13) == (Opening.CLOSED, local(2026, 12, 25), "")
    assert answer(calendar, 2026, 9, 7, 10)[0] is Opening.OPEN  # Labor Day, but special
    assert answer(calendar, 2026, 6, 3, 10) == (Opening.HOLIDAY, local(2026, 6, 4), "Training")


def test_which_holidays_are_taken() -> None:
    christmas = Holidays(country="US", region="IL", taken=("Christmas Day", "Independence Day"))
    calendar = Calendar(week=WEEKDAYS, holidays=christmas)
    assert answer(calendar, 2026, 12, 25, 10)[0] is Opening.HOLIDAY
    assert answer(calendar, 2026, 9, 7, 10)[0] is Opening.OPEN  # Labor Day, not taken
    assert answer(calendar, 2026, 7, 3, 10)[0] is Opening.HOLIDAY  # the fourth is a Saturday: observed on the third
    assert "Christmas Day" in christmas.names(2026)[date(2026, 12, 25)]


def test_a_night_shift_ends_on_a_holiday() -> None:
    calendar = Calendar(
        week={day: (Span(start=time(22), end=time(6)),) for day in Weekday}, holidays=Holidays(country="US")
    )
    assert answer(calendar, 2026, 12, 25, 5) == (Opening.OPEN, local(2026, 12, 25, 6), "")
    assert answer(calendar, 2026, 12, 25, 6) == (Opening.HOLIDAY, local(2026, 12, 26), "Christmas Day")


def test_the_emergency_closure_wins_and_expires() -> None:
    flood = EmergencyClosure(since=local(2026, 3, 2, 9), until=local(2026, 3, 2, 15), reason="Burst pipe")
    calendar = Calendar(week=WEEKDAYS, emergency=flood)
    assert answer(calendar, 2026, 3, 2, 8) == (Opening.OPEN, local(2026, 3, 2, 9), "")
    assert answer(calendar, 2026, 3, 2, 10) == (Opening.EMERGENCY, local(2026, 3, 2, 15), "Burst pipe")
    assert answer(calendar, 2026, 3, 2, 15) == (Opening.OPEN, local(2026, 3, 2, 17), "")
    lasting = Calendar(week=WEEKDAYS, emergency=EmergencyClosure(since=local(2026, 3, 2, 9)))
    assert answer(lasting, 2026, 5, 2, 10) == (Opening.EMERGENCY, None, "")


@pytest.mark.parametrize(
    ("kind", "at", "open_until", "still_open_at", "closed_at"),
    [
        (DayEnd.EARLY, time(15), (2026, 3, 2, 15), (2026, 3, 2, 14), (2026, 3, 2, 15)),
        (DayEnd.EARLY, time(12, 30), (2026, 3, 2, 12), (2026, 3, 2, 11), (2026, 3, 2, 12, 15)),
        (DayEnd.LATE, time(19), (2026, 3, 2, 19), (2026, 3, 2, 18), (2026, 3, 2, 19)),
        (DayEnd.LATE, time(1), (2026, 3, 3, 1), (2026, 3, 2, 23), (2026, 3, 3, 1)),
    ],
)
def test_one_day_changes(
    kind: DayEnd, at: time, open_until: tuple[int, ...], still_open_at: tuple[int, ...], closed_at: tuple[int, ...]
) -> None:
    calendar = Calendar(week=WEEKDAYS, changes=(OneDayChange(day=date(2026, 3, 2), kind=kind, at=at),))
    assert answer(calendar, *still_open_at) == (Opening.OPEN, local(*open_until), "")
    assert answer(calendar, *closed_at)[0] is Opening.CLOSED
    assert answer(calendar, 2026, 3, 3, 16)[0] is Opening.OPEN  # the next day is as ever


def test_closing_before_the_day_begins_leaves_it_closed() -> None:
    calendar = Calendar(week=WEEKDAYS, changes=(OneDayChange(day=date(2026, 3, 2), kind=DayEnd.EARLY, at=time(7)),))
    assert answer(calendar, 2026, 3, 2, 9) == (Opening.CLOSED, local(2026, 3, 3, 8), "")


def test_where_clocks_change() -> None:
    night = Calendar(week={day: (Span(start=time(22), end=time(2, 30)),) for day in Weekday})
    # Spring, 8 March: 02:30 does not exist, and is 03:30.
    assert answer(night, 2026, 3, 8, 1, 30)[1] == datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    # Autumn, 1 November: 01:30 exists twice. It opens at the first ...
    early = Calendar(week={Weekday.SUNDAY: (Span(start=time(1, 30), end=time(5)),)})
    assert early.at(local(2026, 11, 1, 1, 30), CHICAGO).state is Opening.OPEN
    assert early.at(local(2026, 11, 1, 1, 29), CHICAGO).until == local(2026, 11, 1, 1, 30)
    # ... and closes at the second.
    late = Calendar(week={Weekday.SATURDAY: (Span(start=time(22), end=time(1, 30)),)})
    assert late.at(local(2026, 11, 1, 1, 15, fold=1), CHICAGO).state is Opening.OPEN
    assert late.at(local(2026, 11, 1, 1, 0), CHICAGO).until == local(2026, 11, 1, 1, 30, fold=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"holidays": {"country": "XX"}},
        {"holidays": {"country": "US", "region": "ZZ"}},
        {"week": {"someday": []}},
        {"week": {"monday": [{"start": "08:00", "end": "25:00"}]}},
        {"emergency": {"since": "2026-01-01T00:00:00"}},
        {"opening": {}},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate(wrong)


def test_as_json_and_back() -> None:
    calendar = Calendar(
        week=WEEKDAYS,
        holidays=Holidays(country="US", taken=("Christmas Day",)),
        special=(SpecialDay(day=date(2026, 6, 3), name="Training"),),
        changes=(OneDayChange(day=date(2026, 3, 2), kind=DayEnd.LATE, at=time(19)),),
        emergency=EmergencyClosure(since=local(2026, 3, 2, 9)),
    )
    assert Calendar.model_validate(calendar.model_dump(mode="json", exclude_defaults=True)) == calendar


# -- properties

times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
spans = st.builds(Span, start=times, end=times)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
moments = st.datetimes(datetime(2026, 1, 3), datetime(2026, 12, 20), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda m: m.replace(second=0, microsecond=0)
)
calendars = st.builds(
    Calendar,
    week=st.dictionaries(st.sampled_from(Weekday), st.lists(spans, max_size=3).map(tuple)),
    holidays=st.none() | st.just(Holidays(country="US", region="IL")),
    special=st.lists(
        st.builds(SpecialDay, day=days, name=st.just("Special"), spans=st.lists(spans, max_size=2).map(tuple)),
        max_size=3,
    ).map(tuple),
    emergency=st.none()
    | st.builds(EmergencyClosure, since=moments, until=st.none() | moments, reason=st.just("Emergency")),
)


def on_the_wall(calendar: Calendar, at: datetime, zone: ZoneInfo) -> Opening:
    """The same by the clock on the wall alone; wrong only within a day of a change of clocks."""
    closure = calendar.emergency
    if closure and closure.since <= at and not (closure.until and at >= closure.until):
        return Opening.EMERGENCY
    wall = at.astimezone(zone).replace(tzinfo=None)
    today = wall.date()

    def plan(day: date) -> tuple[list[tuple[datetime, datetime]], bool]:
        chosen, holiday = calendar.week.get(list(Weekday)[day.weekday()], ()), False
        if calendar.holidays and calendar.holidays.on(day):
            chosen, holiday = (), True
        for special in reversed(calendar.special):
            if special.day == day:
                chosen, holiday = special.spans, not special.spans
        found = []
        for span in chosen:
            begin, end = datetime.combine(day, span.start), datetime.combine(day, span.end)
            found.append((begin, end if end > begin else end + timedelta(days=1)))
        return found, holiday

    (mine, holiday), (yesterdays, _) = plan(today), plan(today - timedelta(days=1))
    if any(begin <= wall < end for begin, end in mine + yesterdays):
        return Opening.OPEN
    if holiday:
        return Opening.HOLIDAY
    between = bool(mine) and min(b for b, _ in mine) <= wall < max(e for _, e in mine)
    return Opening.BREAK if between else Opening.CLOSED


def clocks_change_near(at: datetime, zone: ZoneInfo) -> bool:
    offsets = {(at + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-48, 0, 48)}
    return len(offsets) > 1


@given(calendar=calendars, at=moments, zone=st.sampled_from(["America/Chicago", "Asia/Kolkata", "Pacific/Auckland"]))
def test_as_the_clock_on_the_wall_says(calendar: Calendar, at: datetime, zone: str) -> None:
    where = ZoneInfo(zone)
    if not clocks_change_near(at, where):
        assert calendar.state(at, where)[0] is on_the_wall(calendar, at, where)


@given(calendar=calendars, at=moments, samples=st.lists(st.floats(0, 0.999), min_size=1, max_size=5))
def test_an_answer_holds_until_it_says_and_no_longer(calendar: Calendar, at: datetime, samples: list[float]) -> None:
    found: HoursAnswer = calendar.at(at, CHICAGO)
    until = found.until or at + timedelta(days=300)
    assert until > at
    for sample in samples:
        between = at + (until - at) * sample
        assert calendar.state(between, CHICAGO) == (found.state, found.reason)
    if found.until is not None:
        assert calendar.state(found.until, CHICAGO) != (found.state, found.reason)


@given(calendar=calendars)
def test_json_keeps_everything(calendar: Calendar) -> None:
    assert Calendar.model_validate(calendar.model_dump(mode="json", exclude_defaults=True)) == calendar

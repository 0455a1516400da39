"""Who is on call: shifts, turns, swaps, and their order."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.flows.hours import Weekday
from controller.flows.rotas import Member, Plan, Rotation, Shift, Step, Swap

CHICAGO = ZoneInfo("America/Chicago")
ANN, BEN, CAT = (Member(person=name) for name in ("ann", "ben", "cat"))
SERVICE = Member(number="+13125550188", name="Night owls")
WEEKLY = Rotation(members=(ANN, BEN, CAT), begins=date(2026, 3, 2), handover=time(8))


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=CHICAGO, fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ((2026, 3, 2, 7, 59), CAT),
        ((2026, 3, 2, 8), ANN),
        ((2026, 3, 9, 7, 59), ANN),  # clocks changed on the eighth
        ((2026, 3, 9, 8), BEN),
        ((2026, 3, 16, 8), CAT),
        ((2026, 3, 23, 8), ANN),
        ((2026, 2, 23, 8), CAT),
    ],
)
def test_turns(at: tuple[int, ...], who: Member) -> None:
    assert WEEKLY.on(local(*at), CHICAGO) == who


def test_a_handover_at_a_time_that_does_not_exist() -> None:
    nightly = Rotation(members=(ANN, BEN), begins=date(2026, 3, 7), handover=time(2, 30), days=1)
    assert nightly.on(local(2026, 3, 8, 3, 29), CHICAGO) == ANN
    assert nightly.on(local(2026, 3, 8, 3, 30), CHICAGO) == BEN


def test_shifts_over_midnight() -> None:
    nights = Step(
        shifts=(
            Shift(days=frozenset({Weekday.FRIDAY}), start=time(18), end=time(8), members=(ANN,)),
            Shift(days=frozenset({Weekday.SATURDAY}), start=time(8), end=time(8), members=(BEN, CAT)),
        )
    )
    plan = Plan(steps=(nights,))
    assert plan.on_call(local(2026, 3, 6, 17, 59), CHICAGO) == []
    assert plan.on_call(local(2026, 3, 6, 18), CHICAGO) == [[ANN]]
    assert plan.on_call(local(2026, 3, 7, 7, 59), CHICAGO) == [[ANN]]
    assert plan.on_call(local(2026, 3, 7, 8), CHICAGO) == [[BEN, CAT]]
    assert plan.on_call(local(2026, 3, 8, 7, 59), CHICAGO) == [[BEN, CAT]]


def test_escalation_in_order_and_nobody_twice_in_a_step() -> None:
    plan = Plan(
        steps=(
            Step(rotation=WEEKLY, always=(ANN, BEN)),
            Step(shifts=(Shift(days=frozenset({Weekday.SUNDAY}), start=time(8), end=time(9), members=(CAT,)),)),
            Step(always=(SERVICE,)),
        )
    )
    assert plan.on_call(local(2026, 3, 3, 12), CHICAGO) == [[ANN, BEN], [SERVICE]]
    assert plan.on_call(local(2026, 3, 10, 12), CHICAGO) == [[BEN, ANN], [SERVICE]]
    assert plan.members() == {ANN, BEN, CAT, SERVICE}


def test_swaps() -> None:
    first = Swap(start=local(2026, 3, 3, 18), end=local(2026, 3, 4, 8), absent=ANN, instead=BEN, reason="Concert")
    then = Swap(start=local(2026, 3, 3, 20), end=local(2026, 3, 3, 22), absent=BEN, instead=SERVICE)
    plan = Plan(steps=(Step(rotation=WEEKLY), Step(always=(ANN, CAT))), swaps=(first, then))
    assert plan.on_call(local(2026, 3, 3, 17, 59), CHICAGO) == [[ANN], [ANN, CAT]]
    assert plan.on_call(local(2026, 3, 3, 18), CHICAGO) == [[BEN], [BEN, CAT]]
    assert plan.on_call(local(2026, 3, 3, 21), CHICAGO) == [[SERVICE], [SERVICE, CAT]]
    assert plan.on_call(local(2026, 3, 4, 8), CHICAGO) == [[ANN], [ANN, CAT]]


@pytest.mark.parametrize("wrong", [{}, {"person": "ann", "number": "+13125550188"}, {"number": "911"}])
def test_members_that_make_no_sense(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Member.model_validate(wrong)


@given(
    begins=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    handover=st.times().map(lambda t: t.replace(microsecond=0)),
    days=st.integers(1, 40),
    many=st.integers(1, 6),
    at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_turns_are_fair_and_in_order(begins: date, handover: time, days: int, many: int, at: datetime) -> None:
    members = tuple(Member(person=str(number)) for number in range(many))
    turns = Rotation(members=members, begins=begins, handover=handover, days=days)
    now = members.index(turns.on(at, CHICAGO))
    wall = at.astimezone(CHICAGO)
    for rounds in (1, many, -1):
        later = (wall.replace(tzinfo=None) + timedelta(days=days * rounds)).replace(tzinfo=CHICAGO)
        if later.utcoffset() == wall.utcoffset():
            assert members.index(turns.on(later, CHICAGO)) == (now + rounds) % many


@given(days=st.frozensets(st.sampled_from(Weekday), min_size=1), start=st.times(), end=st.times())
def test_a_shift_is_on_for_as_long_as_it_lasts(days: frozenset[Weekday], start: time, end: time) -> None:
    plan = Plan(steps=(Step(shifts=(Shift(days=days, start=start, end=end, members=(ANN,)),)),))
    monday = date(2026, 6, 1)  # a week without a change of clocks
    for day in (monday + timedelta(days=number) for number in range(7)):
        if Weekday.of(day) not in days:
            continue
        begin = datetime.combine(day, start, tzinfo=CHICAGO)
        finish = datetime.combine(day if end > start else day + timedelta(days=1), end, tzinfo=CHICAGO)
        assert plan.on_call(begin, CHICAGO) == [[ANN]]
        assert plan.on_call(finish - timedelta(microseconds=1), CHICAGO) == [[ANN]]
    assert Plan.model_validate(plan.model_dump(mode="json", exclude_defaults=True)) == plan


def test_periods_are_what_is_asked_moment_by_moment() -> None:
    nights = Shift(days=frozenset(Weekday), start=time(17), end=time(8), members=(BEN,))
    swap = Swap(start=local(2026, 3, 7, 12), end=local(2026, 3, 7, 20), absent=ANN, instead=CAT)
    plan = Plan(steps=(Step(rotation=WEEKLY), Step(shifts=(nights,), always=(SERVICE,))), swaps=(swap,))
    start, end = local(2026, 3, 6), local(2026, 3, 11, 15, 30)
    periods = plan.periods(start, end, CHICAGO)
    assert (periods[0].start, periods[-1].end) == (start, end)
    for before, after in itertools.pairwise(periods):
        assert before.end == after.start
        assert before.steps != after.steps
    moment = start
    while moment < end:
        period = next(one for one in periods if one.start <= moment < one.end)
        assert [list(step) for step in period.steps] == plan.on_call(moment, CHICAGO)
        moment += timedelta(minutes=30)


def test_gaps_are_when_nobody_can_be_reached() -> None:
    weekend = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})
    days = Shift(days=frozenset(Weekday) - weekend, start=time(0), end=time(0), members=(ANN,))
    plan = Plan(steps=(Step(shifts=(days,)),))
    start, end = local(2026, 3, 2), local(2026, 3, 16)
    gaps = plan.gaps(start, end, CHICAGO, lambda member: True)
    assert [(gap.start, gap.end) for gap in gaps] == [
        (local(2026, 3, 7), local(2026, 3, 9)),
        (local(2026, 3, 14), local(2026, 3, 16)),
    ]
    assert [(gap.start, gap.end) for gap in plan.gaps(start, end, CHICAGO, lambda member: False)] == [(start, end)]
    whole = Plan(steps=(Step(shifts=(days,)), Step(always=(SERVICE,))))
    assert whole.gaps(start, end, CHICAGO, lambda member: True) == []

"""Who is on call at a moment: shifts, rotations, swaps, in order of escalation. Pure: knows no SQL and no phones.

Times of day are local to a zone; a handover at a time that does not exist or exists twice is as in hours.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from controller.flows.hours import Weekday, ends_at, starts_at
from controller.telephone import e164
from controller.texts import T, Text

_DAY = timedelta(days=1)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(_Part):
    """Somebody to call: a person of the clinic by id, or a number outside (an answering service) with its name."""

    person: str | None = Field(default=None, max_length=40, json_schema_extra={"x-ref": "person"})
    number: Annotated[str, AfterValidator(e164)] | None = None
    name: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.person) == bool(self.number):
            raise ValueError("a member of a rota is either a person or a number")
        return self

    def same(self, other: Member) -> bool:
        """Whether both mean the same person or number, whatever the names."""
        return (self.person, self.number) == (other.person, other.number)


class Shift(_Part):
    """Every week on these days; an end at or before the start is on the next day."""

    days: frozenset[Weekday] = Field(min_length=1)
    start: time
    end: time
    members: tuple[Member, ...] = Field(min_length=1, max_length=50)


class Rotation(_Part):
    """Members take turns of `days` days, handed over at a time of day; the first one's turn begins on `begins`."""

    members: tuple[Member, ...] = Field(min_length=1, max_length=200)
    begins: date
    handover: time = time(8)
    days: int = Field(default=7, ge=1, le=366)

    def on(self, moment: datetime, zone: ZoneInfo) -> Member:
        """Whose turn it is; before the beginning the turns are counted backwards."""
        today = moment.astimezone(zone).date()
        handover = starts_at(datetime.combine(today, self.handover), zone)
        elapsed = (today - self.begins).days - (moment < handover)
        return self.members[elapsed // self.days % len(self.members)]


class Step(_Part):
    """One step of escalation: whoever is on shift, then whose turn it is, then those always there, in that order."""

    name: str = Field(default="", max_length=120)
    shifts: tuple[Shift, ...] = Field(default=(), max_length=100)
    rotation: Rotation | None = None
    always: tuple[Member, ...] = Field(default=(), max_length=50)

    def on(self, moment: datetime, zone: ZoneInfo) -> list[Member]:
        """Whom this step calls, swaps not yet considered."""
        found = [member for shift in self.shifts if _on_shift(shift, moment, zone) for member in shift.members]
        if self.rotation:
            found.append(self.rotation.on(moment, zone))
        return [*found, *self.always]


class Swap(_Part):
    """From `start` to `end`, wherever `absent` would be called, `instead` is."""

    start: AwareDatetime
    end: AwareDatetime
    absent: Member
    instead: Member
    reason: str = Field(default="", max_length=200)


@dataclass(frozen=True)
class Period:
    """From `start` to `end` the same people are on call; `steps` as in Plan.on_call, empty when nobody is."""

    start: datetime
    end: datetime
    steps: tuple[tuple[Member, ...], ...]


class Plan(_Part):
    """A rota: steps in order of escalation, and swaps. Later swaps apply to what earlier ones gave."""

    steps: tuple[Step, ...] = Field(default=(), max_length=20)
    swaps: tuple[Swap, ...] = Field(default=(), max_length=500)

    def changes_from(self, before: Plan, person: Callable[[str], str]) -> list[Text]:
        """How this plan differs from an earlier one, one sentence each. `person`: what somebody is called, by id."""
        return list(_differences(before, self, person))

    def on_call(self, moment: datetime, zone: ZoneInfo) -> list[list[Member]]:
        """Whom to call at a moment (aware), step by step. A step with nobody is left out, as is a repeat within one."""
        swaps = [swap for swap in self.swaps if swap.start <= moment < swap.end]
        steps = []
        for step in self.steps:
            called: list[Member] = []
            for member in step.on(moment, zone):
                for swap in swaps:
                    member = swap.instead if member.same(swap.absent) else member
                if not any(member.same(other) for other in called):
                    called.append(member)
            if called:
                steps.append(called)
        return steps

    def periods(self, start: datetime, end: datetime, zone: ZoneInfo) -> list[Period]:
        """Who is on call from one moment (aware) to another, change by change."""
        moments = sorted({start, *(m for m in self._handovers(start, end, zone) if start < m < end), end})
        found: list[Period] = []
        for begins, ends in itertools.pairwise(moments):
            steps = tuple(tuple(step) for step in self.on_call(begins, zone))
            if found and _alike(found[-1].steps, steps):
                begins = found.pop().start
            found.append(Period(begins, ends, steps))
        return found

    def _handovers(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every moment at which somebody else may come on call; for a day more at both ends."""
        for swap in self.swaps:
            yield swap.start
            yield swap.end
        shifts = [shift for step in self.steps for shift in step.shifts]
        handovers = {step.rotation.handover for step in self.steps if step.rotation}
        day = start.astimezone(zone).date() - _DAY
        while day <= end.astimezone(zone).date():
            for handover in handovers:
                yield starts_at(datetime.combine(day, handover), zone)
            for shift in shifts:
                if Weekday.of(day) in shift.days:
                    yield from _shift_on(shift, day, zone)
            day += _DAY

    def gaps(self, start: datetime, end: datetime, zone: ZoneInfo, reachable: Callable[[Member], bool]) -> list[Period]:
        """When a caller would reach nobody: `reachable` says whether somebody on call has a telephone."""
        found: list[Period] = []
        for period in self.periods(start, end, zone):
            if any(reachable(member) for step in period.steps for member in step):
                continue
            begins = found.pop().start if found and found[-1].end == period.start else period.start
            found.append(Period(begins, period.end, ()))
        return found

    def members(self) -> set[Member]:
        """Everybody who may ever be called by it: for checks and where-used."""
        found = {member for step in self.steps for member in step.always}
        found |= {member for step in self.steps for shift in step.shifts for member in shift.members}
        found |= {member for step in self.steps if step.rotation for member in step.rotation.members}
        return found | {swap.instead for swap in self.swaps}


def _on_shift(shift: Shift, moment: datetime, zone: ZoneInfo) -> bool:
    today = moment.astimezone(zone).date()
    for day in (today - _DAY, today):
        if Weekday.of(day) in shift.days:
            start, end = _shift_on(shift, day, zone)
            if start <= moment < end:
                return True
    return False


def _shift_on(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments at which a shift that begins on this day starts and ends."""
    ends = day if shift.end > shift.start else day + _DAY
    return starts_at(datetime.combine(day, shift.start), zone), ends_at(datetime.combine(ends, shift.end), zone)


def _alike(steps: Sequence[Sequence[Member]], others: Sequence[Sequence[Member]]) -> bool:
    return len(steps) == len(others) and all(
        len(step) == len(other) and all(map(Member.same, step, other))
        for step, other in zip(steps, others, strict=True)
    )


def _differences(before: Plan, after: Plan, person: Callable[[str], str]) -> Iterator[Text]:
    def called(member: Member) -> str:
        return (person(member.person) if member.person else "") or member.name or str(member.number)

    if len(before.steps) != len(after.steps):
        yield T("Steps: {before} → {after}", before=len(before.steps), after=len(after.steps))
    for place, (was, now) in enumerate(zip(before.steps, after.steps, strict=False), 1):
        if was != now:
            who = dict.fromkeys(called(member) for member in _of_step(now))
            name = now.name or str(place)
            yield T("Step “{name}”: {who}", name=name, who=", ".join(who) or "—")
    for swap in after.swaps:
        if swap not in before.swaps:
            yield T("{instead} takes {date} from {absent}",
                    instead=called(swap.instead), absent=called(swap.absent), date=swap.start.date().isoformat())  # fmt: skip
    for swap in before.swaps:
        if swap not in after.swaps:
            yield T("{absent} is on call again on {date}", absent=called(swap.absent),
                    date=swap.start.date().isoformat())  # fmt: skip


def _of_step(step: Step) -> Iterator[Member]:
    for shift in step.shifts:
        yield from shift.members
    yield from step.rotation.members if step.rotation else ()
    yield from step.always

"""The pages of on-call rotas: what every kind has, and the calendar of a rota that is saved or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict

from controller.flows.hours import starts_at
from controller.store.zones import known, zone_of
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor
from flow_editor.errors import Refusal
from flow_editor.rotas.rotas import GAPS_AHEAD, Roster, Rotas, TypedPlan
from flow_editor.things.serving import serve

LONGEST = 62
"""Days of a calendar: a month with the weeks it is in."""

blueprint = APIBlueprint("rotas", __name__, url_prefix="/api")
serve(blueprint, Rotas())


class CalendarAsked(BaseModel):
    """Who is on call from the first of these days to the last, by this plan?"""

    model_config = ConfigDict(extra="forbid")

    plan: TypedPlan
    location: str | None = None
    zone: str | None = None
    first: date
    last: date


class OnCallMember(BaseModel):
    """`person`: none for a number outside."""

    person: str | None
    name: str
    reachable: bool


class OnCallPeriod(BaseModel):
    """The same people from one moment to another; `steps` as in the plan, those with nobody left out."""

    start: datetime
    end: datetime
    steps: list[list[OnCallMember]]


class Gap(BaseModel):
    start: datetime
    end: datetime


class RotaCalendar(BaseModel):
    """`gaps`: when nobody can be reached, of the days asked for; `ahead`: of the next 14."""

    zone: str
    periods: list[OnCallPeriod]
    gaps: list[Gap]
    ahead: list[Gap]


@blueprint.post("/rotas/calendar")
@needs(Permission.SEE_SETUP)
@blueprint.input(CalendarAsked)
@blueprint.output(RotaCalendar)
def calendar(json_data: CalendarAsked) -> RotaCalendar:
    """Who is on call on these days."""
    asked = json_data
    if not asked.first <= asked.last < asked.first + timedelta(days=LONGEST):
        raise Refusal(T("Please ask for two months at most."))
    now = datetime.now(UTC)
    with editor().database.read() as session:
        zone = zone_of(session, asked.location, None if asked.zone is None else known(asked.zone).key)
        roster = Roster(session)
    start = starts_at(datetime.combine(asked.first, time()), zone)
    end = starts_at(datetime.combine(asked.last + timedelta(days=1), time()), zone)
    periods = asked.plan.periods(start, end, zone)
    return RotaCalendar(
        zone=zone.key,
        periods=[
            OnCallPeriod(
                start=period.start,
                end=period.end,
                steps=[
                    [
                        OnCallMember(person=member.person, name=roster.name(member), reachable=roster.reachable(member))
                        for member in step
                    ]
                    for step in period.steps
                ],
            )
            for period in periods
        ],
        gaps=[Gap(start=it.start, end=it.end) for it in asked.plan.gaps(start, end, zone, roster.reachable)],
        ahead=[
            Gap(start=it.start, end=it.end) for it in asked.plan.gaps(now, now + GAPS_AHEAD, zone, roster.reachable)
        ],
    )

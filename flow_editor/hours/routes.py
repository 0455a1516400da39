"""The pages of opening hours: what every kind has, holidays to choose from, and what callers would get at a time."""

from __future__ import annotations

from datetime import UTC, datetime

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict

from controller.flows.clinic import Opening
from controller.flows.hours import Calendar, starts_at
from controller.store.zones import known, zone_of
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, language
from flow_editor.hours import holidays
from flow_editor.hours.hours import OpeningHours
from flow_editor.things.serving import serve

blueprint = APIBlueprint("hours", __name__, url_prefix="/api")
serve(blueprint, OpeningHours())


class Trial(BaseModel):
    """What would callers get at this time (on the clock there) by these hours, saved or not?"""

    model_config = ConfigDict(extra="forbid")

    calendar: Calendar
    location: str | None = None
    zone: str | None = None
    at: datetime


class TrialAnswer(BaseModel):
    zone: str
    at: datetime
    state: Opening
    until: datetime | None
    reason: str


@blueprint.post("/hours/trial")
@needs(Permission.SEE_SETUP)
@blueprint.input(Trial)
@blueprint.output(TrialAnswer)
def trial(json_data: Trial) -> TrialAnswer:
    """What callers would get at a time."""
    asked = json_data
    with editor().database.read() as session:
        zone = zone_of(session, asked.location, None if asked.zone is None else known(asked.zone).key)
    at = asked.at if asked.at.tzinfo else starts_at(asked.at, zone)
    answer = asked.calendar.at(at, zone)
    return TrialAnswer(zone=zone.key, at=at, state=answer.state, until=answer.until, reason=answer.reason)


@blueprint.get("/holidays")
@needs(Permission.SEE_SETUP)
@blueprint.output(holidays.Countries)
def countries() -> holidays.Countries:
    """Countries and regions whose holidays are known."""
    return holidays.countries(language())


@blueprint.get("/holidays/<country>")
@needs(Permission.SEE_SETUP)
@blueprint.output(holidays.HolidayList)
def of_country(country: str) -> holidays.HolidayList:
    """The holidays of a country (`?region=`) in this year and the next."""
    return holidays.days(country, request.args.get("region") or None, datetime.now(UTC).year)

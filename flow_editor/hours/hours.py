"""Opening hours as staff fill them in: the week, holidays, special days, days that end otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import Field
from sqlalchemy.orm import Session

from controller.flows.clinic import Opening
from controller.flows.hours import Calendar
from controller.store.models import Hours
from controller.store.zones import zone_of
from flow_editor.hours.zones import checked
from flow_editor.things.thing import Form, Line, Thing, basics


class HoursForm(Form):
    """`zone` counts only without a location; neither: the organisation's."""

    name: str = Field(min_length=1, max_length=200)
    location: str | None = None
    zone: str | None = Field(default=None, max_length=64)
    calendar: Calendar = Field(default_factory=Calendar)


class HoursLine(Line):
    """What they say of this moment, until when, and in whose time (`zone`)."""

    zone: str
    state: Opening
    until: datetime | None
    reason: str


class OpeningHours(Thing[Hours, HoursForm, HoursLine]):
    path = "hours"
    row = Hours
    form = HoursForm
    line = HoursLine

    def lines(self, session: Session, rows: Sequence[Hours]) -> list[HoursLine]:
        now = datetime.now(UTC)
        found = []
        for row in sorted(rows, key=lambda row: row.name.casefold()):
            zone = zone_of(session, row.location_id, row.zone)
            answer = row.calendar.at(now, zone)
            found.append(
                HoursLine(
                    **basics(row, self.changes),
                    zone=zone.key,
                    state=answer.state,
                    until=answer.until,
                    reason=answer.reason,
                )
            )
        return found

    def read(self, session: Session, row: Hours) -> HoursForm:
        return HoursForm(name=row.name, location=row.location_id, zone=row.zone, calendar=row.calendar)

    def write(self, session: Session, row: Hours, form: HoursForm) -> None:
        row.name, row.location_id, row.calendar = form.name, form.location, form.calendar
        row.zone = checked(form.zone) if form.location is None else None

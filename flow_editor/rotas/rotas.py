"""On-call rotas as staff fill them in: steps of escalation, turns, shifts, swaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.rotas import Member, Plan
from controller.store.models import Person, Phone, Rota
from controller.store.zones import zone_of
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.hours.zones import checked
from flow_editor.things.numbers import typed
from flow_editor.things.thing import Form, Line, Thing, basics

GAPS_AHEAD = timedelta(days=14)


def dialled(plan: Any) -> Any:
    """A plan with its numbers outside in E.164, however people wrote them. Raises Refusal for what is no number."""
    if isinstance(plan, list):
        return [dialled(item) for item in plan]
    if not isinstance(plan, dict):
        return plan
    read = {name: dialled(value) for name, value in plan.items()}
    if isinstance(read.get("number"), str):
        read["number"] = typed(read["number"], "plan")
    return read


TypedPlan: TypeAlias = Annotated[Plan, BeforeValidator(dialled, json_schema_input_type=Plan)]


class RotaForm(Form):
    """`zone` counts only without a location; neither: the organisation's."""

    name: str = Field(min_length=1, max_length=200)
    location: str | None = None
    zone: str | None = Field(default=None, max_length=64)
    plan: TypedPlan = Field(default_factory=Plan)


class RotaLine(Line):
    """Who is on call now, step by step; `gaps`: how often nobody is in the next 14 days."""

    zone: str
    now: list[list[str]]
    until: datetime | None
    gaps: int


class Rotas(Thing[Rota, RotaForm, RotaLine]):
    path = "rotas"
    row = Rota
    form = RotaForm
    line = RotaLine

    def lines(self, session: Session, rows: Sequence[Rota]) -> list[RotaLine]:
        now = datetime.now(UTC)
        roster = Roster(session)
        found = []
        for row in sorted(rows, key=lambda row: row.name.casefold()):
            zone = zone_of(session, row.location_id, row.zone)
            first, *others = row.plan.periods(now, now + GAPS_AHEAD, zone)
            gaps = row.plan.gaps(now, now + GAPS_AHEAD, zone, roster.reachable)
            found.append(
                RotaLine(
                    **basics(row, self.changes),
                    zone=zone.key,
                    now=[[roster.name(member) for member in step] for step in first.steps],
                    until=first.end if others else None,
                    gaps=len(gaps),
                )
            )
        return found

    def read(self, session: Session, row: Rota) -> RotaForm:
        return RotaForm(name=row.name, location=row.location_id, zone=row.zone, plan=row.plan)

    def write(self, session: Session, row: Rota, form: RotaForm) -> None:
        wanted = {member.person for member in form.plan.members() if member.person}
        missing = wanted - set(session.scalars(select(Person.id).where(Person.id.in_(wanted))))
        before = {member.person for member in row.plan.members()} if row.plan is not None else set()
        if missing - before:
            text = T("Somebody you chose is not here any more. Take them out and save again.")
            raise Refusal(text, fields={"plan": text})
        row.name, row.location_id, row.plan = form.name, form.location, form.plan
        row.zone = checked(form.zone) if form.location is None else None


class Roster:
    """What members of rotas are called, and who can be reached."""

    def __init__(self, session: Session) -> None:
        self._names: dict[str, str] = {row.id: row.name for row in session.execute(select(Person.id, Person.name))}
        self._phones = set(session.scalars(select(Phone.person_id).distinct()))

    def name(self, member: Member) -> str:
        """A person's name now, a service's as written."""
        if member.person is None:
            return member.name or str(member.number)
        return self._names.get(member.person, member.name)

    def reachable(self, member: Member) -> bool:
        """Whether they have a telephone."""
        return member.number is not None or member.person in self._phones

"""Queues as staff fill them in: who answers, in which order, when others help out, and the rules of waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.clinic import Opening
from controller.queues.rules import QueueRules
from controller.store.models import Hours, Phone, Queue, QueueTeam, Team, TeamMember
from controller.store.zones import zone_of
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.thing import Form, Line, Thing, basics, named


def _ordered(rules: Any) -> Any:
    """Rules as they were typed, with the steps of relaxation in the order of their times."""
    if not isinstance(rules, dict) or not isinstance(rules.get("relaxation"), list):
        return rules
    steps = rules["relaxation"]
    if not all(isinstance(step, dict) and isinstance(step.get("after_seconds"), int) for step in steps):
        return rules
    by_time = {step["after_seconds"]: step for step in steps}
    return {**rules, "relaxation": [by_time[after] for after in sorted(by_time)]}


TypedRules: TypeAlias = Annotated[QueueRules, BeforeValidator(_ordered, json_schema_input_type=QueueRules)]


class QueueTeamForm(BaseModel):
    """A team that answers. `joins_after`: it helps out only while callers would wait longer than that (seconds); none:
    always. `leaves_below`: it leaves again when they would wait less than that."""

    model_config = ConfigDict(extra="forbid")

    team: str
    joins_after: int | None = Field(default=None, ge=1, le=14400)
    leaves_below: int | None = Field(default=None, ge=0, le=14400)


class QueueForm(Form):
    """`hours`: none, always open. `callback_hours`: none, as the queue is open. `teams`: in the order in which they answer."""

    name: str = Field(max_length=200)
    location: str | None = None
    hours: str | None = None
    callback_hours: str | None = None
    teams: list[QueueTeamForm] = Field(default_factory=list, max_length=50)
    rules: TypedRules = Field(default_factory=QueueRules)


class QueueLine(Line):
    """`teams`: who always answers; `helpers`: who helps out; `people`: how many of the former can be rung. `hours`: what it
    is open by; `open`: now."""

    teams: list[str]
    helpers: list[str]
    people: int
    hours: str
    open: bool


class Queues(Thing[Queue, QueueForm, QueueLine]):
    path = "queues"
    row = Queue
    form = QueueForm
    line = QueueLine

    def lines(self, session: Session, rows: Sequence[Queue]) -> list[QueueLine]:
        answering = _Answering(session)
        hours = {row.id: row for row in session.scalars(select(Hours))}
        found = []
        for row in sorted(rows, key=lambda row: row.name.casefold()):
            of_it = hours.get(row.hours_id or "")
            always = [it.team_id for it in row.teams if it.joins_after is None]
            found.append(
                QueueLine(
                    **basics(row, self.changes),
                    teams=[answering.names[it.team_id] for it in row.teams if it.joins_after is None],
                    helpers=[answering.names[it.team_id] for it in row.teams if it.joins_after is not None],
                    people=len({person for team in always for person in answering.people.get(team, ())}),
                    hours=of_it.name if of_it else "",
                    open=of_it is None or _open(session, of_it),
                )
            )
        return found

    def read(self, session: Session, row: Queue) -> QueueForm:
        return QueueForm(
            name=row.name,
            location=row.location_id,
            hours=row.hours_id,
            callback_hours=row.callback_hours_id,
            teams=[
                QueueTeamForm(team=it.team_id, joins_after=it.joins_after, leaves_below=it.leaves_below)
                for it in row.teams
            ],
            rules=row.rules,
        )

    def write(self, session: Session, row: Queue, form: QueueForm) -> None:
        row.name, row.location_id, row.rules = named(form.name), form.location, form.rules
        row.hours_id, row.callback_hours_id = form.hours, form.callback_hours
        wanted = {given.team: given for given in reversed(form.teams)}
        known = set(session.scalars(select(Team.id).where(Team.id.in_(wanted))))
        if missing := [id for id in wanted if id not in known]:
            text = T("A team you chose is not here any more. Take it out and save again.")
            raise Refusal(text, fields={"teams": text}, more={"missing": missing})
        there = {it.team_id: it for it in row.teams}
        teams = []
        for position, given in enumerate(reversed(wanted.values())):
            answers = there.get(given.team) or QueueTeam(team_id=given.team)
            answers.position, answers.joins_after = position, given.joins_after
            answers.leaves_below = _leaves_below(given, f"teams.{form.teams.index(given)}")
            teams.append(answers)
        row.teams = teams


def _leaves_below(given: QueueTeamForm, field: str) -> int | None:
    """Half of the wait at which it joins, if nothing is said: a team must not come and go with every call."""
    if given.joins_after is None:
        return None
    if given.leaves_below is None:
        return given.joins_after // 2
    if given.leaves_below >= given.joins_after:
        text = T("A team that helps out must leave at a shorter wait than the one at which it comes.")
        raise Refusal(text, fields={field: text})
    return given.leaves_below


def _open(session: Session, hours: Hours) -> bool:
    zone = zone_of(session, hours.location_id, hours.zone)
    return hours.calendar.at(datetime.now(UTC), zone).state is Opening.OPEN


class _Answering:
    """Teams by id: their names, and those of their members who have a telephone."""

    def __init__(self, session: Session) -> None:
        self.names: dict[str, str] = dict(session.execute(select(Team.id, Team.name)).all())
        self.people: dict[str, set[str]] = {}
        reachable = select(TeamMember.team_id, TeamMember.person_id).where(
            TeamMember.person_id.in_(select(Phone.person_id).where(Phone.person_id.is_not(None)))
        )
        for team, person in session.execute(reachable):
            self.people.setdefault(team, set()).add(person)

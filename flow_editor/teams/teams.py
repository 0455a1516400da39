"""Teams: who belongs to each, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Person, Team, TeamMember
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.thing import Form, Line, Thing, basics, named


class TeamForm(Form):
    """`members`: ids of people, in the team's order."""

    name: str = Field(max_length=200)
    location: str | None = None
    members: list[str] = Field(default_factory=list, max_length=500)


class TeamLine(Line):
    """`members`: names, in the team's order."""

    members: list[str]


class Teams(Thing[Team, TeamForm, TeamLine]):
    path = "teams"
    row = Team
    form = TeamForm
    line = TeamLine

    def lines(self, session: Session, rows: Sequence[Team]) -> list[TeamLine]:
        members: dict[str, list[str]] = {}
        ordered = select(TeamMember.team_id, Person.name).join(Person).order_by(TeamMember.position, TeamMember.id)
        for team, name in session.execute(ordered):
            members.setdefault(team, []).append(name)
        return [
            TeamLine(**basics(row, self.changes), members=members.get(row.id, []))
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: Team) -> TeamForm:
        return TeamForm(name=row.name, location=row.location_id, members=[it.person_id for it in row.members])

    def write(self, session: Session, row: Team, form: TeamForm) -> None:
        row.name, row.location_id = named(form.name), form.location
        wanted = list(dict.fromkeys(form.members))
        known = set(session.scalars(select(Person.id).where(Person.id.in_(wanted))))
        if missing := [id for id in wanted if id not in known]:
            text = T("Somebody you chose is not here any more. Take them out and save again.")
            raise Refusal(text, fields={"members": text}, more={"missing": missing})
        there = {member.person_id: member for member in row.members}
        row.members = [there.get(id) or TeamMember(person_id=id) for id in wanted]
        for position, member in enumerate(row.members):
            member.position = position

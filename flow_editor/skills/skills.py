"""Skills as staff fill them in: who has one, and how well. The person's own page has the same from the other side."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Person, PersonSkill, Skill, new_id
from controller.texts import T
from flow_editor.editor import must
from flow_editor.errors import Refusal
from flow_editor.things.thing import Form, Line, Thing, basics, named


class SkilledForm(BaseModel):
    """Somebody who has it; `level`: 1, a little, to 5, an expert."""

    model_config = ConfigDict(extra="forbid")

    person: str
    level: int = Field(default=3, ge=1, le=5)


class SkillForm(Form):
    """`people`: who has it, the best first."""

    name: str = Field(max_length=200)
    location: str | None = None
    people: list[SkilledForm] = Field(default_factory=list, max_length=1000)


class SkilledNow(BaseModel):
    name: str
    level: int


class SkillLine(Line):
    """`people`: who has it, the best first."""

    people: list[SkilledNow]


class Skills(Thing[Skill, SkillForm, SkillLine]):
    path = "skills"
    row = Skill
    form = SkillForm
    line = SkillLine
    goes_along = frozenset({PersonSkill.__tablename__})

    def lines(self, session: Session, rows: Sequence[Skill]) -> list[SkillLine]:
        people: dict[str, list[SkilledNow]] = {}
        ordered = select(PersonSkill.skill_id, Person.name, PersonSkill.level).join(Person)
        for skill, name, level in session.execute(ordered.order_by(PersonSkill.level.desc(), Person.name)):
            people.setdefault(skill, []).append(SkilledNow(name=name, level=level))
        return [
            SkillLine(**basics(row, self.changes), people=people.get(row.id, []))
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: Skill) -> SkillForm:
        had = select(PersonSkill).join(Person).where(PersonSkill.skill_id == row.id)
        return SkillForm(
            name=row.name,
            location=row.location_id,
            people=[
                SkilledForm(person=one.person_id, level=one.level)
                for one in session.scalars(had.order_by(PersonSkill.level.desc(), Person.name))
            ],
        )

    def new(self, form: SkillForm) -> Skill:
        return Skill(id=new_id())

    def write(self, session: Session, row: Skill, form: SkillForm) -> None:
        row.name, row.location_id = named(form.name), form.location
        wanted = {given.person: given.level for given in form.people}
        people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(wanted)))}
        if missing := [id for id in wanted if id not in people]:
            text = T("Somebody you chose is not here any more. Take them out and save again.")
            raise Refusal(text, fields={"people": text}, more={"missing": missing})
        there = {one.person_id: one for one in _had(session, row)}
        for id, one in there.items():
            if id not in wanted:
                must(self.changes, one.person.location_id)
                one.person.skills.remove(one)
        for id, level in wanted.items():
            if id in there and there[id].level == level:
                continue
            must(self.changes, people[id].location_id)
            if id in there:
                there[id].level = level
            else:
                people[id].skills.append(PersonSkill(skill=row, level=level))

    def deleting(self, session: Session, row: Skill) -> None:
        for one in _had(session, row):
            session.delete(one)  # one by one: so it is kept who had it, for whoever wants it back
        session.flush()


def _had(session: Session, row: Skill) -> list[PersonSkill]:
    return list(session.scalars(select(PersonSkill).where(PersonSkill.skill_id == row.id)))

"""People: who they are, the phones on which they are reached, and, for those who manage accounts, how they sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.dialling import ALWAYS_EMERGENCY, emergency
from controller.store.models import (
    HeldRole,
    Person,
    PersonSkill,
    Phone,
    PhoneKind,
    Registration,
    Role,
    Skill,
    Team,
    TeamMember,
    new_id,
)
from controller.texts import T
from flow_editor.accounts import service
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import must, visitor
from flow_editor.errors import Refusal
from flow_editor.things.numbers import shown, typed
from flow_editor.things.thing import Form, Line, Thing, basics, country, named

INSIDE = (PhoneKind.DESK, PhoneKind.BROWSER)
"""Phones that sign in to the switch by an extension; the others are numbers outside."""
FIRST_EXTENSION = 201


class PhoneForm(BaseModel):
    """`id`: of one that is there. Desk phones and browsers have an extension (the next free one, if none is given), others a
    number."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    kind: PhoneKind = PhoneKind.DESK
    label: str = Field(default="", max_length=200)
    number: str = Field(default="", max_length=40)
    extension: str = Field(default="", max_length=6)


class RoleForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role
    location: str | None = None


class HadSkillForm(BaseModel):
    """What somebody can do; `level`: 1, a little, to 5, an expert."""

    model_config = ConfigDict(extra="forbid")

    skill: str
    level: int = Field(default=3, ge=1, le=5)


class PersonForm(Form):
    """`phones`: in the order in which they ring. `email` and `roles` take the permission to manage accounts."""

    name: str = Field(max_length=200)
    location: str | None = None
    languages: list[str] = Field(default_factory=list, max_length=20)
    available: bool = True
    skills: list[HadSkillForm] = Field(default_factory=list, max_length=100)
    phones: list[PhoneForm] = Field(default_factory=list, max_length=20)
    email: str = Field(default="", max_length=200)
    roles: list[RoleForm] = Field(default_factory=list, max_length=50)


class PhoneNow(BaseModel):
    """A phone as it is. `signed_in`: whether, and since when, it has signed in to the switch; none for a number outside."""

    id: str
    kind: PhoneKind
    label: str
    reached_at: str
    signed_in: bool | None
    since: datetime | None


class PersonLine(Line):
    """`signs_in`: whether they have chosen a password; `invited`: whether they could."""

    languages: list[str]
    available: bool
    phones: list[PhoneNow]
    teams: list[str]
    email: str
    signs_in: bool


class People(Thing[Person, PersonForm, PersonLine]):
    path = "people"
    row = Person
    form = PersonForm
    line = PersonLine

    def lines(self, session: Session, rows: Sequence[Person]) -> list[PersonLine]:
        since = dict(session.execute(select(Registration.sip_user, Registration.since)).all())
        phones: dict[str, list[PhoneNow]] = {}
        for phone in session.scalars(select(Phone).order_by(Phone.position, Phone.id)):
            phones.setdefault(phone.person_id or "", []).append(_now(phone, since))
        teams: dict[str, list[str]] = {}
        for person, team in session.execute(select(TeamMember.person_id, Team.name).join(Team).order_by(Team.name)):
            teams.setdefault(person, []).append(team)
        return [
            PersonLine(
                **basics(row, self.changes),
                languages=row.languages,
                available=row.available,
                phones=phones.get(row.id, []),
                teams=teams.get(row.id, []),
                email=row.email or "",
                signs_in=row.password_hash is not None,
            )
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: Person) -> PersonForm:
        return PersonForm(
            name=row.name,
            location=row.location_id,
            languages=row.languages,
            available=row.available,
            skills=[
                HadSkillForm(skill=one.skill_id, level=one.level)
                for one in sorted(row.skills, key=lambda one: one.skill.name.casefold())
            ],
            phones=[
                PhoneForm(
                    id=phone.id,
                    kind=phone.kind,
                    label=phone.label,
                    number=shown(phone.number),
                    extension=phone.sip_user or "",
                )
                for phone in row.phones
            ],
            email=row.email or "",
            roles=[RoleForm(role=held.role, location=held.location_id) for held in _in_order(row.roles)],
        )

    def write(self, session: Session, row: Person, form: PersonForm) -> None:
        row.name, row.location_id, row.available = named(form.name), form.location, form.available
        row.languages = list(dict.fromkeys(form.languages))
        _write_skills(session, row, form.skills)
        _write_phones(session, row, form.phones)
        _write_account(session, row, form)

    def new(self, form: PersonForm) -> Person:
        return Person(id=new_id())

    def deleting(self, session: Session, row: Person) -> None:
        if row.id == visitor().person:
            raise Refusal(T("You cannot delete yourself. Ask somebody else who may."))
        for held in row.roles:
            must(Permission.MANAGE_ACCOUNTS, held.location_id)
        if row.email:
            must(Permission.MANAGE_ACCOUNTS, row.location_id)
        if [owner.id for owner in service.owners(session)] == [row.id]:
            raise Refusal(T("This is the only owner. Make somebody else an owner first."))


def _now(phone: Phone, since: dict[str, datetime]) -> PhoneNow:
    return PhoneNow(
        id=phone.id,
        kind=phone.kind,
        label=phone.label,
        reached_at=phone.sip_user or shown(phone.number),
        signed_in=phone.sip_user in since if phone.sip_user else None,
        since=since.get(phone.sip_user or ""),
    )


def _in_order(roles: Sequence[HeldRole]) -> list[HeldRole]:
    return sorted(roles, key=lambda held: (list(Role).index(held.role), held.location_id or ""))


def _write_phones(session: Session, row: Person, given: Sequence[PhoneForm]) -> None:
    there = {phone.id: phone for phone in row.phones}
    kept: list[Phone] = []
    taken: set[str] = set()
    for place, form in enumerate(given):
        field = f"phones.{place}"
        phone = there.get(form.id or "") or Phone(id=new_id(), kind=form.kind)
        inside = form.kind in INSIDE
        if not inside and emergency(form.number, country()):
            text = T("An emergency number cannot be somebody's phone.")
            raise Refusal(text, fields={field: text})
        number = None if inside else typed(form.number, field)
        if not inside and number is None:
            text = T("Please give the number of this phone.")
            raise Refusal(text, fields={field: text})
        extension = _extension(session, phone, form.extension.strip(), field, taken) if inside else None
        phone.kind, phone.label, phone.number, phone.sip_user = form.kind, form.label.strip(), number, extension
        phone.position, phone.location_id = place, row.location_id
        kept.append(phone)
    row.phones = kept


def _write_skills(session: Session, row: Person, given: Sequence[HadSkillForm]) -> None:
    wanted = {one.skill: one.level for one in given}
    known = set(session.scalars(select(Skill.id).where(Skill.id.in_(wanted))))
    if set(wanted) - known:
        text = T("A skill you chose is not here any more. Take it out and save again.")
        raise Refusal(text, fields={"skills": text})
    there = {one.skill_id: one for one in row.skills}
    kept = []
    for skill, level in wanted.items():
        one = there.get(skill) or PersonSkill(skill_id=skill)
        one.level = level
        kept.append(one)
    row.skills = kept


def _extension(session: Session, phone: Phone, given: str, field: str, taken: set[str]) -> str:
    """The extension given, or the next free one. Raises Refusal."""
    others = set(session.scalars(select(Phone.sip_user).where(Phone.sip_user.is_not(None), Phone.id != phone.id)))
    others |= taken
    if not given:
        given = next(
            str(number)
            for number in range(FIRST_EXTENSION, 1_000_000)
            if str(number) not in others and str(number) not in ALWAYS_EMERGENCY
        )
    text = None
    if not (given.isdecimal() and given.isascii() and 2 <= len(given) <= 6) and given != phone.sip_user:
        text = T("An extension has two to six digits.")
    elif given in ALWAYS_EMERGENCY or emergency(given, country()):
        text = T("This is an emergency number: choose another extension.")
    elif given in others:
        text = T("Another phone has this extension already.")
    if text is not None:
        raise Refusal(text, fields={field: text})
    taken.add(given)
    return given


def _write_account(session: Session, row: Person, form: PersonForm) -> None:
    email = form.email.strip().lower() or None
    before: set[tuple[Role, Any]] = {(held.role, held.location_id) for held in row.roles}
    wanted = {(given.role, given.location) for given in form.roles}
    if email == row.email and wanted == before:
        return
    for _, location in before ^ wanted:
        must(Permission.MANAGE_ACCOUNTS, location)
    if email != row.email:
        must(Permission.MANAGE_ACCOUNTS, None if any(at is None for _, at in before | wanted) else row.location_id)
    if email is not None and ("@" not in email or " " in email):
        text = T("Please give an e-mail address, such as anna@clinic.example.")
        raise Refusal(text, fields={"email": text})
    if wanted and email is None:
        text = T("Who signs in needs an e-mail address.")
        raise Refusal(text, fields={"email": text})
    owner = (Role.OWNER, None)
    if owner in before and owner not in wanted and [it.id for it in service.owners(session)] == [row.id]:
        text = T("This is the only owner. Make somebody else an owner first.")
        raise Refusal(text, fields={"roles": text})
    row.email = email
    there = {(held.role, held.location_id): held for held in row.roles}
    row.roles = [there.get(key) or HeldRole(role=key[0], location_id=key[1]) for key in wanted]
    if row.id and wanted != before:
        service.end_all(session, row.id)

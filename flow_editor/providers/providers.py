"""Providers as staff fill them in: the care team that takes their callers, and who covers while they are away. The calls
that they expect are not part of the form: who may say so need not be allowed to change anything else (routes.py). What is
over is shown no more, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows import providers
from controller.store.models import Absence, ContactList, ExpectedCall, Person, Phone, Provider, Queue, new_id
from controller.store.zones import zone_of
from controller.texts import T
from flow_editor.errors import Refusal
from flow_editor.things.numbers import shown, typed
from flow_editor.things.thing import Form, Line, Thing, basics, named

SHOWN = 2
"""Of a name's words, how many are shown as keys: the last name, and the first; callers may dial any."""
PutThrough = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]


class AbsenceForm(BaseModel):
    """`cover`: the provider whose care team takes their callers meanwhile; none: their own goes on doing so."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    begins: AwareDatetime
    ends: AwareDatetime
    cover: str | None = None


class ExpectedForm(BaseModel):
    """Who is put through: whoever calls from `number`, or is on `list`; with neither, whoever asks for the provider."""

    model_config = ConfigDict(extra="forbid")

    label: PutThrough = ""
    number: str = Field(default="", max_length=40)
    list: str | None = None
    until: AwareDatetime


class ProviderForm(Form):
    """`spoken`: the name as it is said, where it is not read as it is written. `person`: the provider as a member of staff."""

    name: str = Field(max_length=200)
    spoken: str = Field(default="", max_length=200)
    location: str | None = None
    person: str | None = None
    queue: str | None = None
    absences: list[AbsenceForm] = Field(default_factory=list, max_length=100)


class AwayNow(BaseModel):
    """`cover`: a provider's name; empty: nobody's, the own care team goes on."""

    until: datetime
    cover: str


class ExpectedNow(BaseModel):
    """`who`: as staff know them."""

    id: str
    who: str
    until: datetime


class ProviderLine(Line):
    """`queue`: of the care team, by name. `away`: none while they are here. `keys`: what callers press who dial by name.
    `reachable`: whether an expected call would ring anywhere; `zone`: in whose time they live."""

    zone: str
    queue: str
    person: str
    reachable: bool
    keys: list[str]
    away: AwayNow | None
    expected: list[ExpectedNow]


class Providers(Thing[Provider, ProviderForm, ProviderLine]):
    path = "providers"
    row = Provider
    form = ProviderForm
    line = ProviderLine

    def lines(self, session: Session, rows: Sequence[Provider]) -> list[ProviderLine]:
        now = datetime.now(UTC)
        queues: dict[str, str] = dict(session.execute(select(Queue.id, Queue.name)).all())
        lists: dict[str, str] = dict(session.execute(select(ContactList.id, ContactList.name)).all())
        phones = set(session.scalars(select(Phone.person_id).distinct()))
        people: dict[str, str] = dict(session.execute(select(Person.id, Person.name)).all())
        return [
            ProviderLine(
                **basics(row, self.changes),
                zone=zone_of(session, row.location_id).key,
                queue=queues.get(row.queue_id or "", ""),
                person=people.get(row.person_id or "", ""),
                reachable=row.person_id in phones,
                keys=providers.keys_of(row.name)[:SHOWN],
                away=_away(row, now),
                expected=[_expected(call, lists) for call in coming(row, now)],
            )
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: Provider) -> ProviderForm:
        now = datetime.now(UTC)
        return ProviderForm(
            name=row.name,
            spoken=row.spoken,
            location=row.location_id,
            person=row.person_id,
            queue=row.queue_id,
            absences=[
                AbsenceForm(id=it.id, begins=it.begins, ends=it.ends, cover=it.cover_id)
                for it in sorted(row.absences, key=lambda it: (it.begins, it.id))
                if it.ends > now
            ],
        )

    def new(self, form: ProviderForm) -> Provider:
        return Provider(id=new_id())

    def write(self, session: Session, row: Provider, form: ProviderForm) -> None:
        row.name, row.spoken, row.location_id = named(form.name), " ".join(form.spoken.split()), form.location
        row.person_id, row.queue_id = form.person, form.queue
        _write_absences(row, form.absences, datetime.now(UTC))


def coming(row: Provider, now: datetime) -> list[ExpectedCall]:
    """The calls that are still expected, the next to end first."""
    return sorted((it for it in row.expected if it.until > now), key=lambda it: (it.until, it.id))


def expected(given: ExpectedForm, now: datetime) -> ExpectedCall:
    """A row of what was filled in. Raises Refusal."""
    number = typed(given.number, "number")
    if number is not None and given.list is not None:
        text = T("Give a number or a list, not both.")
        raise Refusal(text, fields={"number": text})
    if given.until <= now:
        text = T("This time has passed already. Choose a later one.")
        raise Refusal(text, fields={"until": text})
    until = given.until.replace(microsecond=0)
    return ExpectedCall(id=new_id(), label=given.label, number=number, list_id=given.list, until=until)


def filled_in(row: ExpectedCall) -> ExpectedForm:
    """The form of which `expected` makes such a row again."""
    return ExpectedForm(label=row.label, number=shown(row.number), list=row.list_id, until=row.until)


def _write_absences(row: Provider, given: Sequence[AbsenceForm], now: datetime) -> None:
    there = {it.id: it for it in row.absences}
    kept = [it for it in row.absences if it.ends <= now]
    for place, form in enumerate(given):
        field = f"absences.{place}."
        if form.ends <= form.begins:
            text = T("The end must come after the beginning.")
            raise Refusal(text, fields={f"{field}ends": text})
        if form.cover == row.id:
            text = T("Nobody can stand in for themselves. Choose somebody else.")
            raise Refusal(text, fields={f"{field}cover": text})
        absence = there.get(form.id or "") or Absence(id=new_id())
        absence.begins, absence.ends = form.begins.replace(microsecond=0), form.ends.replace(microsecond=0)
        absence.cover_id = form.cover
        kept.append(absence)
    row.absences = list({it.id: it for it in kept}.values())


def _away(row: Provider, now: datetime) -> AwayNow | None:
    away: Any = next((it for it in row.absences if it.begins <= now < it.ends), None)
    return AwayNow(until=away.ends, cover=away.cover.name if away.cover else "") if away else None


def _expected(call: ExpectedCall, lists: dict[str, str]) -> ExpectedNow:
    who = call.label or shown(call.number) or lists.get(call.list_id or "", "")
    return ExpectedNow(id=call.id, who=who, until=call.until)

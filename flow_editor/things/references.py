"""What pickers offer: everything of a kind that flows can refer to; and making a new one by its name alone."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.document import REFERABLE
from controller.store.models import Location
from controller.store.snapshot import referable
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound, Refusal
from flow_editor.flows.references import empty


class Reference(BaseModel):
    """Something to choose. `location`: the id of the location that it belongs to, none for the whole organisation."""

    id: str
    name: str
    location: str | None = None


class References(BaseModel):
    """What there is to choose, by name. `title`: what one of them is called; `may_make`: whether a new one can be made."""

    noun: str
    title: str
    items: list[Reference]
    may_make: bool


class NewReference(BaseModel):
    """A thing to be made: it has its name, and staff fill in the rest on its page."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    location: str | None = Field(default=None, max_length=40)


def makes(noun: str) -> Permission:
    """What it takes to make a new one."""
    return Permission.DRAW_FLOWS if noun == "flow" else Permission.CHANGE_SETUP


def listed(noun: str, language: str) -> References:
    """Everything of a kind that whoever asks may see: what is theirs, and what belongs to the whole organisation."""
    table = _table(noun)
    where = visitor().where(Permission.SEE_FLOWS)
    at = table.id if table is Location else table.location_id
    with editor().database.read() as session:
        found = session.execute(select(table.id, table.name, at.label("at")).order_by(table.id)).all()
    rows = sorted(found, key=lambda row: row.name.casefold())
    items = [
        Reference(id=row.id, name=row.name, location=row.at)
        for row in rows
        if where is None or row.at is None or row.at in where
    ]
    may = visitor().may_somewhere(makes(noun))
    return References(noun=noun, title=REFERABLE[noun].title.render(language), items=items, may_make=may)


def made(noun: str, asked: NewReference) -> Reference:
    """Make one, empty. Raises Refusal when it cannot be, and when there is one of that name already."""
    table = _table(noun)
    must(makes(noun), asked.location)
    name = " ".join(asked.name.split())
    if not name:
        text = T("Please give it a name.")
        raise Refusal(text, fields={"name": text})

    def work(session: Session) -> Reference:
        if session.scalar(select(table.id).where(table.name == name).limit(1)) is not None:
            text = T("There is one with this name already.")
            raise Refusal(text, status=409, fields={"name": text})
        row: Any = empty(noun, name)
        if asked.location is not None:
            if session.get(Location, asked.location) is None:
                raise NotFound
            if noun != "location":
                row.location_id = asked.location
        session.add(row)
        session.flush()
        return Reference(id=row.id, name=row.name, location=row.id if table is Location else asked.location)

    return editor().database.transact(work, visitor().person)


def _table(noun: str) -> Any:
    found = referable().get(noun)
    if found is None:
        raise NotFound
    return found

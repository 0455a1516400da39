"""What a set-up page is about, said once for each kind: its table, the form staff fill in, the line it has in a list.

From this come the routes (serving.py), the history in words, where one is used, and what a change would do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Base, Kept, Location
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import editor, visitor
from flow_editor.errors import Refusal


class Form(BaseModel):
    """What staff fill in: whole, each time."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, given: Any) -> Any:
        return without_nul(given)


def without_nul(given: Any) -> Any:
    """The same without the one sign that a database's texts cannot have."""
    if isinstance(given, str):
        return given.replace("\0", "")
    if isinstance(given, dict):
        return {without_nul(key): without_nul(value) for key, value in given.items()}
    return [without_nul(value) for value in given] if isinstance(given, list) else given


class Line(BaseModel):
    """What a list shows of a thing. `location`: the id of the one it belongs to; none: to the whole organisation.

    `may_change`: whether whoever asks may."""

    id: str
    name: str
    location: str | None
    may_change: bool


K = TypeVar("K", bound=Kept)
F = TypeVar("F", bound=Form)
L = TypeVar("L", bound=Line)


class Thing(Generic[K, F, L]):
    """One kind of thing that staff set up. `path`: how its addresses begin; also what its models are called in the API."""

    path: ClassVar[str]
    row: type[K]
    form: type[F]
    line: type[L]
    goes_along: ClassVar[frozenset[str]] = frozenset()
    """Tables whose rows refer to it and simply go with it when it is deleted: nobody has to be asked about them."""
    sees: ClassVar[Permission] = Permission.SEE_SETUP
    changes: ClassVar[Permission] = Permission.CHANGE_SETUP

    def lines(self, session: Session, rows: Sequence[K]) -> list[L]:
        """The rows as a list shows them, in the order in which it does."""
        raise NotImplementedError

    def find(self, session: Session, search: str) -> Sequence[K]:
        """The rows that a list is made of; of a kind with very many, the first that have `search` in them."""
        return session.scalars(select(self.row)).all()

    def read(self, session: Session, row: K) -> F:
        """The form as it is filled in now."""
        raise NotImplementedError

    def write(self, session: Session, row: K, form: F) -> None:
        """Put what was filled in into the row, and into what it owns. The row of a new thing is in the session already, and
        not yet in SQL. Raises Refusal with the fields that are wrong."""
        raise NotImplementedError

    def new(self, form: F) -> K:
        """A row to be written."""
        return self.row()

    def deleting(self, session: Session, row: K) -> None:
        """What else goes before the row does. Raises Refusal for one that must stay."""


ALL: dict[str, Thing[Any, Any, Any]] = {}
"""Every kind that has pages, by its table's name (serving.py puts them here)."""


@cache
def models() -> dict[str, Any]:
    """Every model by its table's name."""
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}


def location_of(row: Any) -> str | None:
    """To which location a row belongs; None: to the whole organisation."""
    return row.id if isinstance(row, Location) else getattr(row, "location_id", None)


def may_see(permission: Permission, location: str | None) -> bool:
    """Whether whoever asks may look at what belongs there: what belongs to all is seen by whoever may see anything."""
    where = visitor().where(permission)
    return where is None or (visitor().may_somewhere(permission) if location is None else location in where)


def basics(row: Any, changes: Permission) -> dict[str, Any]:
    """What every line says of a row."""
    location = location_of(row)
    return {
        "id": row.id,
        "name": row.known_as,
        "location": location,
        "may_change": visitor().may(changes, location),
    }


def named(given: str, field: str = "name") -> str:
    """A name as it was typed, without spaces too many. Raises Refusal for none."""
    name = " ".join(given.split())
    if not name:
        text = T("Please give it a name.")
        raise Refusal(text, fields={field: text})
    return name


def country() -> str:
    """The country (ISO 3166) in whose way telephone numbers are read here."""
    return editor().config.country

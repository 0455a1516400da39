"""Where rows refer to another, and turning them: by the foreign keys of the schema, and by what the values of documents
within rows (rotas) and of preferences say they refer to. No list of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Column, Table, UniqueConstraint, func, select, update
from sqlalchemy.orm import Session

from controller.store.models import Base, Flow, Kept, Preference
from controller.store.models.base import Document as DocumentColumn
from controller.store.snapshot import REFERRING
from controller.texts import T, Text
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import must
from flow_editor.things.thing import location_of, models
from flow_editor.things.use import Use


@dataclass
class _Found:
    """The rows of a table that refer to a thing by one of its columns."""

    table: Table
    column: Column[Any]
    model: type[Any] | None
    rows: list[Any] = field(default_factory=list)
    count: int = 0


def uses(session: Session, table: str, id: str, but: frozenset[str]) -> Iterator[Use]:
    """The rows that refer to a row, each once. `but`: tables whose rows do not count."""
    seen: set[tuple[str, str]] = set()
    for place in _referring(session, table, id):
        if place.table.name in but:
            continue
        if place.model is None and place.count:
            yield Use(place.table.name, "", _plural(place.table.name), "", count=place.count)
        for row in place.rows:
            whole = _whole(session, row)
            itself = whole.__tablename__ == table and whole.id == id
            if not itself and (whole.__tablename__, whole.id) not in seen:
                seen.add((whole.__tablename__, whole.id))
                yield _use(whole)
    for row in [*_in_documents(session, table, id), *_in_preferences(session, table, id)]:
        if (row.__tablename__, row.id) not in seen:
            seen.add((row.__tablename__, row.id))
            yield _use(row)


def turn(session: Session, table: str, old: str, new: str) -> None:
    """Have every row refer to another one. Raises NotAllowed where whoever asks may not change what does."""
    noun, name = noun_of(table), name_of(session, table, new)
    for place in _referring(session, table, old):
        if place.model is None:
            session.execute(update(place.table).where(place.column == old).values({place.column.name: new}))
            continue
        for row in place.rows:
            whole = _whole(session, row)
            if whole.__tablename__ == table and whole.id == old:
                continue
            must(_permission(whole), location_of(whole))
            if _there_already(session, place, row, new):
                session.delete(row)
            else:
                setattr(row, place.column.key, new)
            session.flush()
    for row in _in_documents(session, table, old):
        must(Permission.CHANGE_SETUP, location_of(row))
        for column in _documents(row):
            setattr(row, column.key, _replaced(getattr(row, column.key), noun or "", old, {"id": new, "name": name}))
    for row in _in_preferences(session, table, old):
        must(Permission.CHANGE_SETUP, row.location_id)
        row.value = new
    session.flush()


def _referring(session: Session, table: str, id: str) -> list[_Found]:
    """Every column of the schema that refers to a table, with the rows that refer to this row.

    Of tables without a history only those whose rows would stay when it goes, counted."""
    found = []
    tables = models()
    for one in Base.metadata.sorted_tables:
        for key in one.foreign_keys:
            if key.column.table.name != table:
                continue
            model = tables[one.name]
            if issubclass(model, Kept):
                rows = session.scalars(select(model).where(key.parent == id).order_by(model.id)).all()
                found.append(_Found(one, key.parent, model, list(rows)))
            elif key.ondelete != "CASCADE":
                count = session.scalar(select(func.count()).select_from(one).where(key.parent == id)) or 0
                found.append(_Found(one, key.parent, None, count=count))
    return found


def _whole(session: Session, row: Any) -> Any:
    """What a row is a part of: a phone's person."""
    while row.owner is not None and (owner := getattr(row, row.owner)) is not None:
        (key,) = row.__table__.c[row.owner].foreign_keys
        row = session.get_one(models()[key.column.table.name], owner)
    return row


def _use(row: Any) -> Use:
    return Use(row.__tablename__, row.id, row.title(), row.known_as, location_of(row))


def _permission(row: Any) -> Permission:
    return Permission.PUBLISH_FLOWS if isinstance(row, Flow) else Permission.CHANGE_SETUP


def _there_already(session: Session, place: _Found, row: Any, new: str) -> bool:
    """Whether there may be only one such row, and there is one for the new thing: somebody is in the team already."""
    alone = [it.columns.values() for it in place.table.constraints if isinstance(it, UniqueConstraint)]
    alone += [it.columns.values() for it in place.table.indexes if it.unique]
    for columns in alone:
        if any(column is place.column for column in columns):
            same = [column == getattr(row, column.key) for column in columns if column is not place.column]
            if session.scalar(select(place.table.c.id).where(place.column == new, *same).limit(1)) is not None:
                return True
    return False


def noun_of(table: str) -> str | None:
    """What flows call the rows of a table; None for what they cannot refer to."""
    noun: str | None = getattr(models()[table], "noun", None)
    return noun


def name_of(session: Session, table: str, id: str) -> str:
    """What a row is known as."""
    return str(session.get_one(models()[table], id).known_as)


def _plural(table: str) -> Text:
    return {"messages": T("messages"), "flow_versions": T("versions"), "links": T("links")}.get(table, Text(table))


# -- documents within rows: rotas name people


def _documents(row: Any) -> list[Column[Any]]:
    return [column for column in row.__table__.columns if isinstance(column.type, DocumentColumn)]


def _in_documents(session: Session, table: str, id: str) -> Iterator[Any]:
    noun = noun_of(table)
    if noun is None:
        return
    for model in models().values():
        if issubclass(model, Kept) and _documents(model):
            for row in session.scalars(select(model).order_by(model.id)):
                if any(_refers(getattr(row, column.key), noun, id) for column in _documents(row)):
                    yield row


def _in_preferences(session: Session, table: str, id: str) -> list[Preference]:
    keys = [key for key, noun in REFERRING.items() if noun == noun_of(table)]
    found = session.scalars(select(Preference).where(Preference.key.in_(keys)).order_by(Preference.id))
    return [row for row in found if row.value == id]


def _refers(value: Any, noun: str, id: str) -> bool:
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            inner = getattr(value, name)
            if inner == id and isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("x-ref") == noun:
                return True
            if _refers(inner, noun, id):
                return True
        return False
    if isinstance(value, dict):
        return any(_refers(inner, noun, id) for inner in value.values())
    return isinstance(value, list | tuple) and any(_refers(inner, noun, id) for inner in value)


def _replaced(value: Any, noun: str, old: str, new: dict[str, str]) -> Any:
    """The same value with its references turned, and the name beside each."""
    if isinstance(value, BaseModel):
        changed = {}
        for name, info in type(value).model_fields.items():
            inner = getattr(value, name)
            extra = info.json_schema_extra
            here = inner == old and isinstance(extra, dict) and extra.get("x-ref") == noun
            turned = new["id"] if here else _replaced(inner, noun, old, new)
            if turned is not inner:
                changed[name] = turned
            if here and "name" in type(value).model_fields:
                changed["name"] = new["name"]
        return value.model_copy(update=changed) if changed else value
    if isinstance(value, dict):
        turned_values = {key: _replaced(inner, noun, old, new) for key, inner in value.items()}
        return turned_values if any(turned_values[key] is not value[key] for key in value) else value
    if isinstance(value, tuple):
        items = tuple(_replaced(inner, noun, old, new) for inner in value)
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value

"""Making, changing and deleting what staff set up, and the way back: whoever was slower is told what changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.store import clock, history, publications
from controller.store.models import Base, Change, Flow, HeldRole, Kept, Location, Person
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import language, must, visitor
from flow_editor.errors import Conflict, NotAllowed, NotFound, Refusal
from flow_editor.things import uses
from flow_editor.things.in_flows import Turned
from flow_editor.things.thing import Form, Thing, location_of, may_see, models
from flow_editor.things.use import Use
from flow_editor.things.words import Telling

SHOWN = 100
"""Changes that a history shows."""


@dataclass(frozen=True)
class Entry:
    """One change in a history. `undo`: whether it can be undone as things are now."""

    change: str
    at: datetime
    who: str
    what: tuple[str, ...]
    undo: bool
    revision: int


@dataclass(frozen=True)
class Done:
    """What was done. `change`: by which it can be undone; empty when everything was so already."""

    id: str
    revision: int
    change: str


# -- one thing


def get(session: Session, thing: Thing[Any, Any, Any], id: str, *, lock: bool = False) -> Any:
    """The row, for whoever may see it. Raises NotFound."""
    row = session.get(thing.row, id, with_for_update=lock or None)
    if row is None or not may_see(thing.sees, location_of(row)):
        raise NotFound
    return row


def revision(session: Session, thing: Thing[Any, Any, Any], id: str) -> int:
    """Goes up with every change of a thing or of what is a part of it."""
    return session.scalar(select(func.max(Change.id)).where(_of(thing.row, id))) or 0


def create(session: Session, thing: Thing[Any, Any, Any], form: Form) -> Any:
    """A new row, in SQL. Raises Refusal."""
    row = thing.new(form)
    session.add(row)
    with session.no_autoflush:
        thing.write(session, row, form)
        if not isinstance(row, Location):
            must(thing.changes, location_of(row))
        elif visitor().where(thing.changes) is not None:
            raise NotAllowed  # nobody's role is for a location that is not there yet
        _alone(session, row)
    session.flush()
    return row


def change(session: Session, thing: Thing[Any, Any, Any], id: str, form: Form) -> Any:
    """The row with what was filled in. Raises Refusal."""
    row = get(session, thing, id, lock=True)
    must(thing.changes, location_of(row))
    with session.no_autoflush:
        thing.write(session, row, form)
        must(thing.changes, location_of(row))  # also where it goes
        _alone(session, row)
    session.flush()
    return row


def unchanged_since(session: Session, thing: Thing[Any, Any, Any], id: str, seen: int) -> None:
    """Raises Conflict, with what has changed since `seen`."""
    get(session, thing, id, lock=True)
    current = revision(session, thing, id)
    if current == seen:
        return
    entries = [entry for entry in of_one(session, thing, id) if entry.revision > seen]
    who = ", ".join(dict.fromkeys(entry.who for entry in entries))
    text = T("{who} has changed this meanwhile. Nothing of yours has been saved yet.", who=who)
    meanwhile = [{"who": it.who, "at": it.at.isoformat(), "what": list(it.what)} for it in entries]
    raise Conflict(text, more={"revision": current, "meanwhile": meanwhile})


def delete(
    session: Session, thing: Thing[Any, Any, Any], id: str, *, replace_by: str | None = None, keep: bool = False
) -> list[Turned]:
    """Delete a row; where it is used, another one is put in its place first. `keep`: only put the other in its place.

    Returns the versions that flows have got by that: whoever calls sees to it that they are fit for callers (proving.py).
    Raises Conflict for one that is used, with where.
    """
    turned: list[Turned] = []
    row = get(session, thing, id, lock=True)
    must(thing.changes, location_of(row))
    if replace_by is not None:
        if replace_by == id:
            raise Refusal(T("Please choose another one to put in its place."))
        get(session, thing, replace_by)
        turned = uses.replace(session, thing.row.__tablename__, id, replace_by, uses.now(), visitor().person)
    if keep:
        return turned
    found = used_by(session, thing, id)
    if found:
        raise _in_use(row.known_as, found)
    thing.deleting(session, row)
    session.expire(row)
    session.delete(row)
    session.flush()
    return turned


def _in_use(name: str, found: Sequence[Use]) -> Conflict:
    text = T("“{name}” is used in {count} places. Put another one in its place, or take it out there first.",
             name=name, count=len(found))  # fmt: skip
    return Conflict(text, more={"used_by": [told(use) for use in found]})


def used_by(session: Session, thing: Thing[Any, Any, Any], id: str) -> list[Use]:
    """Where it is used."""
    return uses.uses(session, thing.row.__tablename__, id, but=thing.goes_along)


def told(use: Use) -> dict[str, Any]:
    """A use as it goes to a browser (schemas.UseOut)."""
    return {
        "kind": use.kind,
        "id": use.id,
        "what": use.what.render(language()),
        "name": use.name,
        "at": list(use.at),
        "count": use.count,
    }


def _alone(session: Session, row: Any) -> None:
    """Raises Refusal where something must be there only once, and another one has it: a name, a number, an extension."""
    table = row.__table__
    for column in table.columns:
        value = getattr(row, column.key)
        if column.unique and value is not None:
            other = select(table.c.id).where(column == value, table.c.id != (row.id or "")).limit(1)
            if session.scalar(other) is not None:
                text = T("There is one with this {field} already.", field=column.info["title"])
                raise Refusal(text, status=409, fields={column.key: text})


# -- histories


def of_one(session: Session, thing: Thing[Any, Any, Any], id: str) -> list[Entry]:
    """What became of one thing and of its parts, newest first."""
    return _entries(session, _of(thing.row, id), lambda row: id)


def of_all(session: Session, thing: Thing[Any, Any, Any]) -> list[Entry]:
    """What became of all things of a kind, newest first; also of those that are not there any more."""
    where = visitor().where(thing.sees)
    mine = Change.entity == thing.row.__tablename__
    if where is not None:
        mine &= (Change.location_id.is_(None)) | Change.location_id.in_(where)
    return _entries(session, mine, lambda row: row.entity_id, named=True)


def _of(model: type[Any], id: str) -> ColumnElement[bool]:
    parts = [one.__tablename__ for one in _parts(model)]
    own = and_(Change.entity == model.__tablename__, Change.entity_id == id)
    for one in _shown_with(model):
        named = [state[one.shown_with].as_string() == id for state in (Change.before, Change.after)]
        own |= and_(Change.entity == one.__tablename__, or_(*named))
    return own | and_(Change.owner_id == id, Change.entity.in_(parts)) if parts else own


def _shown_with(model: type[Any]) -> list[type[Any]]:
    """The models of which this one's history tells, too, though their rows are parts of others."""
    found = []
    for mapper in Base.registry.mappers:
        one: Any = mapper.class_
        if issubclass(one, Kept) and one.shown_with is not None:
            (key,) = one.__table__.c[one.shown_with].foreign_keys
            if key.column.table.name == model.__tablename__:
                found.append(one)
    return found


def _parts(model: type[Any]) -> list[type[Any]]:
    """The models whose rows are parts of this one's."""
    found = []
    for mapper in Base.registry.mappers:
        one: Any = mapper.class_
        if issubclass(one, Kept) and one.owner is not None:
            (key,) = one.__table__.c[one.owner].foreign_keys
            if key.column.table.name == model.__tablename__:
                found.append(one)
    return found


def _entries(
    session: Session, where: ColumnElement[bool], of: Callable[[Change], str], *, named: bool = False
) -> list[Entry]:
    rows = session.scalars(select(Change).where(where).order_by(Change.id.desc()).limit(SHOWN * 5)).all()
    changes: dict[str, list[Change]] = {}
    for row in rows:
        changes.setdefault(row.change, []).append(row)
    telling = Telling(session, language())
    entries = []
    for id, kept in list(changes.items())[:SHOWN]:
        # Itself before its parts; of these, what came before what went.
        kept.sort(key=lambda row: (row.owner_id is not None, row.before is not None, row.after is None, row.id))
        what = []
        for row in kept:
            name = f"{telling.name(row.entity, row.entity_id)}: " if named else ""
            what += [name + sentence for sentence in telling.sentences(row, of(row))]
        who = telling.who(kept[0].who)
        entries.append(Entry(id, kept[0].at, who, tuple(what), _last_of_all(session, id), max(row.id for row in kept)))
    return [entry for entry in entries if entry.what]


def _last_of_all(session: Session, change: str) -> bool:
    """Whether none of its rows has been changed again."""
    other = Change.__table__.alias()
    mine = Change.__table__
    later = (
        select(mine.c.id)
        .join(other, (other.c.entity == mine.c.entity) & (other.c.entity_id == mine.c.entity_id))
        .where(mine.c.change == change, other.c.change != change, other.c.id > mine.c.id)
        .limit(1)
    )
    return session.scalar(later) is None


def undo(session: Session, change: str) -> None:
    """Undo a change, with all that was changed in it. Raises NotFound, NotAllowed, Conflict."""
    rows = session.scalars(select(Change).where(Change.change == change)).all()
    if not rows:
        raise NotFound
    by_row = {(row.entity, row.entity_id): row for row in rows}
    for permission, location in {(_permission(row), at) for row in rows for at in _places(session, row, by_row)}:
        must(permission, location)
    try:
        history.undo(session, change)
    except history.ChangedSince as since:
        raise Conflict(
            T("This cannot be undone any more: it has been changed again since, or something new depends on it.")
        ) from since
    except IntegrityError as error:
        raise Conflict(
            T(
                "This cannot be undone as things are now: there is another one of this name, or something it needs is gone."
            )
        ) from error
    for row in rows:
        if row.entity != Flow.__tablename__:
            continue
        if row.before is None and (found := uses.uses(session, row.entity, row.entity_id)):
            name = str((row.after or {}).get("name"))
            raise _in_use(name, found)  # no foreign key says so
        if row.after is None:
            publications.resume(session, row.entity_id, clock.now(session.connection()))


def go_back(session: Session, thing: Thing[Any, Any, Any], id: str, to: str) -> None:
    """Undo everything that was done to a thing after a change, newest first. Raises NotFound, NotAllowed, Conflict."""
    for entry in of_one(session, thing, id):
        if entry.change == to:
            return
        undo(session, entry.change)
    raise NotFound


def _permission(row: Change) -> Permission:
    """What it takes to undo this."""
    if row.entity == Flow.__tablename__:
        return Permission.PUBLISH_FLOWS
    before, after = row.before or {}, row.after or {}
    if row.entity == HeldRole.__tablename__:
        return Permission.MANAGE_ACCOUNTS
    if row.entity == Person.__tablename__ and before.get("email") != after.get("email"):
        return Permission.MANAGE_ACCOUNTS
    return Permission.CHANGE_SETUP


def _places(session: Session, row: Change, others: Mapping[tuple[str, str], Change]) -> set[str | None]:
    """The locations that a changed row belonged to and belongs to; a part belongs where its whole does. `others`: what was
    changed together with it."""
    if row.entity == Location.__tablename__:
        return {row.entity_id}
    model = models().get(row.entity)
    if model is not None and model.owner is not None and row.owner_id is not None:
        (key,) = model.__table__.c[model.owner].foreign_keys
        whole = others.get((key.column.table.name, row.owner_id))
        if whole is not None:
            return _places(session, whole, others)
        found = session.get(models()[key.column.table.name], row.owner_id)
        return {location_of(found) if found is not None else None}
    return {state.get("location_id") for state in (row.before, row.after) if state is not None}

"""What staff change is kept: each row before and after, in the same transaction, and a way back.

Happens by itself for every `Kept` row changed through a writing session; statements that change rows without the ORM are
for what is not staff's (calls, counters).
"""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Column, Table, event, insert, inspect, orm, select
from sqlalchemy.orm import UOWTransaction

from controller.store import notices
from controller.store.models.base import Base, Document, Kept, UTCDateTime, Word, new_id
from controller.store.models.changes import Change
from controller.store.models.flows import FlowVersion


class VersionsNeverChange(Exception):
    """A flow's version was about to be changed or deleted."""


class ChangedSince(Exception):
    """A change cannot be undone: a row of it has been changed again, or something new depends on it."""

    def __init__(self, entity: str, entity_id: str) -> None:
        super().__init__(f"{entity} {entity_id} has been changed since")
        self.entity = entity
        self.entity_id = entity_id


class Session(orm.Session):
    """A writing session: `info["who"]` says who acts; everything it changes is one change."""


def undo(session: orm.Session, change: str) -> str:
    """Put every row of a change back as it was before; returns the id of the change that did so (it can be undone too).

    Raises LookupError when there is no such change, and ChangedSince, having written nothing that outlives the transaction.
    """
    kept = session.scalars(select(Change).where(Change.change == change).order_by(Change.id)).all()
    if not kept:
        raise LookupError(f"no change {change!r}")
    session.info["undoes"] = change
    # A row that changed more than once within the change goes from its last state straight to its first.
    first: dict[tuple[str, str], dict[str, Any] | None] = {}
    last: dict[tuple[str, str], dict[str, Any] | None] = {}
    for row in kept:
        first.setdefault((row.entity, row.entity_id), row.before)
        last[row.entity, row.entity_id] = row.after
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    keys = sorted(first, key=lambda key: order[key[0]])
    for key in keys:
        if _row(session, _kept_tables()[key[0]].__table__, key[1]) != last[key]:  # type: ignore[arg-type]
            raise ChangedSince(*key)
        if first[key] is None and _depended_on(session, *key, besides=first):
            raise ChangedSince(*key)
    for key in keys:  # what others refer to comes back first ...
        if last[key] is None and (before := first[key]) is not None:
            kind = _kept_tables()[key[0]]
            session.add(kind(**_loaded(kind.__table__, before)))  # type: ignore[arg-type]
            session.flush()
    for key in keys:
        if last[key] is not None and (before := first[key]) is not None:
            kind = _kept_tables()[key[0]]
            found = session.get_one(kind, key[1])
            for name, value in _loaded(kind.__table__, before).items():  # type: ignore[arg-type]
                setattr(found, name, value)
            session.flush()
    for key in reversed(keys):  # ... and goes last
        if first[key] is None and last[key] is not None:
            gone = session.get_one(_kept_tables()[key[0]], key[1])
            session.refresh(gone)
            session.delete(gone)
            session.flush()
    return str(session.info["change"])


def _kept_tables() -> dict[str, type[Base]]:
    kinds: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return {kind.__tablename__: kind for kind in kinds if issubclass(kind, Kept)}


def _depended_on(session: orm.Session, entity: str, id: str, besides: Container[tuple[str, str]]) -> bool:
    """Whether any row refers to this one that is not among those to be put back with it."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == entity:
                referring = session.scalars(select(table.c.id).where(key.parent == id))
                if any((table.name, other) not in besides for other in referring):
                    return True
    return False


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.info.get("history", True)]


def _row(session: orm.Session, table: Table, id: str) -> dict[str, Any] | None:
    """A row as SQL has it now, as JSON."""
    with session.no_autoflush:
        found = session.execute(select(*_columns(table)).where(table.c.id == id)).mappings().one_or_none()
    return None if found is None else {name: _dumped(value) for name, value in found.items()}


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _loaded(table: Table, state: dict[str, Any]) -> dict[str, Any]:
    """A row's values from its JSON. A column that has been dropped since is left out; a new one takes its default."""
    values = {}
    for column in _columns(table):
        if column.name not in state:
            continue
        value = state[column.name]
        if value is not None:
            if isinstance(column.type, Document):
                value = column.type.model.model_validate(value)
            elif isinstance(column.type, UTCDateTime):
                value = datetime.fromisoformat(value)
            elif isinstance(column.type, Word):
                value = column.type.words(value)
        values[column.name] = value
    return values


def _kept(instances: Iterable[Any]) -> list[Kept]:
    return [instance for instance in instances if isinstance(instance, Kept)]


@event.listens_for(Session, "before_flush")
def _remember(session: Session, context: UOWTransaction, instances: object) -> None:
    """Read the rows about to change as SQL has them: memory may be older than what another controller wrote."""
    for version in (*session.dirty, *session.deleted):
        if isinstance(version, FlowVersion) and (version in session.deleted or session.is_modified(version)):
            raise VersionsNeverChange(version.id)
    changing: dict[Kept, dict[str, Any] | None] = dict.fromkeys(_kept(session.new))
    gone = _kept(session.deleted)
    for instance in (*[i for i in _kept(session.dirty) if session.is_modified(i)], *gone):
        changing[instance] = _row(session, inspect(instance).mapper.local_table, instance.id)
    session.info.setdefault("changing", {}).update(changing)
    session.info.setdefault("gone", set()).update(gone)


@event.listens_for(Session, "after_flush")
def _write(session: Session, context: UOWTransaction) -> None:
    changing: dict[Kept, dict[str, Any] | None] = session.info.pop("changing", {})
    gone: set[Kept] = session.info.pop("gone", set())
    rows = []
    for instance, before in changing.items():
        # What a collection lets go of, and cannot be without one, is deleted by the flush itself.
        if context.states.get(inspect(instance), (False, False))[0]:
            gone.add(instance)
        table: Table = inspect(instance).mapper.local_table
        after = None if instance in gone else {c.name: _dumped(getattr(instance, c.key)) for c in _columns(table)}
        if after == before:
            continue
        rows.append(
            {
                "change": session.info.setdefault("change", new_id()),
                "entity": table.name,
                "entity_id": instance.id,
                "owner_id": (after or before or {}).get(instance.owner) if instance.owner else None,
                "location_id": (after or before or {}).get("location_id"),
                "before": before,
                "after": after,
                "who": session.info.get("who", ""),
                "at": datetime.now(UTC),
                "undoes": session.info.get("undoes"),
            }
        )
        notices.tell(session, table.name, instance.id)
    if rows:
        session.connection().execute(insert(Change), rows)

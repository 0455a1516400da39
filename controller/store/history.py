"""What staff change is kept: each row before and after, in the same transaction, and a way back.

Happens by itself for every `Kept` row changed through a writing session; statements that change rows without the ORM are
for what is not staff's (calls, counters).
"""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Column, Table, event, insert, inspect, orm, select
from sqlalchemy.orm import UOWTransaction

from controller.store import notices
from controller.store.models.base import Base, Document, Kept, UTCDateTime, Word, new_id
from controller.store.models.changes import Change
from controller.store.models.flows import FlowVersion

BATCH = 500
"""Rows that SQL is asked for at a time."""


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
    kinds = _kept_tables()
    for entity, of_it in groupby(keys, lambda key: key[0]):
        ids = [id for _, id in of_it]
        now = _rows(session, kinds[entity].__table__, ids)  # type: ignore[arg-type]
        for id in ids:
            if now.get(id) != last[entity, id]:
                raise ChangedSince(entity, id)
        made = [id for id in ids if first[entity, id] is None]
        if (needed := _depended_on(session, entity, made, besides=first)) is not None:
            raise ChangedSince(entity, needed)
    for _, back in groupby(keys, lambda key: key[0]):  # what others refer to comes back first ...
        for key in back:
            if last[key] is None and (before := first[key]) is not None:
                kind = kinds[key[0]]
                session.add(kind(**_loaded(kind.__table__, before)))  # type: ignore[arg-type]
        session.flush()
    for key in keys:
        if last[key] is not None and (before := first[key]) is not None:
            kind = kinds[key[0]]
            found = session.get_one(kind, key[1])
            for name, value in _loaded(kind.__table__, before).items():  # type: ignore[arg-type]
                setattr(found, name, value)
            session.flush()
    for entity, gone in groupby(reversed(keys), lambda key: key[0]):  # ... and goes last
        wanted = [key[1] for key in gone if first[key] is None and last[key] is not None]
        table: Any = kinds[entity]
        # What goes with it is asked for in one go, too.
        parts = [orm.selectinload(getattr(table, it.key)) for it in inspect(table).relationships if it.cascade.delete]
        for some in _batches(wanted):
            query = select(table).where(table.id.in_(some)).options(*parts).execution_options(populate_existing=True)
            for row in session.scalars(query).all():
                session.delete(row)
        session.flush()
    return str(session.info["change"])


def _kept_tables() -> dict[str, type[Base]]:
    kinds: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return {kind.__tablename__: kind for kind in kinds if issubclass(kind, Kept)}


def _depended_on(
    session: orm.Session, entity: str, ids: Sequence[str], besides: Container[tuple[str, str]]
) -> str | None:
    """Of these rows, one that some row refers to which is not among those to be put back with it."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name != entity:
                continue
            for some in _batches(ids):
                referring = select(table.c.id, key.parent).where(key.parent.in_(some))
                for other, id in session.execute(referring):
                    if (table.name, other) not in besides:
                        return str(id)
    return None


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many ids at a time as one question to SQL bears."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.info.get("history", True)]


def _rows(session: orm.Session, table: Table, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Rows as SQL has them now, as JSON, by id."""
    found = {}
    with session.no_autoflush:
        for some in _batches(ids):
            for row in session.execute(select(*_columns(table)).where(table.c.id.in_(some))).mappings():
                found[str(row["id"])] = {name: _dumped(value) for name, value in row.items()}
    return found


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
    there: dict[Table, list[Kept]] = {}
    for instance in (*[i for i in _kept(session.dirty) if session.is_modified(i)], *gone):
        there.setdefault(inspect(instance).mapper.local_table, []).append(instance)
    for table, instances_of in there.items():
        before = _rows(session, table, [instance.id for instance in instances_of])
        changing.update((instance, before.get(instance.id)) for instance in instances_of)
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

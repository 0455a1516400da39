"""The demo taken away in one change: everything that the demo made (seed.WHO) and that is still as it made it.

What somebody has changed stays, and so does whatever that, or anything of the clinic's own, refers to. The person who asks
stays too. A mailbox in which callers have left messages stays: what a caller said is nothing to be thrown away by the way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.flows.document import references
from controller.flows.registry import UnknownKind, make
from controller.store.models import Base, Change, Flow, HeldRole, Kept, Message, Preference, Rota
from controller.store.seed import WHO
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.preferences.service import DEFAULT_FLOW
from flow_editor.things import in_flows

Key = tuple[str, str]
"""A table and a row's id."""


@dataclass(frozen=True)
class Leftover:
    """What is there of the demo: `goes`, the rows that one click takes away; `stays`, the names of those it leaves."""

    goes: list[Any]
    stays: list[str]


def leftover(session: Session, asking: Visitor) -> Leftover:
    """What of the demo is still there. Who may not manage accounts leaves the people who sign in."""
    rows = {_key(row): row for model in _kept_models() for row in session.scalars(select(model))}
    made, lost = _history(session)
    wholes = {key: _whole(row) for key, row in rows.items()}
    parts: dict[Key, list[Key]] = {}
    for key, whole in wholes.items():
        parts.setdefault(whole, []).append(key)
    # A part that is not as the demo made it, or is gone, makes its whole one that somebody has changed.
    touched = {wholes[key] for key in rows if not made.get(key)} | {key for key in rows if key[1] in lost}
    touched |= {("mailboxes", box) for box in session.scalars(select(Message.mailbox_id).distinct())}
    touched.add(("people", asking.person))
    if not asking.may(Permission.MANAGE_ACCOUNTS):
        touched |= {
            wholes[key] for key, row in rows.items() if isinstance(row, HeldRole) or getattr(row, "email", None)
        }
    stays: set[Key] = set()
    ahead = list(touched)
    while ahead:
        whole = ahead.pop()
        if whole in stays:
            continue
        stays.add(whole)
        ahead += [other for part in parts.get(whole, ()) for other in _referred(session, rows[part])]
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    goes = sorted((key for key in rows if wholes[key] not in stays), key=lambda key: -order[key[0]])
    names = {str(rows[key].known_as) for key in made if key in rows and wholes[key] == key and key in stays}
    names.discard(asking.name)
    return Leftover([rows[key] for key in goes], sorted(names, key=str.casefold))


def remove(session: Session, asking: Visitor) -> Leftover:
    """Take it away. Returns what went, and what stays."""
    found = leftover(session, asking)
    for row in found.goes:
        if row in session:  # others went with what they were a part of
            session.delete(row)
            session.flush()
    return found


def _kept_models() -> list[type[Any]]:
    models: list[type[Any]] = [mapper.class_ for mapper in Base.registry.mappers]
    return [model for model in models if issubclass(model, Kept)]


def _key(row: Any) -> Key:
    return row.__tablename__, row.id


def _history(session: Session) -> tuple[dict[Key, bool], set[str]]:
    """Every row that the demo made, and whether it is still as the demo left it; and the ids of those that lost a part."""
    left: dict[Key, Any] = {}
    latest: dict[Key, Any] = {}
    owners: dict[Key, str] = {}
    of_demo = select(Change.entity_id).where(Change.who == WHO)
    kept = select(Change.entity, Change.entity_id, Change.owner_id, Change.who, Change.after)
    for change in session.execute(kept.where(Change.entity_id.in_(of_demo)).order_by(Change.id)):
        key = (change.entity, change.entity_id)
        latest[key] = change.after
        if change.owner_id is not None:
            owners[key] = change.owner_id
        if change.who == WHO:
            left[key] = change.after
    lost = {owner for key, owner in owners.items() if latest[key] is None and left[key] is not None}
    return {key: latest[key] == after for key, after in left.items()}, lost


def _whole(row: Any) -> Key:
    """What a row is a part of; itself, if of nothing."""
    owner = None if row.owner is None else getattr(row, row.owner)
    if owner is None:
        return _key(row)
    (foreign,) = row.__table__.c[row.owner].foreign_keys
    return foreign.column.table.name, owner


def _referred(session: Session, row: Any) -> Iterator[Key]:
    """What a row refers to: by foreign keys, in a flow's documents, in a rota's plan."""
    for column in row.__table__.columns:
        value = getattr(row, column.key)
        for foreign in column.foreign_keys:
            if value is not None:
                yield foreign.column.table.name, value
    if isinstance(row, Rota):
        yield from (("people", member.person) for member in row.plan.members() if member.person)
    elif isinstance(row, Preference) and row.key == DEFAULT_FLOW:
        yield "flows", str(row.value)
    elif isinstance(row, Flow):
        tables = {model.noun: model.__tablename__ for model in _kept_models() if model.noun}
        for document in in_flows.documents(session, row):
            for drawn in document.nodes.values():
                with contextlib.suppress(UnknownKind, ValueError):
                    yield from ((tables[ref.noun()], ref.id) for _, ref in references(make(drawn.kind, drawn.settings)))

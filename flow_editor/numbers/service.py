"""Numbers that patients dial: which flow answers, at which location, and who is rung when no controller does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.engine import Database
from controller.store.models import Flow, Location, Number
from controller.telephone import e164


class NoSuchThing(LookupError):
    """Nothing has the name that was given; the message says what and which."""


@dataclass(frozen=True)
class NumberRow:
    """A number as lists show it."""

    number: str
    flow: str | None
    location: str | None
    backup: str | None
    live: bool


def put_on_flow(
    database: Database,
    number: str,
    *,
    flow: str,
    location: str | None = None,
    backup: str | None = None,
    region: str | None = None,
    who: str,
) -> NumberRow:
    """Have `flow` answer `number`; the number is made if it is new, and keeps what is not given if it is not.

    Raises NotATelephoneNumber and NoSuchThing.
    """
    dialled = e164(number, region)
    backup = e164(backup, region) if backup else None

    def work(session: Session) -> NumberRow:
        flow_row = _named(session, Flow, "flow", flow)
        row = session.scalar(select(Number).where(Number.number == dialled)) or Number(number=dialled)
        row.flow_id = flow_row.id
        location_row = _named(session, Location, "location", location) if location else None
        if location_row is not None:
            row.location_id = location_row.id
        if backup is not None:
            row.backup = backup
        session.add(row)
        session.flush()
        return _row(session, row)

    return database.transact(work, who)


def listed(database: Database) -> list[NumberRow]:
    """Every number, in order."""
    with database.read() as session:
        return [_row(session, row) for row in session.scalars(select(Number).order_by(Number.number))]


def _row(session: Session, row: Number) -> NumberRow:
    flow = session.get(Flow, row.flow_id) if row.flow_id else None
    location = session.get(Location, row.location_id) if row.location_id else None
    return NumberRow(
        row.number,
        flow.name if flow else None,
        location.name if location else None,
        row.backup,
        bool(flow and flow.live_version_id),
    )


Named = TypeVar("Named", Flow, Location)


def _named(session: Session, table: type[Named], what: str, name: str) -> Named:
    found: Named | None = session.scalar(select(table).where(table.name == name))
    if found is None:
        names = ", ".join(repr(known) for known in session.scalars(select(table.name).order_by(table.name)).all())
        raise NoSuchThing(f"there is no {what} named {name!r}; there is {names or 'none yet'}")
    return found

"""The database's clock: times that several machines act by go by it, so that the machines' own need not agree."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select


def now(connection: Connection) -> datetime:
    """The time by the database's clock; the embedded one has this machine's."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)

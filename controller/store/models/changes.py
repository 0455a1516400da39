"""What staff changed (history), and short notices that something has (SQLite's side of the bus)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base

_COUNTED = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only in an INTEGER


class Change(Base):
    """One row before and after. `change` is shared by all rows of one transaction: they are undone together.

    `before` is empty for a row that was made, `after` for one that was deleted. Never written but by history.py.
    """

    __tablename__ = "history"
    __table_args__ = (
        Index(None, "entity", "entity_id", "id"),
        Index(None, "owner_id", "id"),
        Index(None, "change"),
        Index(None, "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    change: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[str | None] = mapped_column(String(40))
    """The row of which this one is a part (Kept.owner)."""
    location_id: Mapped[str | None] = mapped_column(String(40))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    who: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    undoes: Mapped[str | None] = mapped_column(String(40))
    """The change that this one undid."""


class NoticeRow(Base):
    """A notice on the embedded database; PostgreSQL has NOTIFY. Ids are never used twice, also after pruning."""

    __tablename__ = "notices"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    topic: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]

"""Calls and the steps they took: written by the journal (store/journal.py), several times a call, so narrow.

No foreign keys: a call outlives whatever it refers to, and a check for each row would cost more than the row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class CallRecord(Base):
    """A call; `id` is its channel's UUID. Live while `ended_at` is empty: then `node`, `phase`, `bookmark` say where it is.

    `version_id` is the version it began on, `at_version_id` the one it is in now (a subflow's, perhaps).
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index(None, "number_id", "began_at"),
        Index(None, "location_id", "began_at"),
        Index(None, "caller", "began_at"),
        # The live ones are few among many; no column that moves with the call is in it, so moving touches no index.
        Index(
            "ix_calls_live",
            "began_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"postgresql_with": {"fillfactor": 70}},  # room for a call's moves beside it
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(index=True)
    caller: Mapped[str | None] = mapped_column(String(64))
    caller_name: Mapped[str] = mapped_column(String(200), default="")
    dialled: Mapped[str] = mapped_column(String(64))
    number_id: Mapped[str | None] = mapped_column(String(40))
    location_id: Mapped[str | None] = mapped_column(String(40))
    flow_id: Mapped[str | None] = mapped_column(String(40))
    version_id: Mapped[str | None] = mapped_column(String(40))
    switch: Mapped[str] = mapped_column(String(120))
    controller: Mapped[str] = mapped_column(String(120))
    test: Mapped[bool] = mapped_column(default=False)

    at_version_id: Mapped[str | None] = mapped_column(String(40))
    node: Mapped[str | None] = mapped_column(String(40))
    step: Mapped[int] = mapped_column(default=0)
    phase: Mapped[str] = mapped_column(String(40), default="")
    bookmark: Mapped[str | None] = mapped_column(Text)
    moved_at: Mapped[datetime | None]

    ended_at: Mapped[datetime | None]
    ending: Mapped[str | None] = mapped_column(String(24))
    cause: Mapped[str] = mapped_column(String(120), default="")


class CallStep(Base):
    """A node that a call went through. Kept in the order of its key (SQLite: no second copy of it)."""

    __tablename__ = "call_steps"
    __table_args__ = ({"sqlite_with_rowid": False},)

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version_id: Mapped[str] = mapped_column(String(40))
    node: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime]
    exit: Mapped[str] = mapped_column(String(60))
    notes: Mapped[list[dict[str, Any]] | None]
    error: Mapped[str | None] = mapped_column(String(500))


class CallVariable(Base):
    """A call's variable that is too large for its bookmark."""

    __tablename__ = "call_variables"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[str] = mapped_column(Text)

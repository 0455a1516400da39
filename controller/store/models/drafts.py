"""Flows being drawn: the updates of their Yjs documents, and who is drawing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class Draft(Base):
    """What is being drawn of a flow; one a flow. What was drawn is in its updates.

    `seq` counts its updates, and its row is locked by whoever adds one. `epoch` goes up when the draft is begun anew, by an
    upgrade of its format: what a browser has kept of an earlier epoch does not fit any more.
    """

    __tablename__ = "drafts"

    flow_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """No foreign key: a flow whose deletion is undone has its draft again."""
    epoch: Mapped[int] = mapped_column(default=1)
    format: Mapped[int]
    seq: Mapped[int] = mapped_column(default=0)
    base_version_id: Mapped[str | None] = mapped_column(String(40))
    """The version it was drawn from; empty for one drawn from nothing."""
    changed: Mapped[bool] = mapped_column(default=False)
    """Whether it differs from the version it was drawn from, as of the last look."""
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None] = mapped_column(String(40))
    """The person who changed it last."""


class DraftUpdate(Base):
    """One update of a draft, as its browser sent it; the first may be many in one (compaction). Never changed."""

    __tablename__ = "draft_updates"

    flow_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    update: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(String(40))
    """The person who drew it; empty for the program itself."""


class DraftPresence(Base):
    """A browser that has a draft open: for the editor processes that it is not connected to, and for the list of flows.

    A process renews the rows of its browsers; one that has not been renewed for a while is of a process that died.
    """

    __tablename__ = "draft_presence"

    client: Mapped[str] = mapped_column(String(40), primary_key=True)
    flow_id: Mapped[str] = mapped_column(String(40), index=True)
    process: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[dict[str, Any]]
    """Where their pointer is and what they have selected (flow_editor/drafts/schemas.py)."""
    seen_at: Mapped[datetime]

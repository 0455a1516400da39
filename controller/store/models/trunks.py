"""Telephone lines: by which gateway of the switch calls leave."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Kept, titled
from controller.texts import T


class Trunk(Kept, Base):
    """`gateway`: its name on the switch, whose environment holds the secrets; `position`: which is tried first."""

    __tablename__ = "trunks"
    __table_args__ = (Index(None, "location_id", "position"),)
    noun: ClassVar = "trunk"

    name: Mapped[str] = mapped_column(String(200), unique=True, info=titled(T("name")))
    gateway: Mapped[str] = mapped_column(String(64), info=titled(T("name on the switch")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), info=titled(T("location")))
    position: Mapped[int] = mapped_column(default=0, info=titled(T("place in the order")))
    enabled: Mapped[bool] = mapped_column(default=True, info=titled(T("in use")))

"""Recorded prompts."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Kept


class Prompt(Kept, Base):
    """`recordings`: file by language, under the data folder; `text`: what is spoken when there is none, by language."""

    __tablename__ = "prompts"
    noun: ClassVar = "prompt"

    name: Mapped[str] = mapped_column(String(200))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True)
    recordings: Mapped[dict[str, str]] = mapped_column(default=dict)
    text: Mapped[dict[str, str]] = mapped_column(default=dict)

"""Recorded prompts."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Kept, titled
from controller.texts import T


class Prompt(Kept, Base):
    """`recordings`: file by language, under the data folder; `text`: what is spoken when there is none, by language."""

    __tablename__ = "prompts"
    noun: ClassVar = "prompt"

    name: Mapped[str] = mapped_column(String(200), info=titled(T("name")))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    recordings: Mapped[dict[str, str]] = mapped_column(default=dict, info=titled(T("recordings")))
    text: Mapped[dict[str, str]] = mapped_column(default=dict, info=titled(T("text")))

"""Preferences: small values that staff set, for the organisation or for one location."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base, Kept, titled
from controller.texts import T

KNOWN = {
    "announcement": T("the day's announcement"),
    "languages": T("the languages that callers are offered"),
    "organisation": T("the name of the organisation"),
    "set_up_skipped": T("steps of setting up left aside"),
    "default_flow": T("the default line"),
    "dial_rules": T("where calls may go"),
    "emergency_sentence": T("the sentence about emergencies"),
    "dispatch_lines": T("emergency dispatch lines"),
    "interpreter_lines": T("interpreter lines"),
    "pause_reasons": T("reasons for a pause"),
    "zone": T("time zone"),
}


class Preference(Kept, Base):
    """`value`: any JSON. Without a location it holds for the organisation."""

    __tablename__ = "preferences"
    called: ClassVar = T("preference")
    __table_args__ = (
        # NULLs are all different in a unique index, so the organisation's keys need an index of their own.
        Index(
            "uq_preferences_key",
            "key",
            unique=True,
            sqlite_where=text("location_id IS NULL"),
            postgresql_where=text("location_id IS NULL"),
        ),
        Index("uq_preferences_key_location_id", "key", "location_id", unique=True),
    )

    @property
    def known_as(self) -> str:
        """What staff call it; its key, for those that they never see by themselves."""
        return str(KNOWN.get(self.key, self.key))

    key: Mapped[str] = mapped_column(String(120))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"), index=True, info=titled(T("location")))
    value: Mapped[Any] = mapped_column(JSON, info=titled(T("value")))

"""What every table shares: ids, times, JSON documents, and which rows keep a history. Knows no table."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import JSON, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from controller.flows.document import REFERABLE
from controller.telephone import E164, NotATelephoneNumber
from controller.texts import Text

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_RANDOM_BITS = 36
_last = 0
_guard = threading.Lock()


def new_id() -> str:
    """A new row's id: 16 characters, sortable by the time it was made (44 bits of milliseconds, 36 of chance)."""
    global _last
    made = time.time_ns() // 1_000_000 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    with _guard:
        # Two ids of one process never sort against their order, even within a millisecond or when the clock steps back.
        _last = made = made if made > _last else _last + 1
    return "".join(_ALPHABET[made >> shift & 31] for shift in range(75, -1, -5))


class UTCDateTime(TypeDecorator[datetime]):
    """A moment. Refuses datetimes without a zone, and always gives UTC; SQLite stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Telephone(TypeDecorator[str]):
    """A telephone number in E.164; refuses anything else (telephone.e164 makes it)."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and not E164.fullmatch(value):
            raise NotATelephoneNumber(f"not in E.164: {value!r}")
        return value


M = TypeVar("M", bound=BaseModel)


class Document(TypeDecorator[M], Generic[M]):
    """A pydantic model as JSON. Models are frozen: a change is a new value, so SQLAlchemy sees it."""

    impl = JSON
    cache_ok = True

    def __init__(self, model: type[M]) -> None:
        super().__init__()
        self.model = model

    def process_bind_param(self, value: M | None, dialect: Dialect) -> Any:
        return None if value is None else value.model_dump(mode="json", exclude_defaults=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> M | None:
        return None if value is None else self.model.model_validate(value)


W = TypeVar("W", bound=StrEnum)


class Word(TypeDecorator[W], Generic[W]):
    """A StrEnum as its value: readable in SQL, and a new member needs no migration."""

    impl = String(24)
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: W | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> W | None:
        return None if value is None else self.words(value)


class Base(DeclarativeBase):
    """Constraint names are fixed, so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(none_as_null=True),
        dict[str, str]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
    }


class Kept:
    """Mixin of what staff change: every change is kept in `history`, told on the bus, and can be undone (history.py).

    A column with UNKEPT is left out: secrets, and what changes with every call. Those with a title (`titled`) are what staff
    set; the others say where a row belongs.
    """

    noun: ClassVar[str | None] = None
    """What a flow's reference calls it (flows.document.Referable.noun), when a flow can refer to it by name."""
    called: ClassVar[Text | None] = None
    """What staff call such a thing, where no flow can refer to it."""
    owner: ClassVar[str | None] = None
    """The column that says of which other row this one is a part: a phone is its person's, in its history too."""

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=new_id)

    shown_with: ClassVar[str | None] = None
    """A column that says of which further row the history tells of this one too: who has a skill, the skill's."""

    @property
    def known_as(self) -> str:
        """What staff know it by: its name."""
        return str(getattr(self, "name", ""))

    @classmethod
    def title(cls) -> Text:
        """What staff call such a thing."""
        return REFERABLE[cls.noun].title if cls.noun else (cls.called or Text(cls.__name__))


UNKEPT = {"history": False}


def titled(title: Text) -> dict[str, Any]:
    """A column's `info`: what staff call it, in a history."""
    return {"title": title}


def known_zone(zone: str | None) -> str | None:
    """`zone` when it is an IANA name that this machine knows (tzdata comes along). Raises ZoneInfoNotFoundError, ValueError."""
    if zone is not None:
        ZoneInfo(zone)
    return zone

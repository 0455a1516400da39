"""Test calls: what is tried (a draft, as it was when the call was made), and what was said, pressed and answered in them.

A test call is a call like any other in `calls` too, marked as a test; what is here is only of interest for a while, and removed
after it (store/test_calls.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from controller.choices import Choices
from controller.store.models.base import Base, Word
from controller.texts import T


class WebServices(Choices):
    """What a test call's flow gets from web services."""

    ANSWER = "answer", T("They answer, with nothing in it")
    FAIL = "fail", T("They fail")
    ASK = "ask", T("Really ask them")


class TestCall(Base):
    """What a test call walks, and as of when. `id` also stands for the version walked, in `calls` and `call_steps`.

    `at`: the moment at which hours and rotas are asked when the call begins; `hours`: opening hours taken to be in a state,
    whatever the time. `who`: the person who made it. `call_id`: the call's id once it has been made.
    """

    __tablename__ = "test_calls"
    __test__: ClassVar = False  # not one of pytest's

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    flow_id: Mapped[str] = mapped_column(String(40))
    document: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    dialled: Mapped[str] = mapped_column(String(64), default="")
    caller: Mapped[str | None] = mapped_column(String(64))
    caller_name: Mapped[str] = mapped_column(String(200), default="")
    hours: Mapped[dict[str, str]]
    web_services: Mapped[WebServices] = mapped_column(Word(WebServices), default=WebServices.ANSWER)
    who: Mapped[str] = mapped_column(String(40))
    began_at: Mapped[datetime] = mapped_column(index=True)
    call_id: Mapped[str | None] = mapped_column(String(64))


class TestCallEvent(Base):
    """Something that happened in a test call, in order: `kind` is one of testcalls.events.Kind, `detail` as it says."""

    __tablename__ = "test_call_events"
    __test__: ClassVar = False

    test_call_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(24))
    node: Mapped[str] = mapped_column(String(40))
    step: Mapped[int]
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]

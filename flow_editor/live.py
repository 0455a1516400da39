"""Socket.IO: connections and rooms only. Each feature owns its events, as pydantic models, in its `events.py`.

    @event("drafts.join", needs=Permission.SEE_FLOWS)
    def join(asked: Join) -> Joined: ...

A browser sends `asked` with an acknowledgement, and gets {"ok": Joined} or {"error": {"message": ...}}. Within, `visitor()` and
`editor()` are as in a route. What the server says by itself is `Told("drafts.problems", Problems).to(room, Problems(...))`.
"""

from __future__ import annotations

import inspect
import time
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import gevent
import structlog
from flask import Flask, g, request
from flask_socketio import ConnectionRefusedError, SocketIO, disconnect, join_room, leave_room
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_jsonable_python

from controller.store.notices import Notice
from controller.texts import T
from flow_editor.accounts import service
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.editor import Editor, asked_language
from flow_editor.errors import NotAllowed, NotSignedIn, Refusal

log = structlog.get_logger(__name__)

COOKIE = "careline"
"""The cookie that holds a sign-in's token."""
QUIET = 0.1
"""Seconds between two notices of one topic to browsers, at least."""
LOOK = 15.0
"""Seconds between two looks whether those connected are still signed in."""
FRESH = 5.0
"""Seconds for which it is taken that somebody who says something is still signed in: cursors move many times a second."""
LARGEST = 1_000_000
"""Bytes of one message from a browser."""

M = TypeVar("M", bound=BaseModel)
F = TypeVar("F", bound=Callable[..., Any])

socketio = SocketIO()


@dataclass(frozen=True)
class Event:
    """Something a browser may say."""

    name: str
    needs: Permission
    asked: type[BaseModel] | None
    answer: type[BaseModel] | None
    work: Callable[..., BaseModel | None]
    by_itself: bool = False
    """Said by pages that nobody touches: it keeps nobody signed in."""


EVENTS: dict[str, Event] = {}
TOLD: dict[str, type[BaseModel]] = {}


class Told(Generic[M]):
    """Something the server says by itself."""

    def __init__(self, name: str, model: type[M]) -> None:
        self.name = name
        TOLD[name] = model

    def to(self, room: str, said: M, *, but: str | None = None) -> None:
        """Say it to everybody in a room, but one connection (`request.sid`)."""
        socketio.emit(self.name, plain(said.model_dump()), to=room, skip_sid=but)


def plain(value: Any) -> Any:
    """As JSON has it, but for bytes, which Socket.IO carries as they are."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return value if isinstance(value, bytes) else to_jsonable_python(value)


def event(name: str, *, needs: Permission, by_itself: bool = False) -> Callable[[F], F]:
    """What a browser may say; the function's annotations are the models of what comes and what goes back. `by_itself`: pages
    say it with nobody there, so it keeps nobody signed in."""

    def registered(work: F) -> F:
        hints = typing.get_type_hints(work)
        answer = hints.pop("return", None)
        asked = next(iter(hints.values()), None)
        for model in (asked, answer):
            assert model in (None, type(None)) or (inspect.isclass(model) and issubclass(model, BaseModel)), name
        assert name not in EVENTS, name
        EVENTS[name] = Event(name, needs, asked, answer if answer is not type(None) else None, work, by_itself)
        return work

    return registered


class Watch(BaseModel):
    """Topics (names of tables: "numbers", "hours", "calls") whose changes a page wants to hear of, or no longer."""

    model_config = ConfigDict(extra="forbid")

    topics: list[str] = Field(max_length=40)
    on: bool = True


class Changed(BaseModel):
    """Something of a topic has changed; `key`: which row, or empty for several."""

    topic: str
    key: str = ""


changed = Told("changed", Changed)


@event("watch", needs=Permission.SIGNED_IN, by_itself=True)
def watch(asked: Watch) -> None:
    """Hear, or no longer hear, of changes."""
    for topic in asked.topics:
        (join_room if asked.on else leave_room)(f"topic {topic}")


@dataclass
class _Connected:
    """Who is at a connection, and when that was last looked up (time.monotonic)."""

    token: str
    visitor: Visitor
    looked: float


class Live:
    """The connections of one process."""

    def __init__(self, app: Flask, parts: Editor) -> None:
        self._app = app
        self._parts = parts
        self._connected: dict[str, _Connected] = {}
        self._due: dict[str, set[str]] = {}
        """Topic to the keys not yet told."""
        self._greenlets: list[gevent.Greenlet[..., Any]] = []
        self.stopping: list[Callable[[], None]] = []
        """What features do when the process ends."""
        socketio.init_app(
            app,
            async_mode="gevent",
            transports=["websocket"],
            max_http_buffer_size=LARGEST,
            cors_allowed_origins=[parts.config.editor_address] if parts.config.editor_url else None,
            serve_client=False,
            manage_session=False,
        )
        socketio.on_event("connect", self._connect)
        socketio.on_event("disconnect", self._disconnect)
        for one in EVENTS.values():
            socketio.on_event(one.name, lambda data=None, one=one: self._said(one, data))

    def start(self) -> None:
        """Tell browsers what the bus tells, and see that they are still signed in."""
        self._parts.bus.subscribe(self._heard)
        self._greenlets = [gevent.spawn(self._look_on)]

    def stop(self) -> None:
        """Stop telling."""
        gevent.killall(self._greenlets)
        for stop in self.stopping:
            stop()

    # -- connections

    def _connect(self, auth: Any = None) -> None:
        token = request.cookies.get(COOKIE, "")
        found = service.find(self._parts.database, token, idle=self._parts.idle, touch=False) if token else None
        if found is None:
            raise ConnectionRefusedError("not signed in")
        self._connected[connection()] = _Connected(token, found[0], time.monotonic())

    def _disconnect(self, reason: Any = None) -> None:
        sid = connection()
        gone = self._connected.pop(sid, None)
        g.visitor = gone.visitor if gone else None
        for leave in LEAVING:
            try:
                leave(sid)
            except Exception:
                log.exception("leaving_failed")

    def _look_on(self) -> None:
        while True:
            gevent.sleep(LOOK)
            try:
                self._look()
            except Exception:
                log.exception("sign_ins_not_looked_at")

    def _look(self) -> None:
        for sid, one in list(self._connected.items()):
            if not self._still_in(one, touch=False) and self._connected.pop(sid, None) is not None:
                with self._app.app_context():
                    socketio.emit("signed out", {}, to=sid)
                    disconnect(sid, namespace="/")
            gevent.sleep(0)  # with hundreds of browsers, others have their turn in between

    def _still_in(self, one: _Connected, *, touch: bool) -> bool:
        """Look whether somebody is still signed in, and what they may do now."""
        found = service.find(self._parts.database, one.token, idle=self._parts.idle, touch=touch)
        if found is not None:
            one.visitor, one.looked = found[0], time.monotonic()
        return found is not None

    # -- what browsers say

    def _said(self, said: Event, data: Any) -> dict[str, Any]:
        one = self._connected.get(connection())
        g.language = (one.visitor.language if one else "") or asked_language()
        try:
            if one is None or (
                time.monotonic() - one.looked > FRESH and not self._still_in(one, touch=not said.by_itself)
            ):
                raise NotSignedIn
            if not one.visitor.may_somewhere(said.needs):
                raise NotAllowed
            g.visitor = one.visitor
            answer = said.work() if said.asked is None else said.work(said.asked.model_validate(data))
        except Refusal as refusal:
            return {"error": {**refusal.told(g.language), "status": refusal.status}}
        except ValidationError as error:
            fields = {".".join(map(str, it["loc"])): it["msg"] for it in error.errors(include_url=False)}
            wrong = T("Something in it is not right.").render(g.language)
            return {"error": {"message": wrong, "fields": fields, "status": 422}}
        except Exception:
            log.exception("event_failed", said=said.name)
            text = T("Something went wrong here. Please try again.").render(g.language)
            return {"error": {"message": text, "status": 500}}
        return {"ok": plain(answer.model_dump()) if answer is not None else None}

    # -- what the bus says

    def _heard(self, notice: Notice) -> None:
        if not notice.topic:
            return
        if notice.topic not in self._due:
            self._due[notice.topic] = set()
            gevent.spawn(self._tell, notice.topic)
        self._due[notice.topic].add(notice.key)

    def _tell(self, topic: str) -> None:
        while self._due[topic]:
            key = self._key(topic)
            self._due[topic].clear()
            changed.to(f"topic {topic}", Changed(topic=topic, key=key))
            gevent.sleep(QUIET)
        del self._due[topic]

    def _key(self, topic: str) -> str:
        keys = self._due[topic]
        return next(iter(keys)) if len(keys) == 1 else ""


LEAVING: list[Callable[[str], None]] = []
"""What features do when a connection (`sid`) goes; `g.visitor` is who it was."""


def on_leave(work: Callable[[str], None]) -> Callable[[str], None]:
    """Have something done when a connection goes."""
    LEAVING.append(work)
    return work


def connection() -> str:
    """The id of the connection that an event came by."""
    return str(request.sid)  # type: ignore[attr-defined]

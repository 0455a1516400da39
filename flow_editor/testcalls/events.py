"""Test calls by Socket.IO: one at a time for each browser window, hung up when the window is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from controller.store.models import CallRecord, TestCall
from controller.texts import T
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import Editor, editor, must, visitor
from flow_editor.errors import Refusal
from flow_editor.live import Told, connection, event, on_leave
from flow_editor.testcalls import service
from flow_editor.testcalls.line import Line, NotDone, SwitchAway
from flow_editor.testcalls.running import Running
from flow_editor.testcalls.schemas import BeginTest, OnePhone, PressKeys, SpeakFor, TestBegun, TestState

AWAY = T("Test calls cannot be made just now: the practice telephone is not running. Ask whoever looks after Careline.")
OVER = T("That call is over.")

told = Told("test_calls.state", TestState)

_running: dict[str, Running] = {}
"""By connection."""
_unsubscribe: dict[str, list[Callable[[], None]]] = {}


@event("test_calls.begin", needs=Permission.TEST_CALLS)
def begin(asked: BeginTest) -> TestBegun:
    """Call. What this window called before is hung up."""
    parts, sid, now = editor(), connection(), datetime.now(UTC)
    must(Permission.TEST_CALLS, service.location_of(parts.database, asked, parts.config.country))
    end(sid)
    call = service.prepare(parts.database, asked, who=visitor().person, now=now, country=parts.config.country)
    running = _follow(parts, sid, call)
    try:
        running.begin(partial(Line, parts.config.test_control))
    except (SwitchAway, NotDone) as error:
        end(sid)
        raise Refusal(AWAY, status=503) from error
    return TestBegun(id=call.id)


def _follow(parts: Editor, sid: str, call: TestCall) -> Running:
    running = _running[sid] = Running(parts.database, parts.config.key(), call, partial(told.to, sid))
    _unsubscribe[sid] = [
        parts.bus.subscribe(running.heard, topic) for topic in (CallRecord.__tablename__, TestCall.__tablename__)
    ]
    return running


def _do(what: Callable[[Running], Any]) -> None:
    running = _running.get(connection())
    if running is None:
        raise Refusal(OVER, status=409)
    try:
        what(running)
    except NotDone as error:
        raise Refusal(OVER, status=409) from error
    except SwitchAway as error:
        raise Refusal(AWAY, status=503) from error


@event("test_calls.press", needs=Permission.TEST_CALLS)
def press(asked: PressKeys) -> None:
    """The caller presses keys."""
    _do(lambda running: running.press(asked.keys))


@event("test_calls.speak", needs=Permission.TEST_CALLS)
def speak(asked: SpeakFor) -> None:
    """The caller says something."""
    _do(lambda running: running.speak(asked.seconds))


@event("test_calls.hang_up", needs=Permission.TEST_CALLS)
def hang_up() -> None:
    """The caller hangs up."""
    _do(lambda running: running.hang_up())


@event("test_calls.answer", needs=Permission.TEST_CALLS)
def answer(asked: OnePhone) -> None:
    """Somebody takes the call."""
    _do(lambda running: running.answer(asked.leg))


@event("test_calls.decline", needs=Permission.TEST_CALLS)
def decline(asked: OnePhone) -> None:
    """Somebody declines the call."""
    _do(lambda running: running.decline(asked.leg))


@event("test_calls.leave", needs=Permission.TEST_CALLS)
def leave(asked: OnePhone) -> None:
    """Somebody who talks with the caller hangs up."""
    _do(lambda running: running.leave(asked.leg))


@on_leave
def end(sid: str) -> None:
    """The window is gone, or calls anew."""
    for unsubscribe in _unsubscribe.pop(sid, ()):
        unsubscribe()
    running = _running.pop(sid, None)
    if running is not None:
        running.end()

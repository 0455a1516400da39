"""Who looks at the wallboard is told how it stands, and what changes."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import current_app
from flask_socketio import join_room, leave_room

from controller.flows.clinic import Opening
from controller.queues.waiting import Wait
from controller.store.queues import SqlQueues
from controller.store.queues.setup import TOPICS
from flow_editor.accounts.permissions import Permission
from flow_editor.editor import editor, visitor
from flow_editor.live import Told, connection, event, on_leave
from flow_editor.pages import STATIC
from flow_editor.wallboard.board import Audience, Board
from flow_editor.wallboard.schemas import BoardChanged, BoardFollowed, FollowBoard

told_changed = Told("wallboard.changed", BoardChanged)

_following: dict[str, tuple[Board, Audience]] = {}
"""By connection."""


def _room(audience: Audience) -> str:
    def where(locations: frozenset[str] | None) -> str:
        return "*" if locations is None else ",".join(sorted(locations))

    return f"wallboard {audience.working} {where(audience.seen)} {where(audience.callers)}"


def board() -> Board:
    """This process's."""
    found = current_app.extensions.get("careline.wallboard")
    if found is None:
        parts = editor()

        def is_open(hours: str, at: datetime) -> bool:
            answer = parts.clinic.hours(hours, at)
            return answer is not None and answer.state is Opening.OPEN

        queues = SqlQueues(parts.database)  # asked only, and so not started: controllers sweep
        forget = parts.bus.subscribe(queues.acting.heard, *TOPICS)

        def expected(queue: str) -> Wait | None:
            outlook = queues.outlook(queue)
            return outlook.wait if outlook and outlook.agents else None

        found = current_app.extensions["careline.wallboard"] = Board(
            parts.database,
            parts.bus,
            lambda audience, changed: told_changed.to(_room(audience), changed),
            is_open,
            expected,
            program=_program(),
        )
        current_app.extensions["careline.live"].stopping.extend((found.stop, forget))
    assert isinstance(found, Board)
    return found


def _program() -> str:
    """The browser application, by its index: it names every other file by what is in it."""
    index = STATIC / "index.html"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:16] if index.is_file() else ""


@event("wallboard.follow", needs=Permission.SEE_WALLBOARD, by_itself=True)
def follow(asked: FollowBoard) -> BoardFollowed:
    """Be told of the queues, or no longer; how they are now. Said again, it brings everything anew."""
    sid, shown, who = connection(), board(), visitor()
    audience = Audience(who.where(Permission.SEE_WALLBOARD), who.where(Permission.SEE_CALLERS), asked.working)
    if asked.on and _following.get(sid) == (shown, audience):
        return BoardFollowed(now=shown.now(audience))
    _let_go(sid)
    if not asked.on:
        return BoardFollowed(now=None)
    now = shown.follow(audience)
    join_room(_room(audience))
    _following[sid] = (shown, audience)
    return BoardFollowed(now=now)


def _let_go(sid: str) -> None:
    found = _following.pop(sid, None)
    if found is not None:
        leave_room(_room(found[1]))
        found[0].leave(found[1])


@on_leave
def leave(sid: str) -> None:
    """A connection is gone."""
    found = _following.pop(sid, None)
    if found is not None:
        found[0].leave(found[1])

"""Callers on the canvas: who looks at a flow is told how many are at each of its nodes, and what calls did there today."""

from __future__ import annotations

from flask import current_app
from flask_socketio import join_room, leave_room

from controller.store.models import Flow
from flow_editor.accounts.permissions import Permission
from flow_editor.calls.overlay import Overlay
from flow_editor.calls.schemas import CallersHere, CallsToday, Followed, FollowFlow
from flow_editor.editor import editor, must
from flow_editor.errors import NotFound
from flow_editor.live import Told, connection, event, on_leave

told_here = Told("calls.here", CallersHere)
told_today = Told("calls.today", CallsToday)

_following: dict[str, set[tuple[Overlay, str]]] = {}
"""By connection: the flows it follows."""


def _room(flow: str) -> str:
    return f"calls of {flow}"


def overlay() -> Overlay:
    """This process's."""
    found = current_app.extensions.get("careline.overlay")
    if found is None:
        parts = editor()
        found = current_app.extensions["careline.overlay"] = Overlay(
            parts.database,
            parts.bus,
            lambda here: told_here.to(_room(here.flow), here),
            lambda today: told_today.to(_room(today.flow), today),
        )
    assert isinstance(found, Overlay)
    return found


@event("calls.follow", needs=Permission.SEE_CALLS)
def follow(asked: FollowFlow) -> Followed:
    """Be told of a flow's callers, or no longer; how they are now."""
    with editor().database.read() as session:
        flow = session.get(Flow, asked.flow)
    if flow is None:
        raise NotFound
    must(Permission.SEE_CALLS, flow.location_id)
    sid, counts = connection(), overlay()
    followed = _following.setdefault(sid, set())
    if asked.on and (counts, asked.flow) not in followed:
        followed.add((counts, asked.flow))
        join_room(_room(asked.flow))
        here, today = counts.follow(asked.flow)
        return Followed(here=here, today=today)
    if not asked.on and (counts, asked.flow) in followed:
        followed.discard((counts, asked.flow))
        leave_room(_room(asked.flow))
        counts.leave(asked.flow)
    return Followed(here=CallersHere(flow=asked.flow, here={}), today=CallsToday(flow=asked.flow, nodes={}))


@on_leave
def leave(sid: str) -> None:
    """A connection is gone."""
    for counts, flow in _following.pop(sid, ()):
        counts.leave(flow)

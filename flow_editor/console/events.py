"""Agents' pages, live: whoever has one open is told when something of it has changed, and asks again. Nothing of it is told
here, so that nobody ever hears of another's call."""

from __future__ import annotations

from flask import current_app
from flask_socketio import join_room

from flow_editor.accounts.permissions import Permission
from flow_editor.console.following import Followers
from flow_editor.console.schemas import ConsoleChanged, Following
from flow_editor.editor import editor, visitor
from flow_editor.live import Told, connection, event, on_leave

told_changed = Told("console.changed", ConsoleChanged)

_followed: dict[str, tuple[Followers, str]] = {}
"""By connection: whose page it shows."""


def _room(person: str) -> str:
    return f"console of {person}"


def followers() -> Followers:
    """This process's."""
    extensions = current_app.extensions
    found = extensions.get("careline.console")
    if found is None:
        parts = editor()
        found = extensions["careline.console"] = Followers(
            parts.database, parts.bus, lambda person: told_changed.to(_room(person), ConsoleChanged())
        )
        extensions["careline.live"].stopping.append(found.stop)
    assert isinstance(found, Followers)
    return found


@event("console.follow", needs=Permission.TAKE_CALLS)
def follow() -> Following:
    """Be told when something of my page has changed."""
    me, all_ = visitor().person, followers()
    join_room(_room(me))
    if connection() not in _followed:
        _followed[connection()] = all_, me
        all_.follow(me)
    return Following()


@on_leave
def leave(sid: str) -> None:
    """A browser is gone."""
    found = _followed.pop(sid, None)
    if found is not None:
        all_, person = found
        all_.leave(person)

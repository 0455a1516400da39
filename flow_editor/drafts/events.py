"""What browsers say about drafts, over Socket.IO."""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_socketio import join_room, leave_room

from flow_editor.accounts.permissions import Permission
from flow_editor.drafts.rooms import Rooms, room
from flow_editor.drafts.schemas import DraftOpened, Here, LeaveDraft, OpenDraft, Taken, TakeUpdate
from flow_editor.drafts.store import NewerDraft, NoSuchFlow
from flow_editor.editor import editor, language, must, visitor
from flow_editor.errors import Conflict, NotAllowed, NotFound
from flow_editor.live import connection, event, on_leave


def rooms() -> Rooms:
    """This process's, within a request or event."""
    extensions = current_app.extensions
    if "careline.drafts" not in extensions:
        made = extensions["careline.drafts"] = Rooms(editor())
        extensions["careline.live"].stopping.append(made.stop)
    return cast(Rooms, extensions["careline.drafts"])


@event("drafts.open", needs=Permission.SEE_FLOWS)
def open_draft(asked: OpenDraft) -> DraftOpened:
    """Open a draft, or come back to it after a lost connection: what the browser does not have, and what the server has."""
    all_ = rooms()
    try:
        opened = all_.open(asked.flow)
    except NoSuchFlow:
        raise NotFound from None
    except NewerDraft as newer:
        raise Conflict(newer.reason) from None
    if not visitor().may(Permission.SEE_FLOWS, opened.location):
        all_.close_if_empty(asked.flow)
        raise NotAllowed
    join_room(room(asked.flow))
    join_room(room(asked.flow, language()))
    people = all_.enter(asked.flow, connection(), visitor(), language())
    same = asked.epoch in (None, opened.epoch)
    return DraftOpened(
        flow=asked.flow,
        epoch=opened.epoch,
        revision=opened.seq,
        update=opened.update_since(asked.vector if same else None),
        vector=opened.vector,
        client=connection(),
        may_draw=visitor().may(Permission.DRAW_FLOWS, opened.location),
        people=people,
        drawn=all_.drawn(asked.flow, language()),
    )


@event("drafts.draw", needs=Permission.DRAW_FLOWS)
def draw(asked: TakeUpdate) -> Taken:
    """Keep what has been drawn."""
    all_ = rooms()
    try:
        opened = all_.known(asked.flow)
    except NoSuchFlow:
        raise NotFound from None
    must(Permission.DRAW_FLOWS, opened.location)
    return Taken(revision=all_.take(asked.flow, asked.update, asked.epoch, visitor(), connection()))


@event("drafts.here", needs=Permission.SEE_FLOWS)
def here(asked: Here) -> None:
    """Where in it somebody is."""
    rooms().move(asked.flow, connection(), asked.at)


@event("drafts.leave", needs=Permission.SEE_FLOWS)
def leave(asked: LeaveDraft) -> None:
    """It is closed."""
    leave_room(room(asked.flow))
    leave_room(room(asked.flow, language()))
    rooms().leave(connection(), asked.flow)


@on_leave
def left(client: str) -> None:
    """A browser is gone."""
    rooms().leave(client)

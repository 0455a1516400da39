"""What browsers say about drafts, over Socket.IO."""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_socketio import join_room, leave_room

from controller.texts import languages
from flow_editor.accounts.permissions import Permission
from flow_editor.drafts.rooms import Rooms, room
from flow_editor.drafts.schemas import DraftOpened, Drawn, Here, LeaveDraft, OpenDraft, ReadDraft, Taken, TakeUpdate
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
    # A person who has just chosen another language is known here by the old one for a moment.
    told_in = asked.language if asked.language in languages() else language()
    join_room(room(asked.flow))
    join_room(room(asked.flow, told_in))
    people = all_.enter(asked.flow, connection(), visitor(), told_in)
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
        drawn=all_.drawn(asked.flow, told_in),
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
    all_ = rooms()
    opened = all_.joined(asked.flow, connection())
    if opened is None:
        return
    if asked.at.moving:
        must(Permission.DRAW_FLOWS, opened.location)
    all_.move(asked.flow, connection(), asked.at)


@event("drafts.read", needs=Permission.SEE_FLOWS)
def read(asked: ReadDraft) -> Drawn:
    """Somebody reads another language now: how the draft looks, in that one."""
    all_ = rooms()
    if asked.language not in languages() or all_.joined(asked.flow, connection()) is None:
        raise NotFound
    leave_room(room(asked.flow, all_.read_in(asked.flow, connection(), asked.language)))
    join_room(room(asked.flow, asked.language))
    return all_.drawn(asked.flow, asked.language)


@event("drafts.leave", needs=Permission.SEE_FLOWS)
def leave(asked: LeaveDraft) -> None:
    """It is closed."""
    all_ = rooms()
    leave_room(room(asked.flow))
    if all_.joined(asked.flow, connection()) is not None:
        leave_room(room(asked.flow, all_.read_in(asked.flow, connection(), language())))
    all_.leave(connection(), asked.flow)


@on_leave
def left(client: str) -> None:
    """A browser is gone."""
    rooms().leave(client)

"""The pages of mailboxes and messages."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ConfigDict

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor
from flow_editor.mailboxes import messages
from flow_editor.mailboxes.mailboxes import Mailboxes
from flow_editor.mailboxes.messages import Listenings, MessageList
from flow_editor.prompts.recordings import serve_recordings, wav
from flow_editor.things.serving import serve

blueprint = APIBlueprint("mailboxes", __name__, url_prefix="/api")
serve(blueprint, Mailboxes())
serve_recordings(blueprint, Mailboxes())


class Mark(BaseModel):
    model_config = ConfigDict(extra="forbid")

    heard: bool


@blueprint.get("/messages")
@needs(Permission.SEE_MESSAGES)
@blueprint.output(MessageList)
def listed() -> MessageList:
    """The newest messages (`?mailbox=`, `?unheard=1`)."""
    with editor().database.read() as session:
        return messages.listed(session, request.args.get("mailbox") or None, request.args.get("unheard") == "1")


@blueprint.post("/messages/<id>/listen")
@needs(Permission.SEE_MESSAGES)
def listen(id: str) -> Response:
    """Listen to a message (WAV). It is written down who did, and when."""
    return wav(messages.listen(id))


@blueprint.patch("/messages/<id>")
@needs(Permission.HANDLE_MESSAGES)
@blueprint.input(Mark)
def mark(id: str, json_data: Mark) -> tuple[str, int]:
    """Mark a message as heard, or as not heard."""
    messages.mark(id, json_data.heard)
    return "", 204


@blueprint.get("/messages/<id>/listenings")
@needs(Permission.SEE_HISTORY)
@blueprint.output(Listenings)
def listenings(id: str) -> Listenings:
    """Who has listened to a message."""
    with editor().database.read() as session:
        return messages.listenings(session, id)

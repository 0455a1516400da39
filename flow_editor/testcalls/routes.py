"""What test calls can be, what is played in them, and the rehearsals they make."""

from __future__ import annotations

import io

from apiflask import APIBlueprint
from flask import Response, send_file

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, language, visitor
from flow_editor.testcalls import rehearsing, service
from flow_editor.testcalls.schemas import TestChoices, TestRehearsal

blueprint = APIBlueprint("testcalls", __name__, url_prefix="/api/test-calls")


@blueprint.get("/choices")
@needs(Permission.TEST_CALLS)
@blueprint.output(TestChoices)
def choices() -> TestChoices:
    """Numbers, hours and what else can be chosen for a test call."""
    return service.choices(editor().database, language())


@blueprint.get("/<id>/sounds/<int:number>")
@needs(Permission.TEST_CALLS)
def sound(id: str, number: int) -> Response:
    """Something that was played in a test call of one's own."""
    parts = editor()
    path = service.sound(parts.database, parts.config.data_dir, id, number, visitor().person)
    # Some browsers ask for audio piece by piece.
    return send_file(io.BytesIO(path.read_bytes()), mimetype="audio/wav", max_age=3600, conditional=True)


@blueprint.get("/<id>/rehearsal")
@needs(Permission.TEST_CALLS)
@blueprint.output(TestRehearsal)
def rehearsal(id: str) -> TestRehearsal:
    """The rehearsal that a test call of one's own makes: what was pressed, who answered, and where it ended."""
    parts = editor()
    call = service.own(parts.database, id, visitor().person)
    return rehearsing.rehearsal_of(parts.database, parts.clinic, call, language())

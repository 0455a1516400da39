"""Calls: the list, one of them, and the versions they walked."""

from __future__ import annotations

from datetime import UTC, datetime

from apiflask import APIBlueprint

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.calls import listed
from flow_editor.calls.schemas import CallsAsked, CallsOut, CallWithSteps, WalkedVersion
from flow_editor.editor import editor, language, visitor

blueprint = APIBlueprint("calls", __name__, url_prefix="/api/calls")


def _reader() -> listed.Reader:
    return listed.Reader(visitor(), language())


@blueprint.get("")
@needs(Permission.SEE_CALLS)
@blueprint.input(CallsAsked, location="query")
@blueprint.output(CallsOut)
def calls(query_data: CallsAsked) -> CallsOut:
    """Calls, the newest first."""
    with editor().database.read() as session:
        return listed.listed(session, _reader(), query_data, datetime.now(UTC))


@blueprint.get("/<id>")
@needs(Permission.SEE_CALLS)
@blueprint.output(CallWithSteps)
def call(id: str) -> CallWithSteps:
    """One call, with every step that it took."""
    parts = editor()
    with parts.database.read() as session:
        return listed.one(session, parts.clinic, _reader(), id)


@blueprint.get("/walked/<version>")
@needs(Permission.SEE_FLOWS)
@blueprint.output(WalkedVersion)
def walked(version: str) -> WalkedVersion:
    """A version as calls walked it."""
    parts = editor()
    with parts.database.read() as session:
        return listed.walked(session, parts.clinic, version, language(), datetime.now(UTC))

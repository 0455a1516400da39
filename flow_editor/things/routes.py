"""Routes that are about no single kind of thing."""

from __future__ import annotations

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, language, visitor
from flow_editor.things import changes, references
from flow_editor.things.references import NewReference, Reference, References
from flow_editor.things.schemas import DoneOut

blueprint = APIBlueprint("things", __name__, url_prefix="/api")


@blueprint.get("/references/<noun>")
@needs(Permission.SEE_FLOWS)
@blueprint.output(References)
def choose(noun: str) -> References:
    """What a picker offers: hours, person, team, rota, mailbox, prompt, list, location, flow, trunk."""
    return references.listed(noun, language())


@blueprint.post("/references/<noun>")
@needs(Permission.DRAW_FLOWS)
@blueprint.input(NewReference)
@blueprint.output(Reference, status_code=201)
def make(noun: str, json_data: NewReference) -> Reference:
    """Make a new one from within a picker, by its name."""
    return references.made(noun, json_data)


@blueprint.post("/changes/<change>/undo")
@needs(Permission.CHANGE_SETUP)
@blueprint.output(DoneOut)
def undo(change: str) -> DoneOut:
    """Undo a change of what staff set up, with all that was changed in it; `change` of the answer undoes the undoing."""

    def work(session: Session) -> DoneOut:
        changes.undo(session, change)
        return DoneOut(id="", revision=0, change=str(session.info["change"]))

    return editor().database.transact(work, visitor().person)

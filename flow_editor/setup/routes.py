"""Set up my clinic."""

from __future__ import annotations

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, language, must, visitor
from flow_editor.home.service import now
from flow_editor.setup import demo, service
from flow_editor.setup.schemas import DemoGone, DemoOut, SetUpOut, Skip

blueprint = APIBlueprint("setup", __name__, url_prefix="/api/set-up")


@blueprint.get("")
@needs(Permission.SEE_SETUP)
@blueprint.output(SetUpOut)
def how_far() -> SetUpOut:
    """How far the clinic is set up."""
    parts = editor()
    with parts.database.read() as session:
        steps = service.steps(session)
        left = demo.leftover(session, visitor())
    return SetUpOut(
        steps=steps,
        go_live=service.go_live(parts.database, parts.clinic, language(), now()),
        demo=DemoOut(goes=len(left.goes), stays=left.stays) if left.goes else None,
        may_change=visitor().may(Permission.CHANGE_SETUP, None),
    )


@blueprint.post("/skip")
@needs(Permission.CHANGE_SETUP)
@blueprint.input(Skip)
def skip(json_data: Skip) -> tuple[str, int]:
    """Leave a step aside, or take it up again."""
    must(Permission.CHANGE_SETUP, None)

    def work(session: Session) -> None:
        service.skip(session, json_data.step, json_data.skipped)

    editor().database.transact(work, visitor().person)
    return "", 204


@blueprint.delete("/demo")
@needs(Permission.CHANGE_SETUP)
@blueprint.output(DemoGone)
def remove_demo() -> DemoGone:
    """Take the demo away: what nobody has changed. One change, which can be undone."""
    must(Permission.CHANGE_SETUP, None)
    must(Permission.PUBLISH_FLOWS, None)

    def work(session: Session) -> DemoGone:
        found = demo.remove(session, visitor())
        return DemoGone(change=str(session.info.get("change") or ""), gone=len(found.goes), stays=found.stays)

    return editor().database.transact(work, visitor().person)

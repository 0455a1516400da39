"""The list of flows, and the palette."""

from __future__ import annotations

from datetime import UTC, datetime

from apiflask import APIBlueprint
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.flows.document import Document
from controller.store.models import Draft, Flow, FlowVersion, Number, Person
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.drafts import presence
from flow_editor.drafts.store import begin, is_taken
from flow_editor.editor import editor, language, must, visitor
from flow_editor.errors import Conflict, Refusal
from flow_editor.flows import palette
from flow_editor.flows.flows import Flows
from flow_editor.flows.schemas import (
    FlowMade,
    FlowOut,
    FlowsList,
    LiveVersion,
    NewFlow,
    Palette,
)
from flow_editor.things.serving import serve_going
from flow_editor.things.thing import basics

blueprint = APIBlueprint("flows", __name__, url_prefix="/api")
FLOWS = Flows()
serve_going(blueprint, FLOWS)


@blueprint.get("/kinds")
@needs(Permission.SEE_FLOWS)
@blueprint.output(Palette)
def kinds() -> Palette:
    """Every kind of node: its words, icon and form."""
    return palette.palette(language())


@blueprint.get("/flows")
@needs(Permission.SEE_FLOWS)
@blueprint.output(FlowsList)
def flows() -> FlowsList:
    """Every flow that whoever asks may see, by name."""
    where = visitor().where(Permission.SEE_FLOWS)
    with editor().database.read() as session:
        drawing = presence.drawing(session, datetime.now(UTC))
        numbers: dict[str, list[str]] = {}
        for number in session.scalars(select(Number).where(Number.flow_id.isnot(None)).order_by(Number.number)):
            numbers.setdefault(number.flow_id or "", []).append(number.number)
        rows = (
            select(Flow, Draft, FlowVersion, Person.name)
            .outerjoin(Draft, Draft.flow_id == Flow.id)
            .outerjoin(FlowVersion, FlowVersion.id == Flow.live_version_id)
            .outerjoin(Person, Person.id == Draft.changed_by)
            .order_by(func.lower(Flow.name))
        )
        listed = [
            FlowOut(
                **basics(flow, FLOWS.changes),
                live=_live(version),
                changed=draft.changed if draft else version is None,
                changed_at=draft.changed_at if draft and draft.changed_by else None,
                changed_by=by,
                drawing=drawing.get(flow.id, []),
                numbers=numbers.get(flow.id, []),
            )
            for flow, draft, version, by in session.execute(rows)
            if where is None or flow.location_id is None or flow.location_id in where
        ]
    return FlowsList(items=listed, may_make=visitor().may_somewhere(Permission.DRAW_FLOWS))


@blueprint.post("/flows")
@needs(Permission.DRAW_FLOWS)
@blueprint.input(NewFlow)
@blueprint.output(FlowMade)
def new(json_data: NewFlow) -> FlowMade:
    """A new flow with nothing drawn yet."""
    must(Permission.DRAW_FLOWS, json_data.location)
    name = " ".join(json_data.name.split())
    if not name:
        raise Refusal(T("Give the flow a name."), fields={"name": T("Give the flow a name.")})

    def work(session: Session) -> FlowMade:
        if is_taken(session, name):
            raise _taken()
        flow = Flow(name=name, location_id=json_data.location)
        session.add(flow)
        session.flush()
        begin(session, flow, Document(), datetime.now(UTC), who=visitor().person)
        return FlowMade(id=flow.id, name=name)

    try:
        return editor().database.transact(work, visitor().person)
    except IntegrityError:  # somebody else took the name in the same moment
        raise _taken() from None


def _taken() -> Refusal:
    text = T("There is a flow with this name already. Choose another name.")
    return Conflict(text, fields={"name": text})


def _live(version: FlowVersion | None) -> LiveVersion | None:
    if version is None:
        return None
    return LiveVersion(
        id=version.id, number=version.number, published_at=version.published_at, published_by=version.published_by
    )

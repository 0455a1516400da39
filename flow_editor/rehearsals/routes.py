"""Running rehearsals on a flow as it is drawn now, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import select

from controller.flows.clinic import Opening
from controller.store.models import Mailbox, Number
from controller.store.zones import zone_of
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.drafts import shape, store
from flow_editor.editor import editor, language
from flow_editor.publishing.routes import sees
from flow_editor.publishing.service import look
from flow_editor.publishing.standing import find_flow
from flow_editor.rehearsals.schemas import ChoicesOut, NamedChoice, RanOut, RunAsked, RunOut
from flow_editor.rehearsals.service import run
from flow_editor.rehearsals.words import DOES, EXPECTED_ENDS

blueprint = APIBlueprint("rehearsals", __name__, url_prefix="/api")


@blueprint.post("/flows/<flow>/rehearsals/run")
@needs(Permission.SEE_FLOWS)
@blueprint.input(RunAsked)
@blueprint.output(RunOut)
def run_on_draft(flow: str, json_data: RunAsked) -> RunOut:
    """Run rehearsals on what is drawn: those of the draft, or those given."""
    sees(flow)
    parts = editor()
    seen = look(parts, flow)
    if json_data.rehearsals is not None:
        given: Mapping[str, Mapping[str, Any]] = json_data.rehearsals
    else:
        with parts.database.read() as session:
            drawn = shape.part(store.load(session, flow), "rehearsals").to_py() or {}
        given = {id: one for id, one in sorted(drawn.items()) if isinstance(one, dict)}
    began = time.perf_counter()
    ran = run(seen.version, given.items(), parts.clinic)
    spent = (time.perf_counter() - began) * 1000
    return RunOut(rehearsals=[RanOut.of(one, language()) for one in ran], milliseconds=spent, seq=seen.draft.seq)


@blueprint.get("/flows/<flow>/rehearsals/choices")
@needs(Permission.SEE_FLOWS)
@blueprint.output(ChoicesOut)
def choices(flow: str) -> ChoicesOut:
    """What a rehearsal's form offers; numbers that lead to this flow first."""
    sees(flow)
    clinic = editor().clinic
    with editor().database.read() as session:
        row = find_flow(session, flow)
        zone = zone_of(session, row.location_id).key
        numbers = session.scalars(select(Number).order_by(Number.number)).all()
        boxes = session.scalars(select(Mailbox).order_by(Mailbox.name)).all()
    numbers = sorted(numbers, key=lambda number: number.flow_id != flow)
    return ChoicesOut(
        numbers=[NamedChoice(id=number.number, name=number.number, detail=number.label) for number in numbers],
        people=_named(clinic.names("person")),
        mailboxes=[NamedChoice(id=box.id, name=box.name) for box in boxes],
        hours=_named(clinic.names("hours")),
        queues=_named(clinic.names("queue")),
        openings=[NamedChoice(id=one.value, name=one.words.render(language())) for one in Opening],
        does=[NamedChoice(id=does.value, name=words.render(language())) for does, words in DOES.items()],
        ends=[NamedChoice(id=end, name=words.render(language())) for end, words in EXPECTED_ENDS.items()],
        zone=zone,
        now=datetime.now(UTC),
    )


def _named(names: Mapping[str, str]) -> list[NamedChoice]:
    return [NamedChoice(id=id, name=name) for id, name in sorted(names.items(), key=lambda item: item[1].casefold())]

"""What cannot go over the live connection: work that a browser has kept of a draft that has been begun anew since."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from controller.flows.upgrades import DocumentRefused
from controller.store.models import Flow
from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.drafts import shape, store
from flow_editor.drafts.schemas import Copied, CopyUnsent
from flow_editor.editor import editor, language, must, visitor
from flow_editor.errors import NotFound, Refusal

blueprint = APIBlueprint("drafts", __name__, url_prefix="/api/drafts")

LONGEST_NAME = 200


@blueprint.post("/<flow>/copy")
@needs(Permission.DRAW_FLOWS)
@blueprint.input(CopyUnsent)
@blueprint.output(Copied)
def copy(flow: str, json_data: CopyUnsent) -> Copied:
    """Save it as a flow of its own, in today's format, so that nothing is lost."""
    with editor().database.read() as session:
        row = session.get(Flow, flow)
        if row is None:
            raise NotFound
        name, location = row.name, row.location_id
    must(Permission.DRAW_FLOWS, location)
    try:
        document = shape.project(shape.loaded([base64.b64decode(json_data.update, validate=True)]))
    except DocumentRefused as refused:
        raise Refusal(refused.reason) from None
    except (shape.NoUpdate, binascii.Error) as error:
        raise Refusal(T("What this browser has kept cannot be read."), status=400) from error
    called = T("{flow}: unsent work of {person}", flow=name, person=visitor().name).render(language())

    def work(session: Session) -> Copied:
        free = _free(session, called)
        made = Flow(name=free, location_id=location)
        session.add(made)
        session.flush()
        store.begin(session, made, document, datetime.now(UTC), who=visitor().person)
        return Copied(flow=made.id, name=free)

    return editor().database.transact(work, visitor().person)


def _free(session: Session, name: str) -> str:
    """The name, with a number behind it where others have it."""
    for number in range(1, 1000):
        tail = f" ({number})" if number > 1 else ""
        free = name[: LONGEST_NAME - len(tail)] + tail
        if not store.is_taken(session, free):
            return free
    raise Refusal(T("There is a flow with this name already. Choose another name."))

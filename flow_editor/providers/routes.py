"""The pages of providers: what every kind has; and expecting a call, which takes one step and ends by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from apiflask import APIBlueprint
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.store.models import Provider
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound
from flow_editor.providers.providers import ExpectedForm, ProviderLine, Providers, expected, filled_in
from flow_editor.things import changes
from flow_editor.things.serving import serve, something_gone
from flow_editor.things.thing import may_see

blueprint = APIBlueprint("providers", __name__, url_prefix="/api")
PROVIDERS = Providers()
serve(blueprint, PROVIDERS)


class Expecting(BaseModel):
    """A provider for whom whoever asks may expect calls. `own`: they are that provider."""

    line: ProviderLine
    own: bool


class ExpectingNow(BaseModel):
    items: list[Expecting]


class ExpectedDone(BaseModel):
    id: str


@blueprint.get("/expected-calls")
@needs(Permission.EXPECT_CALLS)
@blueprint.output(ExpectingNow)
def expecting() -> ExpectingNow:
    """The providers for whom whoever asks may expect calls, themselves first, with those expected now."""
    with editor().database.read() as session:
        rows = [
            row
            for row in session.scalars(select(Provider))
            if row.person_id == visitor().person or may_see(Permission.EXPECT_CALLS, row.location_id)
        ]
        person = {row.id: row.person_id for row in rows}
        items = [
            Expecting(line=line, own=person[line.id] == visitor().person) for line in PROVIDERS.lines(session, rows)
        ]
        return ExpectingNow(items=sorted(items, key=lambda one: not one.own))


@blueprint.post("/providers/<id>/expected")
@needs(Permission.EXPECT_CALLS)
@blueprint.input(ExpectedForm)
@blueprint.output(ExpectedDone, status_code=201)
def expect(id: str, json_data: ExpectedForm) -> ExpectedDone:
    """Have somebody put through to a provider, until a time."""

    def work(session: Session) -> ExpectedDone:
        provider = _theirs(session, id)
        made = expected(json_data, datetime.now(UTC))
        provider.expected.append(made)
        session.flush()
        return ExpectedDone(id=made.id)

    with something_gone():
        return editor().database.transact(work, visitor().person)


@blueprint.delete("/providers/<id>/expected/<call>")
@needs(Permission.EXPECT_CALLS)
@blueprint.output(ExpectedForm)
def no_longer(id: str, call: str) -> ExpectedForm:
    """Do so no longer. Gives what it takes to expect it again."""

    def work(session: Session) -> ExpectedForm:
        provider = _theirs(session, id)
        row = next((it for it in provider.expected if it.id == call), None)
        if row is None:
            raise NotFound
        provider.expected.remove(row)
        return filled_in(row)

    return editor().database.transact(work, visitor().person)


def _theirs(session: Session, id: str) -> Provider:
    """The provider, for whoever may expect calls for them: who that is themselves, and whoever may where they belong."""
    row: Provider = changes.get(session, PROVIDERS, id, lock=True)
    if row.person_id != visitor().person:
        must(Permission.EXPECT_CALLS, row.location_id)
    return row

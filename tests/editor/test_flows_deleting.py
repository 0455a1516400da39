"""Deleting flows: never one that callers need, always with the way back; and replacing, as strict as publishing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from controller.flows.document import Document
from controller.flows.walker import Walker
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.store.models import (
    Draft,
    DraftUpdate,
    Flow,
    FlowVersion,
    Job,
    Location,
    Number,
    Publication,
    Role,
    Standing,
    Team,
)
from flow_editor.editor import Editor
from tests.calls.switchboard import Switchboard, SwitchboardCall
from tests.editor.conftest import Browser
from tests.editor.publishing import MAIN, draw, flow_id, live, publish
from tests.editor.test_drafts import Canvas
from tests.store.test_clinic import NoWeb
from tests.waiting import wait_until

AFTER = "Lakeside after hours"


@pytest.fixture
def main(clinic: Database) -> str:
    return flow_id(clinic)


@pytest.fixture
def after(clinic: Database) -> str:
    return flow_id(clinic, AFTER)


@pytest.fixture
def spare(lead: Browser, clinic: Database) -> str:
    """A flow that nothing leads to, with a live version that hangs up."""
    made: str = lead.post("/api/flows", {"name": "Spare line"})["id"]

    def hang_up(document: Document) -> None:
        hello = {"kind": "say", "settings": {"speech": {"text": {"en": "We are closed.", "es": "Está cerrado."}}}}
        nodes = {"hello": hello, "end": {"kind": "hang_up", "settings": {}}}
        given = {"name": "Spare line", "start": "hello", "nodes": nodes, "edges": {"hello": {"next": "end"}}}
        drawn = Document.model_validate(given)
        document.nodes, document.edges, document.start = drawn.nodes, drawn.edges, drawn.start

    draw(clinic, made, hang_up)
    publish(lead, made)
    return made


def listed(browser: Browser) -> list[str]:
    return [it["name"] for it in browser.get("/api/flows")["items"]]


def delete(browser: Browser, flow: str, status: int = 200, **more: Any) -> Any:
    return browser.delete(f"/api/flows/{flow}", status=status, json=more)


# -- one that nothing needs


def test_a_flow_is_deleted_and_comes_back_whole(lead: Browser, clinic: Database, spare: str) -> None:
    draw(clinic, spare, lambda document: setattr(document, "description", "Being drawn"))
    version = live(clinic, spare)
    assert version is not None
    with clinic.read() as session:
        seq = session.get_one(Draft, spare).seq
    done = delete(lead, spare)
    assert "Spare line" not in listed(lead)
    lead.get(f"/api/flows/{spare}/publishing", status=404)
    lead.get(f"/api/flows/{spare}/uses", status=404)
    delete(lead, spare, 404)
    with clinic.read() as session:
        assert session.get(FlowVersion, version.id) is not None
        assert session.get_one(Draft, spare).seq == seq
    everything = lead.get("/api/flows/history")["items"]
    assert everything[0]["what"] == ["Spare line: Deleted"]
    assert (everything[0]["change"], everything[0]["undo"]) == (done["change"], True)
    lead.post(f"/api/changes/{everything[0]['change']}/undo")
    assert "Spare line" in listed(lead)
    now_live = live(clinic, spare)
    assert now_live is not None
    assert now_live.id == version.id
    with clinic.read() as session:
        assert session.scalar(select(func.count()).where(DraftUpdate.flow_id == spare))
        assert session.get_one(Draft, spare).changed
    assert lead.get(f"/api/flows/{spare}/publishing")["differences"] is not None
    assert [it["number"] for it in lead.get(f"/api/flows/{spare}/versions")["versions"]] == [1]


def test_whoever_may_not_publish_may_not_delete(
    browser: Callable[..., Browser], lead: Browser, clinic: Database, spare: str
) -> None:
    for role in (Role.AGENT, Role.AUDITOR, Role.WALLBOARD):
        other = browser(role)
        delete(other, spare, 403)
        other.post("/api/flows/preview", {"id": spare}, status=403)
    with clinic.read() as session:
        place = session.scalars(select(Location.id).where(Location.name == "Lakeside")).one()
    local = browser(Role.LEAD, place)
    assert not any(it["may_change"] for it in local.get("/api/flows")["items"] if it["location"] is None)
    delete(local, spare, 403)
    change = delete(lead, spare)["change"]
    local.post(f"/api/changes/{change}/undo", status=403)


def test_another_flow_has_its_name_by_then(lead: Browser, spare: str) -> None:
    change = delete(lead, spare)["change"]
    lead.post("/api/flows", {"name": "Spare line"})
    refused = lead.post(f"/api/changes/{change}/undo", status=409)
    assert "another one of this name" in refused["message"]


def test_what_was_live_for_a_time_ends_when_the_flow_is_here_again(lead: Browser, clinic: Database, spare: str) -> None:
    first = live(clinic, spare)
    draw(clinic, spare, lambda document: setattr(document.nodes["end"], "title", "Today only"))
    done = publish(lead, spare, ends_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    change = delete(lead, spare)["change"]
    with clinic.write("test") as session:  # its time comes, and there is no flow
        session.delete(session.get_one(Job, ("end_publication", done["publication"])))
        session.get_one(Publication, done["publication"]).ends_at = datetime.now(UTC) - timedelta(minutes=1)
    lead.post(f"/api/changes/{change}/undo")
    with clinic.read() as session:
        assert session.get(Job, ("end_publication", done["publication"])) is not None
    assert first is not None


def test_having_made_one_is_not_undone_once_another_flow_enters_it(lead: Browser, clinic: Database, main: str) -> None:
    made = lead.post("/api/flows", {"name": "New line"})["id"]
    change = lead.get("/api/flows/history")["items"][0]["change"]

    def enter(document: Document) -> None:
        step = next(node for node in document.nodes.values() if node.kind == "subflow")
        step.settings = {**step.settings, "flow": {"id": made, "name": "New line"}}

    draw(clinic, main, enter)
    refused = lead.post(f"/api/changes/{change}/undo", status=409)
    assert [it["kind"] for it in refused["used_by"]] == ["draft"]
    assert "New line" in listed(lead)


# -- one that callers need


def test_a_flow_in_use_says_where(lead: Browser, clinic: Database, main: str, after: str) -> None:
    refused = delete(lead, main, 409)
    kinds = {it["kind"] for it in refused["used_by"]}
    assert "numbers" in kinds
    refused = delete(lead, after, 409)
    (used,) = [it for it in refused["used_by"] if it["kind"] == "flow"]
    assert used["name"] == MAIN
    assert used["at"], "the steps are named"
    assert refused["used_by"] == lead.get(f"/api/flows/{after}/uses")["items"]
    assert listed(lead).count(MAIN) == 1


def test_a_draft_and_the_default_line_are_uses_too(lead: Browser, clinic: Database, spare: str, main: str) -> None:
    def enter(document: Document) -> None:
        step = next(node for node in document.nodes.values() if node.kind == "subflow")
        step.settings = {**step.settings, "flow": {"id": spare, "name": "Spare line"}}

    draw(clinic, main, enter)
    assert [it["kind"] for it in delete(lead, spare, 409)["used_by"]] == ["draft"]
    lead.post(f"/api/flows/{main}/draw-from", {"version": live(clinic, main).id}, status=204)  # type: ignore[union-attr]
    seen = lead.get("/api/preferences")
    assert seen is not None
    lead.put("/api/default-line", {"flow": spare})
    (used,) = delete(lead, spare, 409)["used_by"]
    assert (used["kind"], used["name"] != "") == ("preferences", True)


def test_numbers_and_flows_get_another_one(lead: Browser, clinic: Database, after: str, spare: str) -> None:
    effect = lead.post("/api/flows/preview", {"id": after, "replace_by": spare})
    assert effect["used_by"]
    (version,) = effect["versions"]
    assert (version["name"], version["blocked"], version["planned"]) == (MAIN, False, False)
    assert version["failing"] > 0
    assert any(not ran["passed"] for of in version["rehearsals"] for ran in of["rehearsals"])
    refused = delete(lead, after, 422, replace_by=spare)
    assert refused["why"] == "rehearsals"
    assert refused["fields"]["reason"]
    assert MAIN in refused["message"]
    assert AFTER in listed(lead)
    before = live(clinic, flow_id(clinic))
    done = delete(lead, after, replace_by=spare, reason="Nights are quiet")
    assert AFTER not in listed(lead)
    now_live = live(clinic, flow_id(clinic))
    assert now_live is not None
    assert before is not None
    assert after not in str(now_live.document)
    assert spare in str(now_live.document)
    with clinic.read() as session:
        made = session.scalars(
            select(Publication).where(Publication.version_id == now_live.id, Publication.standing == Standing.LIVE)
        ).one()
    assert made.reason == "Nights are quiet"
    assert len(made.failed) == version["failing"]
    lead.post(f"/api/changes/{done['change']}/undo")
    assert AFTER in listed(lead)
    back = live(clinic, flow_id(clinic))
    assert back is not None
    assert back.id == before.id


def test_a_number_always_has_a_flow(lead: Browser, clinic: Database, main: str, spare: str) -> None:
    with clinic.read() as session:
        numbers = session.scalars(select(Number.id).where(Number.flow_id == main)).all()
    assert numbers
    done = delete(lead, main, replace_by=spare)
    with clinic.read() as session:
        assert set(session.scalars(select(Number.flow_id).where(Number.id.in_(numbers)))) == {spare}
    lead.post(f"/api/changes/{done['change']}/undo")
    with clinic.read() as session:
        assert set(session.scalars(select(Number.flow_id).where(Number.id.in_(numbers)))) == {main}


def test_a_replacement_with_errors_is_refused_with_the_reasons(
    lead: Browser, clinic: Database, main: str, after: str
) -> None:
    """The main line cannot take the place of what it enters: flows would go round in circles."""
    effect = lead.post("/api/flows/preview", {"id": after, "replace_by": main})
    (version,) = effect["versions"]
    assert version["blocked"]
    errors = [problem["text"] for problem in version["problems"] if problem["severity"] == "error"]
    assert errors
    before = live(clinic, main)
    refused = delete(lead, after, 422, replace_by=main, reason="No reason helps")
    assert refused["why"] == "errors"
    assert refused["problems"] == errors
    now_live = live(clinic, main)
    assert now_live is not None
    assert before is not None
    assert now_live.id == before.id
    assert AFTER in listed(lead)


def test_anything_that_is_replaced_is_held_to_the_rehearsals(lead: Browser, clinic: Database, main: str) -> None:
    with clinic.read() as session:
        old = session.scalars(select(Team.id).where(Team.name == "Lakeside front desk")).one()
    nobody = lead.post("/api/teams", {"name": "Nobody yet"}, status=201)["id"]
    effect = lead.post("/api/teams/preview", {"id": old, "replace_by": nobody, "keep": True})
    (version,) = effect["versions"]
    assert version["failing"] or version["blocked"]
    refused = lead.delete(f"/api/teams/{old}", status=422, json={"replace_by": nobody, "keep": True})
    assert refused["why"] == ("errors" if version["blocked"] else "rehearsals")
    with clinic.read() as session:
        assert session.scalars(select(func.max(FlowVersion.number)).where(FlowVersion.flow_id == main)).one() == 1


# -- calls under way, and those who draw


def test_a_call_finishes_on_the_version_of_a_flow_that_is_gone(
    lead: Browser, parts: Editor, clinic: Database, spare: str
) -> None:
    version = live(clinic, spare)
    assert version is not None
    delete(lead, spare)
    parts.clinic.refresh()
    assert parts.clinic.live_version(spare) is None
    for controller in (parts.clinic, SqlClinic(clinic, data_dir=parts.config.data_dir, web=NoWeb())):
        walked = controller.version(version.id)
        assert walked is not None
        board = Switchboard()
        end = Walker(controller, board.ledger).walk(SwitchboardCall(board, Walker.beginning(walked)))
        assert [(step.version, step.node) for step in board.ledger.steps] == [
            (version.id, "hello"),
            (version.id, "end"),
        ]
        assert not any(step.error for step in board.ledger.steps)
        assert end.outcome == "ended", end


def test_what_such_a_call_walked_is_still_shown(lead: Browser, clinic: Database, spare: str) -> None:
    version = live(clinic, spare)
    assert version is not None
    delete(lead, spare)
    assert lead.get(f"/api/flows/{spare}/versions/{version.id}")["document"]["nodes"]
    lead.get(f"/api/flows/none/versions/{version.id}", status=404)


def test_those_who_draw_are_told_and_lose_nothing(
    browser: Callable[..., Browser], lead: Browser, clinic: Database, spare: str
) -> None:
    ana = Canvas(browser(name="Ana Ruiz"), spare)
    mine = ana.draw(lambda canvas: canvas.part("nodes")["end"].update({"title": "Drawn before"}))
    assert "ok" in ana.send(mine)
    change = delete(lead, spare)["change"]
    assert ana.hears(lambda canvas: canvas.gone)
    late = ana.draw(lambda canvas: canvas.part("nodes")["end"].update({"title": "Drawn meanwhile"}))
    assert ana.send(late)["error"]["status"] == 404
    lead.post(f"/api/changes/{change}/undo")
    revision = ana.answer["drawn"]["revision"]
    ana.hears(lambda canvas: canvas.drawn["revision"] >= revision)
    ana.open()
    assert "ok" in ana.send(late)
    with clinic.read() as session:
        assert session.get(Flow, spare) is not None
    wait_until(lambda: "Drawn meanwhile" in str(lead.get(f"/api/flows/{spare}/export")))

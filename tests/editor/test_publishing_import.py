"""Bringing flows in and taking them out: files, templates, what they refer to, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from controller.flows import upgrades
from controller.flows.document import FORMAT
from controller.store.engine import Database
from controller.store.models import Flow, Location, Mailbox, Role, Rota
from tests.editor.conftest import Browser
from tests.editor.publishing import MAIN, draw, drawn, flow_id, live, publish, retitle, titled


def look(lead: Browser, status: int = 200, **given: Any) -> Any:
    return lead.post("/api/imports/look", given, status=status)


def bring(lead: Browser, status: int = 200, **given: Any) -> Any:
    return lead.post("/api/imports", given, status=status)


def test_templates_each_in_a_sentence(lead: Browser) -> None:
    found = lead.get("/api/templates")["templates"]
    assert [it["id"] for it in found] == ["family_clinic", "dental", "urgent_care", "after_hours"]
    assert all(it["description"] and it["steps"] > 5 for it in found)
    spanish = lead.get("/api/templates", headers={"Accept-Language": "es"})["templates"]
    assert not {it["description"] for it in spanish} & {it["description"] for it in found}


@pytest.mark.parametrize("template", ["family_clinic", "dental", "urgent_care", "after_hours"])
def test_a_template_becomes_a_flow_that_can_go_live(lead: Browser, clinic: Database, template: str) -> None:
    seen = look(lead, template=template)
    chosen = {it["key"]: it["found"] or "" for it in seen["references"]}
    missing = [it["name"] for it in seen["references"] if not it["found"]]
    done = bring(lead, template=template, name="Ours", chosen=chosen)
    assert done["made"] == missing
    preview = lead.get(f"/api/flows/{done['flow']}/publishing")
    assert preview["live"] is None
    assert not [it for it in preview["problems"] if "not there yet" in it["text"]], "every reference points at a row"


def test_what_is_missing_is_chosen_or_made(lead: Browser, clinic: Database) -> None:
    seen = look(lead, template="after_hours")
    by_name = {it["name"]: it for it in seen["references"]}
    rota, messages = by_name["On call"], by_name["Messages"]
    assert (rota["found"], rota["by"], rota["what"]) == (None, None, "on-call rota")
    assert rota["steps"] == ["Provider on call"]
    ours = next(it for it in rota["choices"] if it["name"] == "Lakeside on call")
    assert by_name["Urgent messages"]["by"] == "name", "the clinic has one of this name"
    done = bring(lead, template="after_hours", name="Nights", chosen={rota["key"]: ours["id"], messages["key"]: ""})
    assert done["made"] == ["Messages"]
    document = drawn(clinic, done["flow"])
    assert document.nodes["rota"].settings["rota"] == {"id": ours["id"], "name": "Lakeside on call"}
    with clinic.read() as session:
        box = session.scalars(select(Mailbox).where(Mailbox.name == "Messages")).one()
        assert session.scalars(select(Rota).where(Rota.name == "On call")).all() == []
    assert document.nodes["mailbox"].settings["mailbox"] == {"id": box.id, "name": "Messages"}


def test_rehearsals_go_by_the_names_that_things_have_here(lead: Browser, clinic: Database) -> None:
    seen = look(lead, template="family_clinic")
    hours = next(it for it in seen["references"] if it["what"] == "opening hours")
    ours = hours["choices"][0]
    chosen = {it["key"]: it["found"] or "" for it in seen["references"]} | {hours["key"]: ours["id"]}
    done = bring(lead, template="family_clinic", name="Ours", chosen=chosen)
    assert {name for it in drawn(clinic, done["flow"]).rehearsals for name in it["hours"]} == {ours["name"]}
    assert lead.get(f"/api/flows/{done['flow']}/publishing")["failing"] == 0


def test_out_and_in_again_is_matched_by_id_before_name(lead: Browser, clinic: Database) -> None:
    main = flow_id(clinic)
    response = lead.ask("GET", f"/api/flows/{main}/export")
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Lakeside%20main%20line.json"
    text = response.get_data(as_text=True)
    with clinic.write("test") as session:
        box = session.scalars(select(Mailbox).where(Mailbox.name == "Urgent messages")).one()
        box.name = "Renamed"
        session.add(Mailbox(name="Urgent messages"))
    seen = look(lead, text=text)
    assert (seen["name"], seen["name_taken"]) == (f"{MAIN} (2)", True)
    assert {it["by"] for it in seen["references"]} == {"id"}
    refused = bring(lead, 422, text=text, name=MAIN)
    assert "already" in refused["fields"]["name"]
    done = bring(lead, text=text, name=seen["name"])
    document = drawn(clinic, done["flow"])
    urgent = document.nodes[titled(document, "Urgent message")].settings["mailbox"]
    assert urgent == {"id": box.id, "name": "Renamed"}
    assert live(clinic, done["flow"]) is None


def test_a_version_can_be_taken_out(lead: Browser, clinic: Database) -> None:
    main = flow_id(clinic)
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    second = publish(lead, main)
    response = lead.ask("GET", f"/api/flows/{main}/export?version={second['before']}")
    assert "v1.json" in response.headers["Content-Disposition"]
    assert "Message about a bill" in response.get_data(as_text=True)


def test_a_newer_format_is_refused_and_an_older_one_upgraded(
    lead: Browser, clinic: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(lead.ask("GET", f"/api/flows/{flow_id(clinic)}/export").get_data(as_text=True))
    refused = look(lead, 422, text=json.dumps({**document, "format": FORMAT + 1}))
    assert "newer version of Careline" in refused["message"]
    assert "Update Careline" in refused["message"]
    bring(lead, 422, text=json.dumps({**document, "format": FORMAT + 1}), name="Newer")

    # Once there is a second format, a document of the first is brought up to it, and the page says so.
    def renamed(raw: dict[str, Any]) -> dict[str, Any]:
        return {**raw, "description": "upgraded"}

    monkeypatch.setattr(upgrades, "FORMAT", 2)
    monkeypatch.setattr("flow_editor.publishing.imports.FORMAT", 2)
    monkeypatch.setattr(upgrades, "STEPS", {1: renamed})
    seen = look(lead, text=json.dumps(document))
    assert (seen["upgraded_from"], seen["description"]) == (1, "upgraded")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "This is not JSON"),
        ("[]", "JSON object"),
        ('{"nodes": 5}', "should be an object"),
        ("", "Choose a file"),
        ('{"name": "' + "x" * 300 + '"}', "too long"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_flow_is_refused_in_words(lead: Browser, text: str, said: str) -> None:
    assert said in look(lead, 422, text=text)["message"]


def test_names_are_text(lead: Browser, clinic: Database) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    done = bring(lead, text=json.dumps({"name": nasty}), name=nasty)
    assert done["name"] == nasty
    assert lead.get(f"/api/flows/{done['flow']}/versions")["name"] == nasty
    disposition = lead.ask("GET", f"/api/flows/{done['flow']}/export").headers["Content-Disposition"]
    assert "<" not in disposition
    assert "\n" not in disposition


def test_who_may_bring_what(browser: Callable[..., Browser], clinic: Database) -> None:
    with clinic.read() as session:
        here = session.scalars(select(Location.id).order_by(Location.id)).first()
    given = {"template": "after_hours", "name": "Nights"}
    bring(browser(Role.AGENT), 403, **given)
    at_one = browser(Role.LEAD, here)
    bring(at_one, 403, **given)
    done = bring(at_one, **given, location=here)
    with clinic.read() as session:
        assert session.get_one(Flow, done["flow"]).location_id == here
    key = next(it["key"] for it in look(at_one, template="after_hours")["references"] if it["name"] == "Messages")
    bring(at_one, **{**given, "name": "More nights"}, location=here, chosen={key: ""})
    with clinic.read() as session:
        assert session.scalars(select(Mailbox.location_id).where(Mailbox.name == "Messages")).one() == here

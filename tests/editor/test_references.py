"""What pickers offer, and making something new from within one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from controller.flows.document import REFERABLE
from controller.store.engine import Database
from controller.store.models import Change, Hours, Location, Role
from tests.editor.conftest import Browser


@pytest.mark.parametrize("noun", REFERABLE)
def test_every_kind_can_be_chosen_and_made(clinic: Database, lead: Browser, noun: str) -> None:
    before = lead.get(f"/api/references/{noun}")
    assert before["title"] == str(REFERABLE[noun].title)
    assert before["may_make"]
    assert before["items"] or noun == "prompt", "the demo clinic has one of every other kind"
    made = lead.post(f"/api/references/{noun}", {"name": "  Brand <b>new</b> "}, status=201)
    assert made["name"] == "Brand <b>new</b>"
    after = lead.get(f"/api/references/{noun}")["items"]
    assert made in after
    assert [it["name"] for it in after] == sorted((it["name"] for it in after), key=str.casefold)
    again = lead.post(f"/api/references/{noun}", {"name": "Brand <b>new</b>"}, status=409)
    assert again["fields"]["name"] == "There is one with this name already."
    with clinic.read() as session:
        assert session.scalars(select(Change.who).where(Change.entity_id == made["id"])).one() == lead.person


def test_what_there_is_not(clinic: Database, lead: Browser) -> None:
    lead.get("/api/references/nothing", status=404)
    lead.post("/api/references/nothing", {"name": "x"}, status=404)
    lead.post("/api/references/hours", {"name": "   "}, status=422)
    lead.post("/api/references/hours", {"name": "x", "location": "nowhere"}, status=404)


def test_at_one_location(clinic: Database, browser: Callable[..., Browser]) -> None:
    with clinic.read() as session:
        places = dict(session.execute(select(Location.name, Location.id)).all())
    here, there = places["Lakeside"], places["Hillside"]
    lead = browser(Role.LEAD, here)
    seen = {it["location"] for it in lead.get("/api/references/hours")["items"]}
    assert seen == {here, None}
    assert [it["id"] for it in lead.get("/api/references/location")["items"]] == [here]
    lead.post("/api/references/hours", {"name": "New"}, status=403)
    lead.post("/api/references/hours", {"name": "New", "location": there}, status=403)
    made = lead.post("/api/references/hours", {"name": "New", "location": here}, status=201)
    with clinic.read() as session:
        assert session.get_one(Hours, made["id"]).location_id == here
    agent = browser(Role.AGENT)
    assert not agent.get("/api/references/hours")["may_make"]
    agent.post("/api/references/hours", {"name": "Other"}, status=403)
    browser(Role.WALLBOARD).get("/api/references/hours", status=403)

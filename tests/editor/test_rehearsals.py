"""Rehearsals run on what is drawn, from the pages: why one fails, in words; one that is not kept yet; and how fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from controller.flows.document import Document
from controller.flows.rehearsed_line import Does
from controller.store.engine import Database
from controller.store.models import Role
from flow_editor.rehearsals.words import DOES, EXPECTED_ENDS
from tests.editor.conftest import Browser
from tests.editor.publishing import draw, drawn, flow_id, titled


@pytest.fixture
def main(clinic: Database) -> str:
    return flow_id(clinic)


def run(browser: Browser, flow: str, status: int = 200, **asked: Any) -> Any:
    return browser.post(f"/api/flows/{flow}/rehearsals/run", asked, status=status)


def test_all_of_what_is_drawn_and_fifty_in_a_second(lead: Browser, clinic: Database, main: str) -> None:
    found = run(lead, main)
    assert len(found["rehearsals"]) == 24
    assert all(one["passed"] for one in found["rehearsals"])
    assert found["milliseconds"] / 24 * 50 < 1000

    def change(document: Document) -> None:
        document.edges[titled(document, "Main menu")]["1"] = titled(document, "Goodbye")

    draw(clinic, main, change)
    failed = [one for one in run(lead, main)["rehearsals"] if not one["passed"]]
    assert "Monday morning, press 1: appointments" in [one["title"] for one in failed]
    assert "did not come to “Appointments”. Its way was: Welcome → " in failed[0]["why"][0]
    assert failed[0]["path"][0]["title"] == "Welcome"
    assert failed[0]["path"][0]["own"] is True


def test_one_that_is_not_kept_and_steps_named_by_id(lead: Browser, clinic: Database, main: str) -> None:
    menu = titled(drawn(clinic, main), "Main menu")
    given = {"title": "Mine", "at": "2026-11-30T10:00:00", "zone": "America/Chicago", "path": [menu, "nowhere"]}
    given |= {"dialled": "+16085550100", "keys": ["1"]}
    (one,) = run(lead, main, rehearsals={"x": given})["rehearsals"]
    assert (one["id"], one["title"], one["passed"]) == ("x", "Mine", False)
    assert one["why"][0].startswith("After “Main menu” the call did not come to “nowhere”")
    (one,) = run(lead, main, rehearsals={"x": {"title": "No time"}})["rehearsals"]
    assert one["why"] == ["It can't be read: at: this is missing."]
    (one,) = lead.post(
        f"/api/flows/{main}/rehearsals/run",
        {"rehearsals": {"x": {"title": "Sin hora"}}},
        headers={"Accept-Language": "es"},
    )["rehearsals"]
    assert one["why"][0].startswith("No se puede leer")


def test_what_the_form_offers(lead: Browser, clinic: Database, main: str) -> None:
    found = lead.get(f"/api/flows/{main}/rehearsals/choices")
    assert found["zone"] == "America/Chicago"
    assert found["numbers"][0]["id"] == "+16085550100", "numbers that lead here come first"
    assert {one["id"] for one in found["does"]} == {does.value for does in Does} == {does.value for does in DOES}
    assert {one["id"] for one in found["ends"]} == set(EXPECTED_ENDS)
    assert "Priya Nair" in [one["name"] for one in found["people"]]
    assert [one["name"] for one in found["queues"]] == ["Appointments", "Billing", "Nurse advice"]


def test_who_may(browser: Callable[..., Browser], clinic: Database, main: str) -> None:
    run(browser(Role.AUDITOR), main)
    run(browser(Role.WALLBOARD), main, 403)
    run(browser(), "nothing", 404)

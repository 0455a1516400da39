"""Preferences: what holds for the whole organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from controller.store.engine import Database
from controller.store.models import Flow, Location, Role
from flow_editor.editor import Editor
from tests.editor.conftest import Browser

LATER = {"pause_reasons": [], "interpreter_lines": {}, "dispatch_lines": {}}
"""What a form that does not say them is taken to say."""


def test_read_and_changed_and_undone(lead: Browser, clinic: Database, parts: Editor) -> None:
    found = lead.get("/api/preferences")
    assert found["form"]["organisation"] == "Lakeside Family Clinic"
    assert found["form"]["languages"] == ["en", "es"]
    assert "America/Chicago" in found["zones"]
    with clinic.read() as session:
        flow = session.scalars(select(Flow.id).where(Flow.name == "Lakeside main line")).one()
    form = {
        "organisation": "<b>Oak</b>",
        "zone": "America/Denver",
        "languages": ["en", "vi"],
        "emergency": {"en": "Dial 911 in an emergency.", "es": " "},
        "default_flow": flow,
    }
    done = lead.put("/api/preferences", {"revision": found["revision"], "form": form})
    changed = lead.get("/api/preferences")
    assert changed["form"] == {**form, **LATER, "emergency": {"en": "Dial 911 in an emergency."}}
    assert lead.get("/api/preferences/languages")["languages"] == ["en", "vi"]
    parts.clinic.refresh()
    assert parts.clinic.emergency_sentence() == {"en": "Dial 911 in an emergency."}
    lead.put("/api/preferences", {"revision": found["revision"], "form": form}, status=409)
    lead.post(f"/api/changes/{done['change']}/undo")
    assert lead.get("/api/preferences")["form"] == found["form"]


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"languages": []}, {"languages": ["english"]}, {"default_flow": "gone"}]
)
def test_what_cannot_be_is_refused(lead: Browser, clinic: Database, wrong: dict[str, Any]) -> None:
    found = lead.get("/api/preferences")
    lead.put("/api/preferences", {"revision": found["revision"], "form": {**found["form"], **wrong}}, status=422)


def test_they_are_for_who_may_change_everything(browser: Callable[..., Browser], clinic: Database) -> None:
    with clinic.read() as session:
        location = session.scalars(select(Location.id).order_by(Location.id)).first()
    there = browser(Role.LEAD, location)
    found = there.get("/api/preferences")
    assert not found["may_change"]
    there.put("/api/preferences", {"revision": found["revision"], "form": found["form"]}, status=403)
    browser(Role.AGENT).put("/api/preferences", {"revision": found["revision"], "form": found["form"]}, status=403)

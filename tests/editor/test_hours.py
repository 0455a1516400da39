"""Opening hours: filled in, tried at a time, holidays to choose from, and their history in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from controller.store.engine import Database
from controller.store.models import Hours
from tests.editor.conftest import Browser

WEEK = {"monday": [{"start": "08:00:00", "end": "12:00:00"}, {"start": "13:00:00", "end": "17:00:00"}]}


@pytest.fixture
def lakeside(clinic: Database) -> str:
    with clinic.read() as session:
        return session.scalars(select(Hours.id).where(Hours.name == "Lakeside hours")).one()


def test_hours_are_made_changed_and_told(lead: Browser, clinic: Database) -> None:
    form = {"name": "Lab", "location": None, "zone": "America/New_York", "calendar": {"week": WEEK}}
    made = lead.post("/api/hours", form, status=201)
    one = lead.get(f"/api/hours/{made['id']}")
    assert one["form"]["calendar"]["week"] == WEEK
    assert one["line"]["zone"] == "America/New_York"
    assert one["line"]["state"] in ("open", "closed", "break")
    calendar: dict[str, Any] = {
        "week": {"tuesday": [{"start": "09:00", "end": "16:00"}]},
        "holidays": {"country": "US", "taken": ["Christmas Day"]},
        "special": [{"day": "2026-12-24", "name": "Christmas Eve", "spans": [{"start": "08:00", "end": "12:00"}]}],
        "changes": [{"day": "2026-11-30", "kind": "early", "at": "15:00"}],
        "emergency": {"since": "2026-11-24T12:00:00Z", "reason": "Snow"},
    }
    changed = {"revision": made["revision"], "form": {**form, "calendar": calendar}}
    lead.put(f"/api/hours/{made['id']}", changed)
    (newest, _) = lead.get(f"/api/hours/{made['id']}/history")["items"]
    assert newest["what"] == [
        "Monday: 08:00–12:00, 13:00–17:00 → closed",
        "Tuesday: closed → 09:00–16:00",
        "Holidays: none → US: Christmas Day",
        "2026-12-24: Christmas Eve, 08:00–12:00",
        "2026-11-30: closes early, at 15:00",
        "Emergency closure: Snow",
    ]
    spanish = lead.get(f"/api/hours/{made['id']}/history", headers={"Accept-Language": "es"})["items"][0]["what"]
    assert spanish[0] == "Lunes: 08:00–12:00, 13:00–17:00 → cerrado"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"name": ""}, "name"),
        ({"calendar": {"holidays": {"country": "XX"}}}, "calendar.holidays"),
        ({"calendar": {"week": {"monday": [{"start": "25:00", "end": "26:00"}]}}}, "calendar.week.monday.0.start"),
    ],
)
def test_what_cannot_be_is_refused(lead: Browser, wrong: dict[str, Any], field: str) -> None:
    lead.post("/api/hours", {"name": "Lab", **wrong}, status=422)


def test_what_would_callers_get(lead: Browser, lakeside: str) -> None:
    form = lead.get(f"/api/hours/{lakeside}")["form"]
    asked = {"calendar": form["calendar"], "location": form["location"], "at": "2026-12-25T10:00:00"}
    answer = lead.post("/api/hours/trial", asked)
    assert (answer["state"], answer["reason"], answer["zone"]) == ("holiday", "Christmas Day", "America/Chicago")
    assert answer["at"] == "2026-12-25T16:00:00Z"
    lunch = lead.post("/api/hours/trial", {**asked, "at": "2026-12-28T12:30:00"})
    assert (lunch["state"], lunch["until"]) == ("break", "2026-12-28T19:00:00Z")


def test_holidays_of_a_country_and_its_regions(lead: Browser) -> None:
    countries = {one["code"]: one for one in lead.get("/api/holidays")["items"]}
    assert countries["US"]["name"] == "United States"
    assert {"code": "WI", "name": "Wisconsin"} in countries["US"]["regions"]
    spanish = {one["code"]: one for one in lead.get("/api/holidays", headers={"Accept-Language": "es"})["items"]}
    assert spanish["US"]["name"] == "Estados Unidos"
    found = {one["name"]: one["days"] for one in lead.get("/api/holidays/US?region=WI")["items"]}
    year = date.today().year  # noqa: DTZ011 - whichever it is
    assert f"{year}-12-25" in found["Christmas Day"]
    assert f"{year + 1}-12-25" in found["Christmas Day"]
    assert not [name for name in found if "observed" in name]
    lead.get("/api/holidays/XX", status=404)
    lead.get("/api/holidays/US?region=nowhere", status=404)


def test_a_change_of_hours_says_which_rehearsals_would_end_elsewhere(lead: Browser, lakeside: str) -> None:
    one = lead.get(f"/api/hours/{lakeside}")
    form = {**one["form"], "calendar": {"week": {}}}
    effect = lead.post("/api/hours/preview", {"id": lakeside, "form": form})
    assert effect["rehearsals"] > 0
    assert effect["elsewhere"]
    assert lead.get(f"/api/hours/{lakeside}")["form"] == one["form"]

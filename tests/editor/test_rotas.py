"""On-call rotas: who is on when, gaps, swaps, and their history in words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from controller.store.engine import Database
from controller.store.models import Person, Rota
from tests.editor.conftest import Browser


@pytest.fixture
def rota(clinic: Database) -> str:
    with clinic.read() as session:
        return session.scalars(select(Rota.id).where(Rota.name == "Lakeside on call")).one()


@pytest.fixture
def people(clinic: Database) -> dict[str, str]:
    with clinic.read() as session:
        return {name: id for id, name in session.execute(select(Person.id, Person.name))}


def test_a_swap_is_seen_in_the_calendar_and_told(lead: Browser, rota: str, people: dict[str, str]) -> None:
    one = lead.get(f"/api/rotas/{rota}")
    assert one["line"]["gaps"] == 0
    assert one["line"]["now"][-1] == ["Madison Answering Service"]
    form = one["form"]
    asked = {"plan": form["plan"], "location": form["location"], "first": "2026-12-05", "last": "2026-12-05"}
    (saturday,) = lead.post("/api/rotas/calendar", asked)["periods"]
    on = saturday["steps"][0][0]
    other = next(id for name, id in people.items() if name.startswith("Dr. ") and id != on["person"])
    swap = {
        "start": "2026-12-05T14:00:00Z",
        "end": "2026-12-06T14:00:00Z",
        "absent": {"person": on["person"]},
        "instead": {"person": other},
    }
    plan = {**form["plan"], "swaps": [swap]}
    _, swapped = lead.post("/api/rotas/calendar", {**asked, "plan": plan})["periods"]
    assert swapped["steps"][0][0]["person"] == other
    assert swapped["start"] == "2026-12-05T14:00:00Z"
    lead.put(f"/api/rotas/{rota}", {"revision": one["revision"], "form": {**form, "plan": plan}})
    names = {id: name for name, id in people.items()}
    (newest,) = lead.get(f"/api/rotas/{rota}/history")["items"][:1]
    assert newest["what"] == [f"{names[other]} takes 2026-12-05 from {on['name']}"]


def test_gaps(lead: Browser, clinic: Database, people: dict[str, str]) -> None:
    with clinic.write("t") as session:
        nobody = Person(name="No Phone")
        session.add(nobody)
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    shift = {"days": days, "start": "00:00", "end": "00:00", "members": [{"person": people["Maria Santos"]}]}
    plan: dict[str, Any] = {"steps": [{"shifts": [shift], "always": [{"person": nobody.id}]}]}
    asked = {"plan": plan, "zone": "America/Chicago", "first": "2026-12-01", "last": "2026-12-31"}
    found = lead.post("/api/rotas/calendar", asked)
    assert len(found["gaps"]) == 4
    assert found["gaps"][0] == {"start": "2026-12-05T06:00:00Z", "end": "2026-12-07T06:00:00Z"}
    assert len(found["ahead"]) >= 2
    members = {
        member["name"]: member["reachable"] for it in found["periods"] for step in it["steps"] for member in step
    }
    assert members == {"Maria Santos": True, "No Phone": False}
    made = lead.post("/api/rotas", {"name": "Gappy", "plan": plan}, status=201)
    assert lead.get(f"/api/rotas/{made['id']}")["line"]["gaps"] >= 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan": {"steps": [{"always": [{"person": "gone"}]}]}},
        {"plan": {"steps": [{"always": [{"number": "not a number"}]}]}},
        {"zone": "Mars/Olympus"},
    ],
)
def test_what_cannot_be_is_refused(lead: Browser, clinic: Database, wrong: dict[str, Any]) -> None:
    lead.post("/api/rotas", {"name": "Odd", **wrong}, status=422)


def test_two_months_at_most(lead: Browser, clinic: Database) -> None:
    asked = {"plan": {}, "first": "2026-12-01", "last": "2027-12-31"}
    assert "two months" in lead.post("/api/rotas/calendar", asked, status=422)["message"]


def test_a_number_outside_is_written_as_it_is_dialled(lead: Browser, clinic: Database) -> None:
    plan = {"steps": [{"always": [{"number": "(608) 555-0180", "name": "Night owls"}]}]}
    made = lead.post("/api/rotas", {"name": "Odd", "plan": plan}, status=201)
    kept = lead.get(f"/api/rotas/{made['id']}")["form"]["plan"]["steps"][0]["always"][0]
    assert kept == {"number": "+16085550180", "name": "Night owls", "person": None}
    wrong = {"steps": [{"always": [{"number": "12", "name": "Nobody"}]}]}
    refused = lead.post("/api/rotas", {"name": "Odder", "plan": wrong}, status=422)
    assert refused["message"].startswith("This is not a telephone number.")

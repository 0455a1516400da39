"""Providers: the care team, absences with cover, and calls that are expected until a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from controller.store.engine import Database
from controller.store.models import (
    ContactList,
    ExpectedCall,
    HeldRole,
    Location,
    Person,
    Provider,
    Queue,
    Role,
)
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.editor.test_things import ids


def in_hours(hours: float) -> str:
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)).isoformat()


@pytest.fixture
def providers(clinic: Database) -> dict[str, str]:
    return ids(clinic, Provider)


def test_a_provider_is_made_and_is_away(clinic: Database, providers: dict[str, str], lead: Browser) -> None:
    queue = ids(clinic, Queue)["Appointments"]
    form = {
        "name": "Dr. José Núñez",
        "queue": queue,
        "absences": [{"begins": in_hours(-1), "ends": in_hours(5), "cover": providers["Dr. Ellen Park"]}],
    }
    made = lead.post("/api/providers", form, status=201)
    one = lead.get(f"/api/providers/{made['id']}")
    assert one["line"]["queue"] == "Appointments"
    assert one["line"]["keys"] == ["68639", "5673"], "José Núñez, by keys"
    assert one["line"]["away"]["cover"] == "Dr. Ellen Park"
    assert not one["line"]["reachable"]
    told = lead.get(f"/api/providers/{made['id']}/history")["items"][0]["what"]
    assert told == ["Made", "Absence Dr. Ellen Park: added"]
    used = lead.get(f"/api/providers/{providers['Dr. Ellen Park']}/uses")["items"]
    assert [(it["kind"], it["name"]) for it in used] == [("providers", "Dr. José Núñez")]
    refused = lead.delete(f"/api/providers/{providers['Dr. Ellen Park']}", status=409, json={})
    assert refused["used_by"][0]["name"] == "Dr. José Núñez"
    absence = one["form"]["absences"][0]
    backwards = {**one["form"], "absences": [{**absence, "ends": in_hours(-2)}]}
    answer = lead.put(f"/api/providers/{made['id']}", {"revision": one["revision"], "form": backwards}, status=422)
    assert "absences.0.ends" in answer["fields"]
    oneself = {**one["form"], "absences": [{**absence, "cover": made["id"]}]}
    answer = lead.put(f"/api/providers/{made['id']}", {"revision": one["revision"], "form": oneself}, status=422)
    assert "absences.0.cover" in answer["fields"]


def test_a_call_is_expected_and_expires_by_itself(
    clinic: Database, providers: dict[str, str], lead: Browser, parts: Editor
) -> None:
    park = providers["Dr. Ellen Park"]
    path = f"/api/providers/{park}/expected"
    lead.post(path, {"until": in_hours(-1)}, status=422)
    assert "number" in lead.post(path, {"number": "12", "until": in_hours(1)}, status=422)["fields"]
    lists = ids(clinic, ContactList)
    both = {"number": "(608) 555-0177", "list": next(iter(lists.values())), "until": in_hours(1)}
    assert "number" in lead.post(path, both, status=422)["fields"]
    lead.post(path, {"list": "gone", "until": in_hours(1)}, status=409)
    made = lead.post(path, {"label": "The hospital", "number": "(608) 555-0177", "until": in_hours(2)}, status=201)
    seen = {one["line"]["name"]: one["line"] for one in lead.get("/api/expected-calls")["items"]}
    assert [it["who"] for it in seen["Dr. Ellen Park"]["expected"]] == ["The hospital"]
    parts.clinic.refresh()
    known = parts.clinic.provider(park)
    assert known is not None
    assert [it.number for it in known.expected] == ["+16085550177"]
    with clinic.write("test") as session:
        session.get_one(ExpectedCall, made["id"]).until = datetime.now(UTC) - timedelta(seconds=1)
    one = lead.get(f"/api/providers/{park}")
    assert one["line"]["expected"] == []
    # ... and what is over is not touched by a form that does not show it
    lead.put(f"/api/providers/{park}", {"revision": one["revision"], "form": {**one["form"], "spoken": "Park"}})
    with clinic.read() as session:
        assert session.scalars(select(ExpectedCall.id)).all() == [made["id"]]


def test_a_call_is_no_longer_expected(clinic: Database, providers: dict[str, str], lead: Browser) -> None:
    path = f"/api/providers/{providers['Dr. Ellen Park']}/expected"
    given = {"label": "The lab", "number": "(608) 555-0177", "list": None, "until": in_hours(2)}
    made = lead.post(path, given, status=201)
    gone = lead.delete(f"{path}/{made['id']}")
    assert {**gone, "until": given["until"]} == given, "what it takes to expect it again"
    lead.post(path, gone, status=201)
    lead.delete(f"{path}/{made['id']}", status=404)
    told = [it["what"] for it in lead.get(f"/api/providers/{providers['Dr. Ellen Park']}/history")["items"]]
    assert told[:2] == [["Expected call The lab: added"], ["Expected call The lab: removed"]]


def test_who_may_expect_calls(
    clinic: Database, providers: dict[str, str], browser: Callable[..., Browser], app: object
) -> None:
    places = ids(clinic, Location)
    there = browser(Role.AGENT, places["Hillside"], name="Kim Away")
    seen = [one["line"]["name"] for one in there.get("/api/expected-calls")["items"]]
    assert seen == ["Dr. Anne Fischer"]
    given = {"label": "The lab", "until": in_hours(1)}
    there.post(f"/api/providers/{providers['Dr. Anne Fischer']}/expected", given, status=201)
    there.post(f"/api/providers/{providers['Dr. Ellen Park']}/expected", given, status=404)
    browser(Role.AUDITOR).post(f"/api/providers/{providers['Dr. Ellen Park']}/expected", given, status=403)
    # the provider, whose role is elsewhere
    ellen = ids(clinic, Person)["Dr. Ellen Park"]
    with clinic.write("test") as session:
        person = session.get_one(Person, ellen)
        person.email = "ellen@clinic.example"
        person.roles.append(HeldRole(role=Role.AGENT, location_id=person.location_id))
    herself = Browser(app, ellen)  # type: ignore[arg-type]
    first = herself.get("/api/expected-calls")["items"][0]
    assert (first["own"], first["line"]["name"]) == (True, "Dr. Ellen Park")
    herself.post(f"/api/providers/{providers['Dr. Ellen Park']}/expected", given, status=201)

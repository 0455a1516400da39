"""Home: how things stand, and what is done there; each ends by itself and can be undone at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from controller.flows.hours import Calendar, Span, Weekday
from controller.flows.rotas import Plan, Step
from controller.store import history
from controller.store.engine import Database
from controller.store.models import (
    CallRecord,
    ControllerRecord,
    Flow,
    Hours,
    Location,
    Mailbox,
    Message,
    Number,
    Preference,
    Prompt,
    Role,
    Rota,
)
from controller.store.models.places import NumberState
from flow_editor.editor import Editor
from flow_editor.home import service
from tests.editor.conftest import Browser

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what time it is, in Chicago."""

    def at(*parts: int) -> None:
        moment = datetime(*parts, tzinfo=CHICAGO).astimezone(UTC)  # type: ignore[misc, arg-type]
        monkeypatch.setattr(service, "now", lambda: moment)

    at(2026, 3, 3, 9, 30)
    return at


@pytest.fixture
def lakeside(clinic: Database, clock: Callable[..., None]) -> str:
    """The id of the demo clinic's first location."""
    with clinic.read() as session:
        return session.scalars(select(Location.id).where(Location.name == "Lakeside")).one()


def place(browser: Browser, name: str = "Lakeside") -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in browser.get("/api/home")["places"] if one["name"] == name)
    return found


def state(browser: Browser, name: str = "Lakeside") -> tuple[str, str | None]:
    hours = place(browser, name)["hours"][0]
    return hours["state"], hours["until"]


def local(*parts: int) -> str:
    return datetime(*parts, tzinfo=CHICAGO).astimezone(UTC).isoformat().replace("+00:00", "Z")  # type: ignore[misc, arg-type]


def undo(database: Database, change: str) -> None:
    with database.write("pat") as session:
        history.undo(session, change)


def test_open_until_when_and_why(lead: Browser, lakeside: str, clock: Callable[..., None]) -> None:
    names = [(one["kind"], one["name"]) for one in lead.get("/api/home")["places"]]
    assert names == [("location", "Hillside"), ("location", "Lakeside"), ("hours", "Billing office hours")]
    assert state(lead) == ("open", local(2026, 3, 3, 12))
    assert place(lead)["zone"] == "America/Chicago"
    assert place(lead)["day_ends"] == local(2026, 3, 3, 17)
    clock(2026, 3, 3, 12, 15)
    assert state(lead) == ("break", local(2026, 3, 3, 13))
    clock(2026, 12, 25, 10)
    assert state(lead)[0] == "holiday"
    assert place(lead)["hours"][0]["reason"] == "Christmas Day"


def test_an_emergency_closure_ends_by_itself(
    lead: Browser, lakeside: str, clinic: Database, clock: Callable[..., None]
) -> None:
    with clinic.write("t") as session:
        week = dict.fromkeys(Weekday, (Span(start=time(0), end=time(0)),))
        session.add(Hours(name="Lab", location_id=lakeside, calendar=Calendar(week=week)))
    asked = {"until": "2026-03-03T14:00:00", "reason": "Burst pipe"}
    change = lead.post(f"/api/home/places/location/{lakeside}/closure", asked)["change"]
    found = place(lead)
    assert [hours["state"] for hours in found["hours"]] == ["emergency", "emergency"]
    assert found["closure"]["until"] == local(2026, 3, 3, 14)
    assert found["closure"]["reason"] == "Burst pipe"
    assert state(lead, "Hillside")[0] == "open"
    clock(2026, 3, 3, 14)
    assert [hours["state"] for hours in place(lead)["hours"]] == ["open", "open"]
    assert place(lead)["closure"] is None
    clock(2026, 3, 3, 10)
    undo(clinic, change)
    assert [hours["state"] for hours in place(lead)["hours"]] == ["open", "open"]


def test_a_closure_is_lifted(lead: Browser, lakeside: str) -> None:
    lead.post(f"/api/home/places/location/{lakeside}/closure", {})
    assert state(lead) == ("emergency", None)
    assert lead.delete(f"/api/home/places/location/{lakeside}/closure")["change"]
    assert state(lead)[0] == "open"
    assert lead.delete(f"/api/home/places/location/{lakeside}/closure")["change"] is None


def test_close_early_and_stay_open(lead: Browser, lakeside: str, clinic: Database, clock: Callable[..., None]) -> None:
    day = f"/api/home/places/location/{lakeside}/day"
    lead.post(day, {"kind": "early", "at": "15:00"})
    clock(2026, 3, 3, 14)
    assert state(lead) == ("open", local(2026, 3, 3, 15))
    assert place(lead)["change"] == {"kind": "early", "ends": local(2026, 3, 3, 15)}
    change = lead.post(day, {"kind": "late", "at": "00:30"})["change"]
    assert state(lead) == ("open", local(2026, 3, 4, 0, 30))
    undo(clinic, change)
    assert state(lead) == ("open", local(2026, 3, 3, 15))
    lead.delete(day)
    assert state(lead) == ("open", local(2026, 3, 3, 17))
    assert place(lead)["change"] is None
    refused = lead.post(day, {"kind": "early", "at": "18:00"}, status=422)
    assert "closes before that anyway" in refused["message"]


def test_hours_of_no_location(lead: Browser, lakeside: str, browser: Callable[..., Browser]) -> None:
    id = place(lead, "Billing office hours")["id"]
    lead.post(f"/api/home/places/hours/{id}/closure", {"reason": "Training"})
    assert state(lead, "Billing office hours")[0] == "emergency"
    assert state(lead)[0] == "open"
    there = browser(Role.LEAD, lakeside, "Lou Hill")
    assert not place(there, "Billing office hours")["may_change"]
    there.delete(f"/api/home/places/hours/{id}/closure", status=403)


def test_who_may(lakeside: str, browser: Callable[..., Browser], clinic: Database) -> None:
    with clinic.read() as session:
        hillside = session.scalars(select(Location.id).where(Location.name == "Hillside")).one()
    there = browser(Role.LEAD, hillside, "Hill Lead")
    assert [one["name"] for one in there.get("/api/home")["places"]] == ["Hillside", "Billing office hours"]
    there.post(f"/api/home/places/location/{lakeside}/closure", {}, status=403)
    there.put(f"/api/home/places/location/{lakeside}/announcement", {"text": {"en": "x"}}, status=403)
    there.put("/api/home/announcement", {"text": {"en": "x"}}, status=403)
    there.post(f"/api/home/places/location/{hillside}/closure", {})
    agent = browser(Role.AGENT)
    assert not place(agent)["may_change"]
    agent.post(f"/api/home/places/location/{lakeside}/closure", {}, status=403)
    agent.post("/api/home/places/location/gone/closure", {}, status=403)
    there.post("/api/home/places/elsewhere/gone/closure", {}, status=404)
    browser(Role.WALLBOARD).get("/api/home", status=403)


def test_the_days_announcement(
    lead: Browser, lakeside: str, clinic: Database, parts: Editor, clock: Callable[..., None]
) -> None:
    assert lead.get("/api/home")["languages"] == ["en", "es"]
    here = f"/api/home/places/location/{lakeside}/announcement"
    asked = {"text": {"en": "  We close at\nnoon. ", "es": ""}, "until": "2026-03-03T12:00:00"}
    change = lead.put(here, asked)["change"]
    told = place(lead)["announcement"]
    assert told == {"text": {"en": "We close at noon."}, "until": local(2026, 3, 3, 12)}
    parts.clinic.refresh()
    assert parts.clinic.announcement(lakeside, service.now()) == {"en": "We close at noon."}
    assert parts.clinic.announcement("elsewhere", service.now()) == {}
    clock(2026, 3, 3, 12)
    assert place(lead)["announcement"] is None
    assert parts.clinic.announcement(lakeside, service.now()) == {}
    undo(clinic, change)
    lead.put("/api/home/announcement", {"text": {"en": "Flu shots are here."}})
    assert lead.get("/api/home")["announcement"] == {"text": {"en": "Flu shots are here."}, "until": None}
    lead.delete("/api/home/announcement")
    assert lead.get("/api/home")["announcement"] is None


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"text": {"en": " "}}, "text"),
        ({"text": {"en": "x" * 501}}, "text"),
        ({"text": {"en": "Hello"}, "until": "2026-03-03T09:00:00"}, "until"),
    ],
)
def test_an_announcement_nobody_could_hear(lead: Browser, lakeside: str, asked: Any, field: str) -> None:
    refused = lead.put("/api/home/announcement", asked, status=422)
    assert field in refused["fields"]


def test_lines_and_messages(lead: Browser, lakeside: str, clinic: Database, browser: Callable[..., Browser]) -> None:
    now = service.now()
    with clinic.write("t") as session:
        number = session.scalars(select(Number).where(Number.label == "Lakeside")).one()
        box = session.scalars(select(Mailbox).order_by(Mailbox.id)).first()
        assert box is not None
        same = {"dialled": number.number, "number_id": number.id, "switch": "s", "controller": "c"}
        session.add(CallRecord(id="1", began_at=now, location_id=lakeside, **same))
        session.add(CallRecord(id="2", began_at=now, location_id=lakeside, ended_at=now, **same))
        session.add(CallRecord(id="3", began_at=now - timedelta(days=1), ended_at=now, **same))
        session.add(CallRecord(id="4", began_at=now, location_id=lakeside, test=True, **same))
        for step, heard in enumerate((None, None, now)):
            session.add(
                Message(mailbox_id=box.id, call_id="1", step=step, path="m.wav", seconds=5, left_at=now,
                        language="en", urgent=step == 0, heard_at=heard)
            )  # fmt: skip
        name = box.name
    home = lead.get("/api/home")
    line = next(line for line in home["lines"] if line["label"] == "Lakeside")
    assert (line["calls"], line["today"], line["flow"]) == (1, 2, "Lakeside main line")
    assert place(lead)["calls"] == 1
    assert [(box["name"], box["unheard"], box["urgent"]) for box in home["messages"]] == [(name, 2, 1)]
    browser(Role.AUDITOR).get("/api/home")


def test_who_is_on_call(lead: Browser, lakeside: str) -> None:
    (rota,) = lead.get("/api/home")["on_call"]
    assert rota["name"] == "Lakeside on call"
    first = rota["periods"][0]
    assert [member["name"] for member in first["steps"][-1]] == ["Madison Answering Service"]
    assert len(first["steps"]) == 3
    assert first["steps"][0][0]["name"].startswith("Dr. ")


def concerns(browser: Browser, **headers: str) -> dict[str, str]:
    return {one["code"]: one["text"] for one in browser.get("/api/home/concerns", headers=headers)["items"]}


def test_what_needs_somebody(lead: Browser, lakeside: str, clinic: Database, parts: Editor) -> None:
    found = concerns(lead)
    assert found.keys() == {"no_controller"}
    with clinic.write("t") as session:
        session.add(ControllerRecord(name="c", address="a", began_at=datetime.now(UTC), beat_at=datetime.now(UTC)))
        session.add(Rota(name="Nobody <b>", location_id=lakeside, plan=Plan(steps=(Step(name="First"),))))
        session.add(Number(number="+16085550199", label="Fax"))
        session.add(Number(number="+16085550197", label="Old", state=NumberState.RETIRED))
        session.add(Flow(id="new", name="New flow"))
        session.flush()
        session.add(Number(number="+16085550198", label="New", flow_id="new"))
        session.add(Prompt(name="Welcome", recordings={"en": "x.wav"}, text={"es": "Hola"}))
        mailbox = session.scalars(select(Mailbox).where(Mailbox.name == "Front desk")).one()
        session.delete(mailbox)
        sentence = session.scalars(select(Preference).where(Preference.key == "emergency_sentence")).one()
        sentence.value = {"en": "Something else altogether."}
    parts.clinic.refresh()
    items = lead.get("/api/home/concerns")["items"]
    codes = {one["code"] for one in items}
    assert codes == {"rota_gap", "number_unanswered", "computer_voice", "flow_problems"}
    unanswered = [one["text"] for one in items if one["code"] == "number_unanswered"]
    assert unanswered == [
        "The flow of New (608) 555-0198 is not live: callers reach its backup line only.",
        "Fax (608) 555-0199 has no flow: callers reach its backup line only.",
    ]
    text = concerns(lead)
    assert text["rota_gap"] == "Nobody <b>: nobody is on call in the next 14 days."
    assert "Welcome" in text["computer_voice"]
    assert items[-1]["severity"] == "warning"
    spanish = concerns(lead, **{"Accept-Language": "es"})
    assert spanish["rota_gap"] != text["rota_gap"]


def test_a_number_without_a_flow_reaches_the_default_line(lead: Browser, lakeside: str, clinic: Database) -> None:
    with clinic.write("t") as session:
        flow = session.scalars(select(Flow.id).where(Flow.name == "Lakeside main line")).one()
        session.add(Preference(key="default_flow", value=flow))
        session.add(Number(number="+16085550199", label="Fax"))
    assert concerns(lead)["number_unanswered"] == "Fax (608) 555-0199 has no flow: callers reach the default line."

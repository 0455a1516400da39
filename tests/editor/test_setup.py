"""Set up my clinic: each step and each item of the go-live list looks by itself; the demo goes in one change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text

from controller.store.engine import Database
from controller.store.models import (
    CallRecord,
    ControllerRecord,
    Flow,
    FlowVersion,
    Hours,
    Location,
    Mailbox,
    Message,
    Number,
    Person,
    Preference,
    Role,
    Rota,
    Team,
)
from controller.store.seed import WHO
from flow_editor.editor import Editor
from tests.editor.conftest import Browser

NOW = datetime.now(UTC)


def steps(browser: Browser) -> dict[str, bool]:
    return {step["name"]: step["done"] for step in browser.get("/api/set-up")["steps"]}


def undone(browser: Browser) -> dict[str, list[str]]:
    return {item["code"]: item["missing"] for item in browser.get("/api/set-up")["go_live"] if not item["done"]}


def count(database: Database, model: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_nothing_is_done_on_an_empty_database(lead: Browser) -> None:
    found = steps(lead)
    assert list(found) == ["organisation", "locations", "hours", "people", "number", "flow", "test_call", "go_live"]
    assert not any(found.values())
    assert len(undone(lead)) == len(lead.get("/api/set-up")["go_live"])
    assert lead.get("/api/set-up")["demo"] is None


def test_a_step_is_skipped_and_taken_up_again(lead: Browser, browser: Callable[..., Browser]) -> None:
    lead.post("/api/set-up/skip", {"step": "people", "skipped": True}, status=204)
    assert [step["name"] for step in lead.get("/api/set-up")["steps"] if step["skipped"]] == ["people"]
    lead.post("/api/set-up/skip", {"step": "people", "skipped": False}, status=204)
    assert not [step for step in lead.get("/api/set-up")["steps"] if step["skipped"]]
    lead.post("/api/set-up/skip", {"step": "nonsense", "skipped": True}, status=422)
    browser(Role.AGENT).post("/api/set-up/skip", {"step": "people", "skipped": True}, status=403)


def test_the_demo_lacks_a_controller_and_a_test_call(lead: Browser, clinic: Database) -> None:
    assert undone(lead).keys() == {"controller", "test_call"}
    with clinic.write("t") as session:
        session.add(ControllerRecord(name="c", address="a", began_at=datetime.now(UTC), beat_at=datetime.now(UTC)))
        session.add(CallRecord(id="t", began_at=NOW, dialled="x", switch="s", controller="c", test=True))
    assert undone(lead) == {}
    assert all(done for name, done in steps(lead).items() if name != "go_live")


def test_each_item_sees_what_is_missing(lead: Browser, clinic: Database, parts: Editor) -> None:
    with clinic.write("t") as session:
        number = session.scalars(select(Number).where(Number.label == "Hillside")).one()
        number.backup = None
        session.add(Location(name="Oak Park", zone="America/Chicago"))
        session.add(Number(number="+16085550199", label="New"))
        sentence = session.scalars(select(Preference).where(Preference.key == "emergency_sentence")).one()
        sentence.value = {"en": "Something that no flow says."}
        for hours in session.scalars(select(Hours)):
            hours.calendar = hours.calendar.model_copy(update={"week": {}})
        session.delete(session.scalars(select(Preference).where(Preference.key == "organisation")).one())
    parts.clinic.refresh()
    found = undone(lead)
    assert found["hours"] == ["Oak Park"]
    assert found["backup"] == ["Hillside (608) 555-0110", "New (608) 555-0199"]
    assert found["flow"] == ["New (608) 555-0199"]
    assert found["emergency"] == ["Lakeside main line"]
    assert any("Lakeside main line" in missing for missing in found["rehearsals"])
    assert "organisation" in found
    spanish = lead.get("/api/set-up", headers={"Accept-Language": "es"})["go_live"][0]["text"]
    assert spanish != lead.get("/api/set-up")["go_live"][0]["text"]


def test_the_demo_goes_in_one_change_and_comes_back(
    browser: Callable[..., Browser], clinic: Database, parts: Editor
) -> None:
    lead = browser(Role.OWNER)
    kinds = (Location, Hours, Rota, Mailbox, Team, Flow, Number, Preference)
    before = {kind: count(clinic, kind) for kind in kinds}
    found = lead.get("/api/set-up")["demo"]
    assert found["stays"] == []
    gone = lead.delete("/api/set-up/demo")
    assert gone["gone"] == found["goes"]
    assert {kind: count(clinic, kind) for kind in kinds} == dict.fromkeys(kinds, 0)
    assert count(clinic, Person) == 1  # whoever asked
    assert count(clinic, FlowVersion) == 3  # for the calls that walked them
    assert lead.get("/api/set-up")["demo"] is None
    lead.get("/api/home")
    lead.post(f"/api/changes/{gone['change']}/undo")
    assert {kind: count(clinic, kind) for kind in kinds} == before
    parts.clinic.refresh()
    assert parts.clinic.live_version(next(iter(parts.clinic.names("flow")))) is not None
    again = lead.get("/api/set-up")["demo"]
    assert again == found


def names(database: Database, model: Any) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(model.name)))


def test_what_somebody_has_changed_stays_with_what_it_needs(lead: Browser, clinic: Database) -> None:
    with clinic.write("pat") as session:
        team = session.scalars(select(Team).where(Team.name == "Lakeside front desk")).one()
        members = {member.person.name for member in team.members}
        team.name = "Our desk"
        place = session.scalars(select(Location).where(Location.name == "Hillside")).one()
        session.add(Hours(name="Our hours", location_id=place.id))
        maria = session.scalars(select(Person).where(Person.name == "Maria Santos")).one()
        maria.phones[0].label = "My phone"
    found = lead.get("/api/set-up")["demo"]
    assert "Our desk" in found["stays"]
    assert "Hillside" in found["stays"]
    assert "Maria Santos" in found["stays"]
    lead.delete("/api/set-up/demo")
    assert names(clinic, Team) == {"Our desk"}
    assert "Hillside" in names(clinic, Location)
    assert names(clinic, Hours) == {"Our hours"}
    assert {*members, "Maria Santos", "Pat Moore"} <= names(clinic, Person)
    assert names(clinic, Flow) == set()
    assert names(clinic, Mailbox) == set()


def test_a_flow_that_was_published_anew_keeps_all_it_refers_to(lead: Browser, clinic: Database) -> None:
    with clinic.write("pat") as session:
        flow = session.scalars(select(Flow).where(Flow.name == "Lakeside main line")).one()
        version = session.get_one(FlowVersion, flow.live_version_id)
        newer = FlowVersion(flow_id=flow.id, number=2, document=version.document, published_at=NOW)
        session.add(newer)
        session.flush()
        flow.live_version_id = newer.id
    stays = lead.get("/api/set-up")["demo"]["stays"]
    assert {"Lakeside main line", "Lakeside after hours", "Lakeside on call", "Front desk"} <= set(stays)
    lead.delete("/api/set-up/demo")
    assert names(clinic, Flow) == {"Lakeside main line", "Lakeside after hours", "Lakeside nurse line"}
    assert names(clinic, Rota) == {"Lakeside on call"}
    assert count(clinic, Number) == 0


def test_what_callers_said_is_kept(lead: Browser, clinic: Database) -> None:
    with clinic.write("t") as session:
        box = session.scalars(select(Mailbox).where(Mailbox.name == "Front desk")).one()
        same = {"mailbox_id": box.id, "seconds": 3, "language": "en", "path": "m.wav"}
        session.add(Message(call_id="c", step=1, left_at=NOW, **same))
    lead.delete("/api/set-up/demo")
    assert names(clinic, Mailbox) == {"Front desk"}


def test_the_demos_lead_does_not_lock_themselves_out(
    browser: Callable[..., Browser], app: Any, clinic: Database
) -> None:
    with clinic.read() as session:
        id = session.scalar(
            text("SELECT person_id FROM roles JOIN people ON people.id = person_id WHERE role = 'lead'")
        )
    assert id is not None
    demo_lead = Browser(app, id)
    demo_lead.delete("/api/set-up/demo")
    with clinic.read() as session:
        left = session.scalars(select(Person)).all()
    assert all(person.email for person in left)  # who signs in is for those who manage accounts
    assert demo_lead.get("/api/session")["person"]["id"] == id
    browser(Role.AGENT, name="An Agent").delete("/api/set-up/demo", status=403)
    assert WHO == "demo"

"""What every set-up page can do, shown with teams and locations: change and be told of others' changes, undo, where used,
replace, and what a change would do to calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from controller.flows.upgrades import from_json
from controller.store.engine import Database
from controller.store.models import Base, Flow, FlowVersion, Kept, Location, Person, Role, Rota, Team
from flow_editor.drafts import store as drafts
from tests.editor.conftest import Browser


def ids(database: Database, model: Any) -> dict[str, str]:
    """Name to id."""
    with database.read() as session:
        return {row.name: row.id for row in session.execute(select(model.name, model.id))}


@pytest.fixture
def people(clinic: Database) -> dict[str, str]:
    return ids(clinic, Person)


def test_every_column_that_is_kept_says_what_it_is_called() -> None:
    for mapper in Base.registry.mappers:
        model: Any = mapper.class_
        if not issubclass(model, Kept):
            continue
        assert model.noun or model.called, model
        for column in model.__table__.columns:
            tells = "title" in column.info or not column.info.get("history", True)
            assert tells or column.name in ("id", "key", model.owner), f"{model.__name__}.{column.name}"


def test_a_thing_is_made_changed_and_deleted(people: dict[str, str], lead: Browser) -> None:
    maria, tom = people["Maria Santos"], people["Tom Becker"]
    form = {"name": "<b>Night</b>", "location": None, "members": [tom, maria]}
    made = lead.post("/api/teams", form, status=201)
    one = lead.get(f"/api/teams/{made['id']}")
    assert one["form"] == form
    assert one["revision"] == made["revision"]
    assert one["line"]["members"] == ["Tom Becker", "Maria Santos"]
    assert one["line"]["may_change"]
    changed = {"revision": made["revision"], "form": {**form, "members": [maria, tom]}}
    done = lead.put(f"/api/teams/{made['id']}", changed)
    assert done["revision"] > made["revision"]
    assert lead.get(f"/api/teams/{made['id']}")["form"]["members"] == [maria, tom]
    same = lead.put(f"/api/teams/{made['id']}", {**changed, "revision": done["revision"]})
    assert same["change"] == ""
    deleted = lead.delete(f"/api/teams/{made['id']}", json={})
    lead.get(f"/api/teams/{made['id']}", status=404)
    lead.post(f"/api/changes/{deleted['change']}/undo")
    assert lead.get(f"/api/teams/{made['id']}")["form"]["members"] == [maria, tom]


def test_what_is_not_there_any_more(clinic: Database, lead: Browser) -> None:
    refused = lead.post("/api/teams", {"name": "Night", "location": "gone"}, status=409)
    assert "not here any more" in refused["message"]
    lead.post("/api/teams/preview", {"form": {"name": "Night", "location": "gone"}}, status=409)
    lead.get("/api/teams/gone", status=404)
    lead.put("/api/teams/gone", {"revision": 0, "form": {"name": "x"}}, status=404)
    lead.delete("/api/teams/gone", status=404, json={})
    lead.get("/api/teams/gone/uses", status=404)


def test_a_name_that_another_one_has(clinic: Database, lead: Browser) -> None:
    name = next(iter(ids(clinic, Team)))
    refused = lead.post("/api/teams", {"name": name}, status=409)
    assert refused["fields"] == {"name": "There is one with this name already."}
    assert lead.post("/api/teams", {"name": " "}, status=422)["fields"] == {"name": "Please give it a name."}
    lead.post("/api/teams", {"name": "x", "members": ["nobody"]}, status=422)


def test_whoever_is_slower_is_told_what_changed(people: dict[str, str], browser: Callable[..., Browser]) -> None:
    ann, ben = browser(Role.LEAD, name="Ann One"), browser(Role.OWNER, name="Ben Two")
    made = ann.post("/api/teams", {"name": "Night"}, status=201)
    path = f"/api/teams/{made['id']}"
    seen = ben.get(path)
    ann.put(path, {"revision": made["revision"], "form": {"name": "Nights", "members": [people["Tom Becker"]]}})
    conflict = ben.put(path, {"revision": seen["revision"], "form": {**seen["form"], "name": "Late"}}, status=409)
    assert conflict["message"].startswith("Ann One has changed this meanwhile")
    assert conflict["meanwhile"][0]["who"] == "Ann One"
    assert conflict["meanwhile"][0]["what"] == ["Name: Night → Nights", "Member Tom Becker: added"]
    ben.put(path, {"revision": conflict["revision"], "form": {**seen["form"], "name": "Late"}})
    assert ann.get(path)["form"] == {"name": "Late", "location": None, "members": []}


def test_history_in_words_and_back(people: dict[str, str], lead: Browser) -> None:
    maria, tom = people["Maria Santos"], people["Tom Becker"]
    made = lead.post("/api/teams", {"name": "Night", "members": [tom]}, status=201)
    path = f"/api/teams/{made['id']}"
    second = lead.put(path, {"revision": made["revision"], "form": {"name": "Nights", "members": [tom, maria]}})
    third = lead.put(path, {"revision": second["revision"], "form": {"name": "Nights", "members": [maria]}})
    items = lead.get(f"{path}/history")["items"]
    assert [it["change"] for it in items] == [third["change"], second["change"], made["change"]]
    assert items[0]["what"] == ["Member Maria Santos: place in the order: 1 → 0", "Member Tom Becker: removed"]
    assert items[1]["what"] == ["Name: Night → Nights", "Member Maria Santos: added"]
    assert items[2]["what"] == ["Made", "Member Tom Becker: added"]
    assert [it["undo"] for it in items] == [True, False, False]
    assert items[0]["who"] == "Pat Moore"
    spanish = lead.get(f"{path}/history", headers={"Accept-Language": "es"})["items"]
    assert spanish[1]["what"][0] == "Nombre: Night → Nights"
    refused = lead.post(f"/api/changes/{second['change']}/undo", status=409)
    assert "changed again" in refused["message"]
    lead.post(f"{path}/history", {"change": made["change"]})
    assert lead.get(path)["form"] == {"name": "Night", "location": None, "members": [tom]}
    lead.post(f"{path}/history", {"change": "none"}, status=404)
    lead.delete(path, json={})
    everything = lead.get("/api/teams/history")["items"]
    assert everything[0]["what"] == ["Night: Deleted"]
    assert everything[0]["undo"]


def test_where_it_is_used(clinic: Database, people: dict[str, str], lead: Browser) -> None:
    flow = ids(clinic, Flow)["Lakeside main line"]
    used = lead.get(f"/api/teams/{ids(clinic, Team)['Lakeside front desk']}/uses")["items"]
    assert [(it["kind"], it["id"], it["name"]) for it in used if it["kind"] != "queues"] == [
        ("flow", flow, "Lakeside main line")
    ]
    assert ("queues", "Appointments") in [(it["kind"], it["name"]) for it in used]
    assert used[0]["at"], "the steps are named"
    places = ids(clinic, Location)
    kinds = {it["kind"] for it in lead.get(f"/api/locations/{places['Hillside']}/uses")["items"]}
    assert {"hours", "people", "teams", "numbers"} <= kinds


def test_what_is_used_is_not_deleted_but_replaced(clinic: Database, lead: Browser) -> None:
    teams, flows = ids(clinic, Team), ids(clinic, Flow)
    old = teams["Lakeside front desk"]
    refused = lead.delete(f"/api/teams/{old}", status=409, json={})
    assert [it["name"] for it in refused["used_by"]] == ["Lakeside main line", "Appointments"]
    made = lead.post("/api/teams", {"name": "New desk"}, status=201)["id"]
    with clinic.read() as session:
        before = session.get_one(Flow, flows["Lakeside main line"]).live_version_id
    done = lead.delete(f"/api/teams/{old}", json={"replace_by": made, "reason": "test"})
    with clinic.read() as session:
        assert session.get(Team, old) is None
        flow = session.get_one(Flow, flows["Lakeside main line"])
        assert flow.live_version_id not in (before, None)
        version = session.get_one(FlowVersion, flow.live_version_id)
        assert old not in str(version.document)
        assert {"id": made, "name": "New desk"} in list(_refs(version.document))
        from_json(version.document)
    assert [it["name"] for it in lead.get(f"/api/teams/{made}/uses")["items"]] == ["Lakeside main line", "Appointments"]
    lead.post(f"/api/changes/{done['change']}/undo")
    with clinic.read() as session:
        assert session.get(Team, old) is not None
        assert session.get_one(Flow, flows["Lakeside main line"]).live_version_id == before


def _refs(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)


def test_what_a_change_would_do_is_said_before(clinic: Database, lead: Browser) -> None:
    team = ids(clinic, Team)["Lakeside front desk"]
    one = lead.get(f"/api/teams/{team}")
    nothing = lead.post("/api/teams/preview", {"id": team, "form": one["form"]})
    assert nothing["rehearsals"] > 3
    assert nothing["elsewhere"] == []
    assert [it["name"] for it in nothing["used_by"]] == ["Lakeside main line", "Appointments"]
    empty = lead.post("/api/teams/preview", {"id": team, "form": {**one["form"], "members": []}})
    assert empty["elsewhere"]
    gone = empty["elsewhere"][0]
    assert gone["flow_name"] == "Lakeside main line"
    assert gone["fails"]
    assert gone["before"].startswith("reaches ")
    assert lead.get(f"/api/teams/{team}") == one, "nothing was changed"
    assert lead.post("/api/teams/preview", {"id": team, "form": {**one["form"], "name": ""}}, status=422)["fields"]


def test_at_one_location_only(clinic: Database, browser: Callable[..., Browser]) -> None:
    places = ids(clinic, Location)
    here, there = places["Lakeside"], places["Hillside"]
    lead = browser(Role.LEAD, here)
    seen = lead.get("/api/teams")["items"]
    assert {it["location"] for it in seen} <= {here, None}
    assert all(it["may_change"] == (it["location"] == here) for it in seen)
    made = lead.post("/api/teams", {"name": "Ours", "location": here}, status=201)
    lead.post("/api/teams", {"name": "Theirs", "location": there}, status=403)
    lead.post("/api/teams", {"name": "All's"}, status=403)
    moved = {"revision": made["revision"], "form": {"name": "Ours", "location": there}}
    lead.put(f"/api/teams/{made['id']}", moved, status=403)
    other = browser(Role.LEAD, there)
    other.get(f"/api/teams/{made['id']}", status=404)
    other.put(f"/api/teams/{made['id']}", moved, status=404)
    other.delete(f"/api/teams/{made['id']}", status=404, json={})
    other.post(f"/api/changes/{made['change']}/undo", status=403)
    lead.post("/api/locations", {"name": "Third", "zone": "UTC"}, status=403)
    agent = browser(Role.AGENT)
    assert not agent.get("/api/teams")["may_make"]
    agent.post("/api/teams", {"name": "x"}, status=403)
    agent.post("/api/teams/preview", {"form": {"name": "x"}}, status=403)
    browser(Role.WALLBOARD).get("/api/teams", status=403)


def test_somebody_who_leaves_is_replaced_in_rotas_too(clinic: Database) -> None:
    from flow_editor.things.in_tables import _refers, _replaced

    with clinic.read() as session:
        rota = session.scalars(select(Rota)).first()
        assert rota is not None
        member = next(it.person for it in rota.plan.members() if it.person)
        assert _refers(rota.plan, "person", member)
        turned = _replaced(rota.plan, "person", member, {"id": "new", "name": "New One"})
        assert not _refers(turned, "person", member)
        assert _refers(turned, "person", "new")
        assert not _refers(rota.plan, "team", member)


def test_drafts_are_seen_and_turned_too(clinic: Database, lead: Browser) -> None:
    flow, old = ids(clinic, Flow)["Lakeside main line"], ids(clinic, Team)["Lakeside front desk"]
    new = lead.post("/api/teams", {"name": "New desk"}, status=201)["id"]
    now = datetime.now(UTC)
    with clinic.write("test") as session:
        document, _ = drafts.document_of(session, flow, now)
        changed = document.model_copy(update={"description": "Being drawn"})
        drafts.replace(session, flow, changed, now, None)
    used = lead.get(f"/api/teams/{old}/uses")["items"]
    assert [it["kind"] for it in used] == ["flow", "draft", "queues"]
    lead.delete(f"/api/teams/{old}", json={"replace_by": new, "reason": "test", "keep": True})
    with clinic.write("test") as session:
        document, draft = drafts.document_of(session, flow, now)
        assert document.description == "Being drawn"
        assert old not in str(document.model_dump())
        assert new in str(document.model_dump())
        assert draft.base_version_id == session.get_one(Flow, flow).live_version_id, "it has not become stale by that"
    assert lead.get(f"/api/teams/{old}/uses")["items"] == []


def test_a_location_with_all_that_belongs_to_it_is_replaced(clinic: Database, lead: Browser) -> None:
    places = ids(clinic, Location)
    old, new = places["Hillside"], places["Lakeside"]
    rules = {"region": "US", "allowed": ["+1"]}
    lead.put(f"/api/dial-rules?location={old}", rules)
    lead.put(f"/api/dial-rules?location={new}", {**rules, "allowed": ["+1", "+52"]})
    done = lead.delete(f"/api/locations/{old}", json={"replace_by": new, "reason": "test"})
    lead.get(f"/api/locations/{old}", status=404)
    assert {it["location"] for it in lead.get("/api/people")["items"]} == {new, None}
    assert lead.get(f"/api/dial-rules?location={new}")["allowed"] == ["+1", "+52"]
    lead.post(f"/api/changes/{done['change']}/undo")
    assert old in {it["location"] for it in lead.get("/api/people")["items"]}

"""Queues and skills: who answers, and by which rules; who has a skill, seen from both sides, kept and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from controller.queues.rules import QueueRules, Relaxation
from controller.store.engine import Database
from controller.store.models import Hours, Location, Person, Provider, Queue, Role, Skill, Team
from tests.editor.conftest import Browser
from tests.editor.test_things import ids


@pytest.fixture
def teams(clinic: Database) -> dict[str, str]:
    return ids(clinic, Team)


def test_the_demo_has_queues(clinic: Database, lead: Browser) -> None:
    lines = {line["name"]: line for line in lead.get("/api/queues")["items"]}
    assert list(lines) == ["Appointments", "Billing", "Nurse advice"]
    assert lines["Appointments"]["teams"] == ["Appointments"]
    assert lines["Appointments"]["helpers"] == ["Lakeside front desk"]
    assert lines["Appointments"]["hours"] == "Lakeside hours"
    assert lines["Appointments"]["people"] > 0


def test_a_queue_is_made_and_changed(clinic: Database, teams: dict[str, str], lead: Browser) -> None:
    hours = ids(clinic, Hours)["Lakeside hours"]
    made = lead.post("/api/queues", {"name": "<b>Refills</b>"}, status=201)
    path = f"/api/queues/{made['id']}"
    one = lead.get(path)
    assert one["form"]["rules"] == QueueRules().model_dump(mode="json")
    assert one["line"]["open"], "without hours it is always open"
    form = {
        **one["form"],
        "hours": hours,
        "teams": [
            {"team": teams["Nurses"], "joins_after": None, "leaves_below": None},
            {"team": teams["Billing"], "joins_after": 300, "leaves_below": None},
        ],
    }
    form["rules"] = {
        **form["rules"],
        "strategy": "ring_all",
        "soon_seconds": 120,
        "alerts": {"waiting": 5, "longest_seconds": 0, "service_level": 80},
        "relaxation": [{"after_seconds": 600, "levels": 5}, {"after_seconds": 60, "levels": 1}],
    }
    changed = lead.put(path, {"revision": one["revision"], "form": form})
    now = lead.get(path)["form"]
    assert [(it["joins_after"], it["leaves_below"]) for it in now["teams"]] == [(None, None), (300, 150)]
    assert [it["after_seconds"] for it in now["rules"]["relaxation"]] == [60, 600], "in the order of their times"
    with clinic.read() as session:
        row = session.get_one(Queue, made["id"])
        assert row.rules.relaxation == (Relaxation(after_seconds=60, levels=1), Relaxation(after_seconds=600, levels=5))
        assert [it.team_id for it in row.teams] == [teams["Nurses"], teams["Billing"]]
    told = lead.get(f"{path}/history")["items"][0]["what"]
    assert "Who is rung: whoever has waited longest for a call → everybody at once" in told
    assert "Head start of “soon” (seconds): 300 → 120" in told
    assert "Less skill needed as the wait grows: nothing → 1 less after 60 s · 5 less after 600 s" in told
    assert "Alert when fewer are answered in time (per cent): 0 → 80" in told
    assert "Team that answers Nurses: added" in told
    spanish = lead.get(f"{path}/history", headers={"Accept-Language": "es"})["items"][0]["what"]
    assert not any("Who is rung" in sentence or "Alert" in sentence for sentence in spanish)
    lead.post(f"/api/changes/{changed['change']}/undo")
    assert lead.get(path)["form"] == one["form"]


@pytest.mark.parametrize(
    ("teams_of_it", "field"),
    [
        ([{"team": "gone"}], "teams"),
        ([{"team": "Nurses", "joins_after": 60, "leaves_below": 60}], "teams.0"),
    ],
)
def test_what_a_queue_cannot_be(
    clinic: Database, teams: dict[str, str], lead: Browser, teams_of_it: list[dict[str, Any]], field: str
) -> None:
    given = [{**it, "team": teams.get(it["team"], it["team"])} for it in teams_of_it]
    refused = lead.post("/api/queues", {"name": "Odd", "teams": given}, status=422)
    assert field in refused["fields"]
    lead.post("/api/queues", {"name": "Odd", "rules": {"ring_seconds": 1}}, status=422)
    lead.post("/api/queues", {"name": "Odd", "rules": {"relaxation": [{"after_seconds": "x"}]}}, status=422)
    lead.post("/api/queues", {"name": "Odd", "hours": "gone"}, status=409)


def test_a_team_knows_the_queues_it_answers(clinic: Database, teams: dict[str, str], lead: Browser) -> None:
    used = lead.get(f"/api/teams/{teams['Nurses']}/uses")["items"]
    assert ("queues", "Nurse advice") in [(it["kind"], it["name"]) for it in used]


def test_a_queue_is_replaced_where_providers_and_flows_have_it(clinic: Database, lead: Browser) -> None:
    queues = ids(clinic, Queue)
    refused = lead.delete(f"/api/queues/{queues['Nurse advice']}", status=409, json={})
    assert {it["kind"] for it in refused["used_by"]} == {"providers", "flow"}
    asked = {"replace_by": queues["Appointments"], "reason": "test"}
    done = lead.delete(f"/api/queues/{queues['Nurse advice']}", json=asked)
    with clinic.read() as session:
        park = session.get_one(Provider, ids(clinic, Provider)["Dr. Ellen Park"])
        assert park.queue_id == queues["Appointments"]
    lead.post(f"/api/changes/{done['change']}/undo")
    assert lead.get(f"/api/queues/{queues['Nurse advice']}")["line"]["teams"] == ["Nurses"]


def test_a_skill_from_both_sides(clinic: Database, lead: Browser) -> None:
    skills, people = ids(clinic, Skill), ids(clinic, Person)
    path = f"/api/skills/{skills['Refills']}"
    one = lead.get(path)
    assert one["line"]["people"][0] == {"name": "Joan Miller", "level": 5}
    kept = [it for it in one["form"]["people"] if it["person"] != people["Tom Becker"]]
    kept = [{**it, "level": 1} if it["person"] == people["David Kim"] else it for it in kept]
    form = {**one["form"], "people": [*kept, {"person": people["Karen Lund"], "level": 2}]}
    done = lead.put(path, {"revision": one["revision"], "form": form})
    assert done["revision"] > one["revision"]
    karen = lead.get(f"/api/people/{people['Karen Lund']}")
    assert {"skill": skills["Refills"], "level": 2} in karen["form"]["skills"]
    told = lead.get(f"{path}/history")["items"][0]["what"]
    assert sorted(told) == ["David Kim: level: 4 → 1", "Karen Lund: added", "Tom Becker: removed"]
    told = lead.get(f"/api/people/{people['Karen Lund']}/history")["items"][0]["what"]
    assert told == ["Skill Refills: added"]
    # ... and from the person's page it is seen by whoever has the skill's open
    seen = lead.get(path)
    without = [it for it in karen["form"]["skills"] if it["skill"] != skills["Refills"]]
    lead.put(
        f"/api/people/{people['Karen Lund']}",
        {"revision": karen["revision"], "form": {**karen["form"], "skills": without}},
    )
    conflict = lead.put(path, {"revision": seen["revision"], "form": seen["form"]}, status=409)
    assert conflict["meanwhile"][0]["what"] == ["Karen Lund: removed"]
    refused = lead.post("/api/skills", {"name": "Odd", "people": [{"person": "gone"}]}, status=422)
    assert "people" in refused["fields"]
    lead.post("/api/skills", {"name": "Odd", "people": [{"person": people["Karen Lund"], "level": 6}]}, status=422)
    form = {**karen["form"], "skills": [{"skill": "gone", "level": 1}]}
    revision = lead.get(f"/api/people/{people['Karen Lund']}")["revision"]
    refused = lead.put(f"/api/people/{people['Karen Lund']}", {"revision": revision, "form": form}, status=422)
    assert "skills" in refused["fields"]


def test_a_deleted_skill_comes_back_with_who_had_it(clinic: Database, lead: Browser) -> None:
    skill = ids(clinic, Skill)["Insurance"]
    before = lead.get(f"/api/skills/{skill}")["line"]["people"]
    assert len(before) == 3
    done = lead.delete(f"/api/skills/{skill}", json={})
    lead.get(f"/api/skills/{skill}", status=404)
    lead.post(f"/api/changes/{done['change']}/undo")
    assert lead.get(f"/api/skills/{skill}")["line"]["people"] == before


def test_queues_and_skills_of_a_location(clinic: Database, browser: Callable[..., Browser]) -> None:
    places, people = ids(clinic, Location), ids(clinic, Person)
    here = browser(Role.LEAD, places["Lakeside"])
    made = here.post("/api/queues", {"name": "Ours", "location": places["Lakeside"]}, status=201)
    here.post("/api/queues", {"name": "All's"}, status=403)
    browser(Role.LEAD, places["Hillside"]).get(f"/api/queues/{made['id']}", status=404)
    with clinic.read() as session:
        theirs = next(row for row in session.query(Person) if row.location_id == places["Hillside"])
    form = {"name": "X-rays", "location": places["Lakeside"], "people": [{"person": theirs.id}]}
    here.post("/api/skills", form, status=403)
    here.post("/api/skills", {**form, "people": [{"person": people["Maria Santos"]}]}, status=201)
    agent = browser(Role.AGENT)
    assert not agent.get("/api/queues")["may_make"]
    agent.post("/api/queues", {"name": "x"}, status=403)

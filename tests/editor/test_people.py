"""People: their phones, how they sign in, and who may change that; somebody who leaves is replaced everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from controller.store.engine import Database
from controller.store.models import HeldRole, Location, Person, Phone, Role, Rota, TeamMember
from controller.store.registrations import seen
from flow_editor.accounts import service
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.editor.test_things import ids

NEW: dict[str, Any] = {
    "name": "Nora Field",
    "languages": ["en", "es"],
    "phones": [
        {"kind": "desk", "label": "Desk"},
        {"kind": "mobile", "label": "", "number": "608 555 0181"},
    ],
}


@pytest.fixture
def owner(browser: Callable[..., Browser]) -> Browser:
    return browser(Role.OWNER, name="Olive Owner")


def test_phones(clinic: Database, lead: Browser) -> None:
    made = lead.post("/api/people", NEW, status=201)
    path = f"/api/people/{made['id']}"
    one = lead.get(path)
    desk, mobile = one["form"]["phones"]
    assert desk["extension"].isdecimal(), "the next free one"
    assert mobile["number"] == "(608) 555-0181"
    assert [it["signed_in"] for it in one["line"]["phones"]] == [False, None]
    seen(clinic, "s", {desk["extension"]: "10.0.0.1"}, datetime(2026, 11, 20, 18, tzinfo=UTC))
    phone = lead.get(path)["line"]["phones"][0]
    assert phone["signed_in"]
    assert phone["since"].startswith("2026-11-20T18:00")
    swapped = {**one["form"], "phones": [mobile, desk]}
    lead.put(path, {"revision": one["revision"], "form": swapped})
    assert [it["id"] for it in lead.get(path)["form"]["phones"]] == [mobile["id"], desk["id"]]
    for wrong, why in (
        ({"kind": "desk", "extension": "201"}, "Another phone has"),
        ({"kind": "desk", "extension": "911"}, "emergency"),
        ({"kind": "desk", "extension": "1"}, "two to six"),
        ({"kind": "mobile"}, "Please give the number"),
        ({"kind": "mobile", "number": "911"}, "emergency"),
    ):
        refused = lead.post("/api/people", {**NEW, "phones": [wrong]}, status=422)
        assert why in refused["fields"]["phones.0"]


def test_setting_up_a_phone(clinic: Database, lead: Browser, browser: Callable[..., Browser]) -> None:
    made = lead.post("/api/people", NEW, status=201)["id"]
    desk = lead.get(f"/api/people/{made}")["form"]["phones"][0]
    shown = lead.get(f"/api/phones/{desk['id']}/set-up")
    assert (shown["user"], len(shown["password"]) >= 24) == (desk["extension"], True)
    assert lead.get(f"/api/phones/{desk['id']}/set-up") == shown
    anew = lead.post(f"/api/phones/{desk['id']}/set-up")
    assert anew["password"] != shown["password"]
    agent = browser(Role.AGENT)
    agent.get(f"/api/phones/{desk['id']}/set-up", status=403)
    assert shown["password"] not in str(agent.get("/api/people")), "nobody else sees it"
    local = browser(Role.LEAD, ids(clinic, Location)["Hillside"])
    local.get(f"/api/phones/{desk['id']}/set-up", status=403)
    assert lead.get("/api/phones") == {"watched": False, "written": False}


def test_who_signs_in_is_for_those_who_manage_accounts(clinic: Database, lead: Browser, owner: Browser) -> None:
    account = {**NEW, "email": "Nora@Clinic.example", "roles": [{"role": "agent"}]}
    lead.post("/api/people", account, status=403)
    made = owner.post("/api/people", account, status=201)
    path = f"/api/people/{made['id']}"
    one = lead.get(path)
    assert one["form"]["email"] == "nora@clinic.example"
    lead.put(path, {"revision": one["revision"], "form": {**one["form"], "name": "Nora Hill"}})
    one = lead.get(path)
    for wrong in ({"email": "other@clinic.example"}, {"roles": [{"role": "owner"}]}, {"roles": []}):
        lead.put(path, {"revision": one["revision"], "form": {**one["form"], **wrong}}, status=403)
    lead.post(f"{path}/invitation", status=403)
    lead.post(f"{path}/sign-out", status=403)
    lead.delete(path, status=403, json={})
    link = owner.post(f"{path}/invitation")["link"]
    token = link.rpartition("/")[2]
    service.accept_link(clinic, token, name="Nora", email="nora@clinic.example", password="correct horse battery")
    nora = Browser(owner.app, made["id"])
    nora.get("/api/session")
    owner.post(f"{path}/sign-out", status=204)
    nora.get("/api/session", status=401)
    assert owner.get(path)["line"]["signs_in"]


def test_roles_are_given_where_one_has_them(clinic: Database, browser: Callable[..., Browser], owner: Browser) -> None:
    places = ids(clinic, Location)
    here, there = places["Lakeside"], places["Hillside"]
    local = browser(Role.OWNER, here, name="Lara Local")
    account = {**NEW, "location": here, "email": "nora@clinic.example", "roles": [{"role": "lead", "location": here}]}
    made = local.post("/api/people", account, status=201)
    one = local.get(f"/api/people/{made['id']}")
    for roles in ([{"role": "lead"}], [{"role": "lead", "location": there}]):
        changed = {"revision": one["revision"], "form": {**one["form"], "roles": roles}}
        local.put(f"/api/people/{made['id']}", changed, status=403)
    local.post(f"/api/people/{owner.person}/invitation", status=403)
    undone = owner.put(
        f"/api/people/{made['id']}", {"revision": one["revision"], "form": {**one["form"], "email": "", "roles": []}}
    )
    browser(Role.LEAD, name="Len").post(f"/api/changes/{undone['change']}/undo", status=403)
    owner.post(f"/api/changes/{undone['change']}/undo")


def test_the_last_owner_stays(parts: Editor, clinic: Database, owner: Browser, browser: Callable[..., Browser]) -> None:
    with clinic.write("test") as session:
        session.get_one(Person, owner.person).password_hash = "x"
    path = f"/api/people/{owner.person}"
    one = owner.get(path)
    refused = owner.put(path, {"revision": one["revision"], "form": {**one["form"], "roles": []}}, status=422)
    assert "only owner" in refused["fields"]["roles"]
    assert "yourself" in owner.delete(path, status=422, json={})["message"]
    other = browser(Role.OWNER, name="Otto Other")
    assert "only owner" in other.delete(path, status=422, json={})["message"]


def test_somebody_who_leaves_is_replaced_everywhere(clinic: Database, owner: Browser) -> None:
    people = ids(clinic, Person)
    with clinic.read() as session:
        rotas = list(session.scalars(select(Rota)))
        leaving = next(it.person for rota in rotas for it in rota.plan.members() if it.person)
        name = session.get_one(Person, leaving).name
    joan = leaving
    refused = owner.delete(f"/api/people/{joan}", status=409, json={})
    kinds = {it["kind"] for it in refused["used_by"]}
    assert "rotas" in kinds
    by = next(id for other, id in people.items() if other not in (name, "Olive Owner"))
    preview = owner.post("/api/people/preview", {"id": joan, "replace_by": by})
    assert preview["rehearsals"] > 0
    with clinic.read() as session:
        assert session.get(Person, joan) is not None, "nothing was done yet"
    done = owner.delete(f"/api/people/{joan}", json={"replace_by": by, "reason": "test"})
    with clinic.read() as session:
        assert session.get(Person, joan) is None
        assert session.scalars(select(TeamMember).where(TeamMember.person_id == joan)).all() == []
        for rota in session.scalars(select(Rota)):
            assert joan not in {it.person for it in rota.plan.members()}
            assert all(it.name != name for it in rota.plan.members() if it.person == by)
        assert session.scalars(select(Phone).where(Phone.person_id == joan)).all() == []
    owner.post(f"/api/changes/{done['change']}/undo")
    with clinic.read() as session:
        assert session.get_one(Person, joan).name == name
        assert {it.id: it.plan for it in session.scalars(select(Rota))} == {it.id: it.plan for it in rotas}
        assert session.scalars(select(HeldRole.role).where(HeldRole.person_id == joan)).all() == []

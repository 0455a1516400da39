"""The pages of numbers: what is typed, calls as they come, numbers that nobody answers, the default line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select

from controller.store.engine import Database
from controller.store.models import CallRecord, Flow, Location, Number, Preference, Role
from tests.editor.conftest import Browser
from tests.editor.test_things import ids

NEW = {"number": "608 555 0177", "label": "Refills", "state": "testing"}


def call(database: Database, id: str, dialled: str, **values: object) -> None:
    with database.write("test") as session:
        session.add(
            CallRecord(
                id=id,
                began_at=datetime.now(UTC),
                dialled=dialled,
                caller="+16085550123",
                switch="s",
                controller="c",
                **values,
            )
        )


def test_numbers_are_read_and_shown_in_the_country_s_way(clinic: Database, lead: Browser) -> None:
    made = lead.post("/api/numbers", {**NEW, "backup": "(312) 555-0100"}, status=201)
    one = lead.get(f"/api/numbers/{made['id']}")
    assert one["form"]["number"] == "(608) 555-0177"
    assert one["form"]["backup"] == "(312) 555-0100"
    assert (one["line"]["state"], one["line"]["flow"], one["line"]["answers"]) == ("testing", "", False)
    with clinic.read() as session:
        row = session.get_one(Number, made["id"])
        assert (row.number, row.backup) == ("+16085550177", "+13125550100")
    again = lead.post("/api/numbers", {**NEW, "number": "+1 608-555-0177"}, status=409)
    assert again["fields"] == {"number": "There is one with this number already."}
    for wrong in ("", "12", "abc"):
        assert "number" in lead.post("/api/numbers", {**NEW, "number": wrong}, status=422)["fields"]
    number = {**NEW, "number": "608 555 0178"}
    assert "backup" in lead.post("/api/numbers", {**number, "backup": "911"}, status=422)["fields"]
    assert "backup" in lead.post("/api/numbers", {**number, "backup": "608 555 0178"}, status=422)["fields"]


def test_calls_are_seen_as_they_come(clinic: Database, lead: Browser, browser: Callable[..., Browser]) -> None:
    made = lead.post("/api/numbers", NEW, status=201)["id"]
    call(clinic, "one", "0016085550177", number_id=made, flow_id="x")
    seen = lead.get(f"/api/numbers/{made}/calls")["items"]
    assert [(it["dialled"], it["caller"]) for it in seen] == [("0016085550177", "(608) 555-0123")]
    browser(Role.WALLBOARD).get(f"/api/numbers/{made}/calls", status=403)


def test_numbers_that_nobody_answers(clinic: Database, lead: Browser) -> None:
    made = lead.post("/api/numbers", NEW, status=201)["id"]
    call(clinic, "one", "6085550177", number_id=made)
    call(clinic, "two", "6085550999")
    call(clinic, "three", "6085550999")
    call(clinic, "four", "sip-user")
    call(clinic, "five", "6085550100", flow_id="x")
    call(clinic, "six", "6085550998", test=True)
    items = {it["dialled"]: it for it in lead.get("/api/numbers/unanswered")["items"]}
    assert items.keys() == {"6085550177", "6085550999", "sip-user"}
    assert items["6085550999"]["calls"] == 2
    assert items["6085550999"]["number"] == "+16085550999"
    assert items["6085550999"]["shown"] == "(608) 555-0999"
    assert items["6085550177"]["known"] == made
    assert items["sip-user"]["number"] == ""


def test_the_default_line(clinic: Database, lead: Browser, browser: Callable[..., Browser]) -> None:
    flow = ids(clinic, Flow)["Lakeside after hours"]
    assert lead.get("/api/default-line") == {"flow": None}
    done = lead.put("/api/default-line", {"flow": flow})
    assert lead.get("/api/default-line") == {"flow": flow}
    with clinic.read() as session:
        assert session.scalars(select(Preference.value).where(Preference.key == "default_flow")).one() == flow
    lead.put("/api/default-line", {"flow": "none"}, status=404)
    browser(Role.LEAD, ids(clinic, Location)["Lakeside"]).put("/api/default-line", {"flow": None}, status=403)
    lead.post(f"/api/changes/{done['change']}/undo")
    assert lead.get("/api/default-line") == {"flow": None}

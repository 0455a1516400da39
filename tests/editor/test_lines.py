"""The pages of lines: their order, and where calls may go."""

from __future__ import annotations

from collections.abc import Callable

from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.store.models import Location, Role
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.editor.test_things import ids


def test_lines_in_their_order(clinic: Database, lead: Browser) -> None:
    first = [it["id"] for it in lead.get("/api/lines")["items"]]
    made = lead.post("/api/lines", {"name": "Second provider", "gateway": "second"}, status=201)["id"]
    assert [it["id"] for it in lead.get("/api/lines")["items"]] == [*first, made], "tried last"
    done = lead.put("/api/lines/order", {"order": [made, *first]})
    assert [it["id"] for it in lead.get("/api/lines")["items"]] == [made, *first]
    lead.post(f"/api/changes/{done['change']}/undo")
    assert [it["id"] for it in lead.get("/api/lines")["items"]] == [*first, made]
    wrong = lead.post("/api/lines", {"name": "x", "gateway": "not a gateway"}, status=422)
    assert "gateway" in wrong["fields"]


def test_where_calls_may_go(clinic: Database, parts: Editor, lead: Browser, browser: Callable[..., Browser]) -> None:
    rules = lead.get("/api/dial-rules")
    assert rules == {
        "region": "US",
        "allowed": ["+1"],
        "denied": ["+1900", "+1976"],
        "outside_prefix": "",
        "at_once": 0,
        "own": True,
    }
    here = ids(clinic, Location)["Lakeside"]
    assert not lead.get(f"/api/dial-rules?location={here}")["own"]
    own = {**rules, "allowed": ["+1", "+52"], "outside_prefix": "9", "at_once": 4}
    lead.put(f"/api/dial-rules?location={here}", own)
    assert lead.get(f"/api/dial-rules?location={here}") == own
    reading: SqlClinic = parts.clinic
    reading.refresh()
    assert reading.outside_number("+52 55 1234 5678", here) == "+525512345678"
    lead.put(f"/api/dial-rules?location={here}", {**own, "own": False})
    assert not lead.get(f"/api/dial-rules?location={here}")["own"]
    for wrong in ({"allowed": ["1"]}, {"denied": ["+x"]}, {"region": "XX"}, {"outside_prefix": "x"}):
        refused = lead.put("/api/dial-rules", {**rules, **wrong}, status=422)
        assert refused["fields"].keys() == wrong.keys()
    local = browser(Role.LEAD, here)
    local.put("/api/dial-rules", rules, status=403)
    local.put(f"/api/dial-rules?location={here}", rules)

"""Contacts, lists of callers, and contacts from a table."""

from __future__ import annotations

from typing import Any

import pytest

from controller.store.engine import Database
from controller.store.models import Contact, ContactList
from flow_editor.contacts import csv_import
from tests.editor.conftest import Browser
from tests.editor.test_things import ids

ANNA = {
    "name": "Anna <i>Smith</i>",
    "language": "es",
    "numbers": [{"number": "608 555 0150", "label": "Home"}, {"number": "608-555-0151", "label": ""}],
    "details": {"doctor": "Dr. Ruiz"},
}


def test_a_contact(clinic: Database, lead: Browser) -> None:
    made = lead.post("/api/contacts", ANNA, status=201)["id"]
    form = lead.get(f"/api/contacts/{made}")["form"]
    assert [it["number"] for it in form["numbers"]] == ["(608) 555-0150", "(608) 555-0151"]
    assert form["details"] == {"doctor": "Dr. Ruiz"}
    wrong = lead.post("/api/contacts", {"name": "x", "numbers": [{"number": "12"}]}, status=422)
    assert "numbers.0" in wrong["fields"]
    found = lead.get("/api/contacts?search=smith")["items"]
    assert [it["name"] for it in found] == ["Anna <i>Smith</i>"]
    assert [it["id"] for it in lead.get("/api/contacts?search=555-0151")["items"]] == [made]
    assert lead.get("/api/contacts?search=100%25")["items"] == []


def test_a_list(clinic: Database, lead: Browser) -> None:
    anna = lead.post("/api/contacts", ANNA, status=201)["id"]
    entries: list[dict[str, Any]] = [
        {"number": "608 555 0190", "reason": "Threats", "until": "2026-12-31T00:00:00Z"},
        {"contact": anna, "reason": ""},
    ]
    made = lead.post("/api/lists", {"name": "Noisy", "entries": entries}, status=201)
    path = f"/api/lists/{made['id']}"
    form = lead.get(path)["form"]
    assert {it["number"] or it["contact_name"] for it in form["entries"]} == {"(608) 555-0190", "Anna <i>Smith</i>"}
    assert "entries.0" in lead.post("/api/lists", {"name": "y", "entries": [{"reason": "x"}]}, status=422)["fields"]
    fewer = [it for it in form["entries"] if it["contact"]]
    lead.put(path, {"revision": made["revision"], "form": {**form, "entries": fewer}})
    what = lead.get(f"{path}/history")["items"][0]["what"]
    assert what == ["Entry (608) 555-0190: removed"]
    assert lead.get("/api/contacts?search=smith")["items"][0]["lists"] == ["Noisy"]
    gone = lead.delete(f"/api/contacts/{anna}", json={})
    assert lead.get(path)["form"]["entries"] == []
    lead.post(f"/api/changes/{gone['change']}/undo")
    assert len(lead.get(path)["form"]["entries"]) == 1


def test_blocking_a_caller_says_what_it_would_do(clinic: Database, lead: Browser) -> None:
    id = ids(clinic, ContactList)["Blocked callers"]
    form = lead.get(f"/api/lists/{id}")["form"]
    effect = lead.post("/api/lists/preview", {"id": id, "form": {**form, "entries": []}})
    assert "Lakeside main line" in {it["name"] for it in effect["used_by"]}
    assert effect["elsewhere"], "a rehearsal of the demo clinic is of a blocked caller"


TABLE = """\ufeffPatient;Mobile phone;Idioma;Doctor
Anna Smith;608 555 0150;es;Dr. Ruiz
Bob "Bobby" Ray;608-555-0160; ;
;608 555 0161;en;
Carl;12;;
Dora;"608 555 0162; 608 555 0163";EN;Dr. Lee;extra
ANNA smith;+1 608 555 0150;;
"""


def test_a_table_is_read_line_by_line() -> None:
    table = csv_import.read(TABLE, "US")
    assert [kind for _, kind in table.columns] == ["name", "number", "language", "Doctor"]
    assert [(row.line, row.name, row.numbers, row.language) for row in table.rows] == [
        (2, "Anna Smith", ("+16085550150",), "es"),
        (3, 'Bob "Bobby" Ray', ("+16085550160",), None),
    ]
    assert table.rows[0].details == {"Doctor": "Dr. Ruiz"}
    assert [(wrong.line, str(wrong.text).split()[0]) for wrong in table.wrong] == [
        (4, "There"),
        (5, "“12”"),
        (6, "There"),
        (7, "It"),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", '"', "name\n\0"])
def test_what_is_no_table(text: str) -> None:
    assert not csv_import.read(text, "US").rows


def test_an_import_is_shown_before_and_undone_in_one_step(clinic: Database, lead: Browser) -> None:
    before = ids(clinic, Contact)
    shown = lead.post("/api/contacts/import/preview", {"text": TABLE})
    assert (shown["new"], shown["changed"], shown["wrong_count"]) == (2, 0, 4)
    assert shown["rows"][0]["numbers"] == ["(608) 555-0150"]
    assert ids(clinic, Contact) == before, "nothing was changed"
    done = lead.post("/api/contacts/import", {"text": TABLE})
    assert done["new"] == 2
    again = lead.post("/api/contacts/import", {"text": TABLE.replace("Dr. Ruiz", "Dr. Lee")})
    assert (again["new"], again["changed"], again["same"]) == (0, 1, 1)
    lead.post(f"/api/changes/{again['change']}/undo")
    lead.post(f"/api/changes/{done['change']}/undo")
    assert ids(clinic, Contact) == before

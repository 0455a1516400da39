"""Publishing: what is seen is what goes live; errors block, failing rehearsals ask why; nobody overwrites unseen changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from controller.flows.document import Document
from controller.store.engine import Database
from controller.store.models import Change, Flow, FlowVersion, Location, Publication, Role
from flow_editor.editor import Editor
from flow_editor.flows import service as flows
from tests.editor.conftest import Browser
from tests.editor.publishing import (
    MAIN,
    controllers,
    document_of,
    draft,
    draw,
    drawn,
    flow_id,
    live,
    publish,
    retitle,
    titled,
)
from tests.store.test_acknowledgements import InProcess


@pytest.fixture
def two(parts: Editor, clinic: Database, tmp_path: Path) -> Iterator[list[InProcess]]:
    """Two controllers that take calls."""
    there = controllers(parts, tmp_path, "north", "south")
    yield there
    for one in there:
        one.deafen()
        one.attendance._database.close()


@pytest.fixture
def main(clinic: Database) -> str:
    return flow_id(clinic)


def preview(browser: Browser, flow: str) -> Any:
    return browser.get(f"/api/flows/{flow}/publishing")


def test_differences_in_words_and_live_on_every_controller(
    lead: Browser, clinic: Database, main: str, two: list[InProcess]
) -> None:
    before = preview(lead, main)
    assert before["same"] is True
    assert before["differences"] == []
    assert before["live"]["number"] == 1
    assert lead.post(f"/api/flows/{main}/publishing", {"seq": before["seq"], "live": before["live"]["id"]}, status=422)

    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    seen = preview(lead, main)
    (told,) = seen["differences"]
    assert told["text"] == "Message about a bill is now called On holidays"
    assert (told["change"], told["node"]) == ("node_title", titled(drawn(clinic, main), "On holidays"))
    done = publish(lead, main, note=" A clearer name ")
    told = done["acknowledgement"]
    assert (told["on"], told["of"], told["everywhere"], told["advice"]) == (2, 2, True, None)
    assert 0 < told["milliseconds"] < 5000
    assert {one["name"] for one in told["controllers"]} == {"north", "south"}
    version = live(clinic, main)
    assert version is not None
    assert (version.number, version.note, version.published_by) == (2, "A clearer name", "Pat Moore")
    assert draft(clinic, main).base_version_id == version.id
    assert draft(clinic, main).changed is False
    assert preview(lead, main)["same"] is True
    with clinic.read() as session:
        change = session.scalars(select(Change).where(Change.entity == "flows", Change.entity_id == main)).all()[-1]
    assert change.who == lead.person, "the history knows who"


def test_a_controller_that_does_not_follow_is_named(
    lead: Browser, clinic: Database, main: str, two: list[InProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flow_editor.publishing.service.ACKNOWLEDGED_WITHIN", 0.5)
    two[1].deafen()
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    done = publish(lead, main)
    told = done["acknowledgement"]
    assert (told["on"], told["of"]) == (1, 2)
    assert "Not yet on south" in told["advice"]
    two[1].clinic.refresh()
    later = lead.get(f"/api/flows/{main}/acknowledgement/{done['version']}")
    assert (later["on"], later["of"], later["advice"]) == (2, 2, None)


def test_without_a_controller_it_says_so(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    told = publish(lead, main)["acknowledgement"]
    assert (told["on"], told["of"]) == (0, 0)
    assert "nobody answers calls now" in told["advice"]


def break_it(document: Document) -> None:
    document.edges[titled(document, "Main menu")].pop("1")


def test_errors_block_whatever_is_said(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, break_it)
    seen = preview(lead, main)
    assert seen["blocked"] is True
    assert any(it["severity"] == "error" and "leads nowhere" in it["text"] for it in seen["problems"])
    refused = publish(lead, main, 422, reason="I know")
    assert refused["why"] == "errors"
    assert live(clinic, main).number == 1  # type: ignore[union-attr]


def expect_the_moon(document: Document) -> None:
    document.rehearsals[0] |= {"title": "To the moon", "path": ["Moon"]}


def test_a_failing_rehearsal_blocks_unless_a_reason_is_kept(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, expect_the_moon)
    seen = preview(lead, main)
    assert (seen["blocked"], seen["failing"]) == (False, 1)
    own = seen["rehearsals"][0]
    failed = next(it for it in own["rehearsals"] if not it["passed"])
    assert failed["title"] == "To the moon"
    assert "did not come to “Moon”" in failed["why"][0]
    refused = publish(lead, main, 422)
    assert refused["why"] == "rehearsals"
    assert "reason" in refused["fields"]
    publish(lead, main, reason="The moon is being painted")
    with clinic.read() as session:
        kept = session.scalars(select(Publication)).one()
    assert (kept.reason, kept.failed) == ("The moon is being painted", ["To the moon"])
    times = lead.get(f"/api/flows/{main}/versions")["versions"][0]["times"]
    assert times[0]["reason"] == "The moon is being painted"


def test_rehearsals_of_flows_that_use_it_run_with_the_new_version(lead: Browser, clinic: Database, main: str) -> None:
    """The main line enters the after-hours flow: it is rehearsed with the draft of that in place."""
    after = flow_id(clinic, _subflow(clinic, main))
    seen = preview(lead, after)
    users = [it for it in seen["rehearsals"] if not it["own"]]
    assert [it["name"] for it in users] == [MAIN]
    assert users[0]["rehearsals"]
    assert seen["failing"] == 0

    def hang_up(document: Document) -> None:
        document.nodes = {
            "bye": document.nodes[document.start or ""].model_copy(update={"kind": "hang_up", "settings": {}})
        }
        document.edges, document.start, document.catch_all, document.rehearsals = {}, "bye", "bye", []

    draw(clinic, after, hang_up)
    seen = preview(lead, after)
    assert not seen["blocked"], seen["problems"]
    broken = [it for of in seen["rehearsals"] if not of["own"] for it in of["rehearsals"] if not it["passed"]]
    assert broken
    assert seen["failing"] == len(broken)
    assert publish(lead, after, 422)["why"] == "rehearsals"

    # What the main line fails by itself already is nothing that this flow would break.
    draw(clinic, main, expect_the_moon)
    publish(lead, main, reason="for the test")
    draw(clinic, after, lambda document: None)
    seen = preview(lead, after)
    before = [it["title"] for of in seen["rehearsals"] for it in of["rehearsals"] if it["before"]]
    assert before == ["To the moon"]
    assert seen["failing"] == len([it for it in broken if it["title"] != "To the moon"])


def _subflow(clinic: Database, main: str) -> str:
    document = document_of(live(clinic, main))
    return next(str(node.settings["flow"]["name"]) for node in document.nodes.values() if node.kind == "subflow")


def test_what_was_drawn_while_one_looked_is_told(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    seen = preview(lead, main)
    draw(clinic, main, retitle("On holidays", "Closed today"))
    asked = {"seq": seen["seq"], "live": seen["live"]["id"]}
    refused = lead.post(f"/api/flows/{main}/publishing", asked, status=409)
    assert refused["why"] == "draft"
    assert refused["changes"] == ["On holidays is now called Closed today"]
    assert live(clinic, main).number == 1  # type: ignore[union-attr]


def somebody_publishes(clinic: Database, name: str, change: Callable[[Document], object]) -> None:
    """As an import by the command line does: past the draft."""
    document = document_of(live(clinic, flow_id(clinic, name)))
    change(document)
    saved = flows.save(clinic, document, name, create_missing=False, note="", who="Ana", now=datetime.now(UTC))
    flows.publish(clinic, saved.version, who="Ana")


def test_a_stale_base_is_refused_in_words_with_two_ways_on(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    somebody_publishes(clinic, MAIN, retitle("Lakeside address", "Refused"))
    seen = preview(lead, main)
    told = seen["meanwhile"]
    assert (told["version"]["number"], told["version"]["by"], told["draft_from"]) == (2, "Ana", 1)
    assert [it["text"] for it in told["changes"]] == ["Lakeside address is now called Refused"]
    refused = publish(lead, main, 409)
    assert refused["why"] == "stale"
    assert refused["changes"] == ["Lakeside address is now called Refused"]

    # One way on: take the changes over.
    assert lead.post(f"/api/flows/{main}/take-over") == {"both": []}
    document = drawn(clinic, main)
    assert titled(document, "Refused")
    assert titled(document, "On holidays")
    seen = preview(lead, main)
    assert seen["meanwhile"] is None
    assert [it["text"] for it in seen["differences"]] == ["Message about a bill is now called On holidays"]
    publish(lead, main)

    # The other: publish without them, having seen them.
    draw(clinic, main, retitle("On holidays", "Closed all day"))
    somebody_publishes(clinic, MAIN, retitle("Refused", "Unwanted"))
    publish(lead, main, 409)
    publish(lead, main, on_top=True)
    document = document_of(live(clinic, main))
    assert titled(document, "Closed all day")
    assert titled(document, "Refused")


def test_taking_over_names_what_both_have_changed(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    somebody_publishes(clinic, MAIN, retitle("Message about a bill", "A holiday"))
    assert lead.post(f"/api/flows/{main}/take-over") == {"both": ["On holidays"]}
    assert titled(drawn(clinic, main), "On holidays")


def test_a_version_that_went_live_while_one_looked_is_told(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    seen = preview(lead, main)
    somebody_publishes(clinic, MAIN, retitle("Lakeside address", "Refused"))
    asked = {"seq": seen["seq"], "live": seen["live"]["id"], "on_top": True}
    refused = lead.post(f"/api/flows/{main}/publishing", asked, status=409)
    assert (refused["why"], refused["changes"]) == ("live", ["Lakeside address is now called Refused"])


def test_roll_back_is_one_request_and_can_be_undone(
    lead: Browser, clinic: Database, main: str, two: list[InProcess]
) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    second = publish(lead, main)
    first = second["before"]
    back = lead.post(f"/api/flows/{main}/roll-back", {"version": first, "live": second["version"]})
    assert (back["number"], back["before"], back["warnings"]) == (1, second["version"], [])
    assert back["acknowledgement"]["everywhere"] is True
    assert live(clinic, main).number == 1  # type: ignore[union-attr]
    assert titled(drawn(clinic, main), "Message about a bill"), "what nobody has changed follows"
    lead.post(f"/api/flows/{main}/roll-back", {"version": first, "live": first}, status=422)
    stale = lead.post(f"/api/flows/{main}/roll-back", {"version": first, "live": second["version"]}, status=409)
    assert stale["why"] == "live"
    lead.post(f"/api/flows/{main}/roll-back", {"version": second["version"], "live": first})
    assert live(clinic, main).number == 2  # type: ignore[union-attr]
    told = lead.get(f"/api/flows/{main}/versions")
    assert [(it["number"], it["live"]) for it in told["versions"]] == [(2, True), (1, False)]
    assert [it["occasion"] for it in told["versions"][0]["times"]] == ["roll_back", "publish"]
    assert [it["standing"] for it in told["versions"][0]["times"]] == ["live", "over"]


def test_an_older_version_whose_things_are_gone_is_not_put_back(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, break_it)
    document = drawn(clinic, main).model_dump(mode="json")
    with clinic.write("test") as session:  # live is what it is; an older one is broken
        flow = session.get_one(Flow, main)
        broken = FlowVersion(
            flow_id=main, number=7, document=document, published_at=datetime.now(UTC), published_by="x"
        )
        session.add(broken)
        session.flush()
        now_live = flow.live_version_id
    refused = lead.post(f"/api/flows/{main}/roll-back", {"version": broken.id, "live": now_live}, status=422)
    assert "Draw from it" in refused["message"]
    assert refused["problems"]
    lead.post(f"/api/flows/{main}/draw-from", {"version": broken.id}, status=204)
    assert draft(clinic, main).changed is True


def test_a_version_that_never_was_live_is_held_to_its_rehearsals(lead: Browser, clinic: Database, main: str) -> None:
    document = document_of(live(clinic, main))
    expect_the_moon(document)
    kept = flows.save(clinic, document, MAIN, create_missing=False, note="", who="Ana", now=datetime.now(UTC))
    told = lead.get(f"/api/flows/{main}/versions")
    assert [(it["number"], it["was_live"]) for it in told["versions"]] == [(2, False), (1, True)]
    refused = lead.post(f"/api/flows/{main}/roll-back", {"version": kept.version, "live": told["live"]}, status=422)
    assert refused["why"] == "rehearsals"

    # One that was live goes back whatever its rehearsals say by now, and says so.
    draw(clinic, main, expect_the_moon)
    moon = publish(lead, main, reason="for the test")
    lead.post(f"/api/flows/{main}/roll-back", {"version": moon["before"], "live": moon["version"]})
    back = lead.post(f"/api/flows/{main}/roll-back", {"version": moon["version"], "live": moon["before"]})
    assert back["warnings"] == ["Rehearsal “To the moon” does not end as expected."]


def test_history_compares_any_two(lead: Browser, clinic: Database, main: str) -> None:
    for old, new in (("Message about a bill", "Menu two"), ("Menu two", "Menu three")):
        draw(clinic, main, retitle(old, new))
        publish(lead, main)
    told = lead.get(f"/api/flows/{main}/versions")["versions"]
    assert [it["number"] for it in told] == [3, 2, 1]
    assert [it["by"] for it in told] == ["Pat Moore", "Pat Moore", "demo"]
    found = lead.get(f"/api/flows/{main}/differences/{told[2]['id']}/{told[0]['id']}")["differences"]
    assert [it["text"] for it in found] == ["Message about a bill is now called Menu three"]
    document = lead.get(f"/api/flows/{main}/versions/{told[1]['id']}")["document"]
    assert "Menu two" in [node["title"] for node in document["nodes"].values()]


def test_who_may(app: Any, browser: Callable[..., Browser], clinic: Database, main: str, parts: Editor) -> None:
    with clinic.write("test") as session:
        here = session.scalars(select(Location)).first()
        assert here is not None
        elsewhere = Location(name="Elsewhere", zone="America/Chicago")
        session.add(elsewhere)
        session.flush()
        session.get_one(Flow, main).location_id = here.id
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    asked = {"seq": 1, "live": None}
    at_another = browser(Role.LEAD, elsewhere.id)
    at_another.get(f"/api/flows/{main}/versions", status=403)
    at_another.get(f"/api/flows/{main}/export", status=403)
    for who in (browser(Role.AGENT), browser(Role.AUDITOR), at_another):
        who.post(f"/api/flows/{main}/publishing", asked, status=403)
        who.get(f"/api/flows/{main}/publishing", status=403)
        who.post(f"/api/flows/{main}/roll-back", {"version": "x"}, status=403)
        who.post(f"/api/flows/{main}/take-over", status=403)
    assert browser(Role.AGENT, here.id).get(f"/api/flows/{main}/versions")["may_publish"] is False
    mine = browser(Role.LEAD, here.id)
    publish(mine, main)
    other = flow_id(clinic, _subflow(clinic, main))
    mine.get(f"/api/flows/{other}/publishing", status=403)
    browser().get("/api/flows/nothing/publishing", status=404)


def test_errors_are_in_the_readers_language(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    spanish = {"headers": {"Accept-Language": "es"}}
    seen = lead.get(f"/api/flows/{main}/publishing", **spanish)
    assert "ahora se llama" in seen["differences"][0]["text"]
    told = lead.post(f"/api/flows/{main}/publishing", {"seq": 0, "live": None}, status=409, **spanish)
    assert told["message"].startswith("Mientras miraba")


def test_times_that_make_no_sense(lead: Browser, clinic: Database, main: str) -> None:
    draw(clinic, main, retitle("Message about a bill", "On holidays"))
    now = datetime.now(UTC)

    def asked(**times: timedelta) -> dict[str, Any]:
        return publish(lead, main, 422, **{name: (now + at).isoformat() for name, at in times.items()})["fields"]  # type: ignore[return-value]

    hour = timedelta(hours=1)
    assert "past" in asked(starts_at=-hour)["starts_at"]
    assert "after the beginning" in asked(starts_at=2 * hour, ends_at=hour)["ends_at"]
    assert "after the beginning" in asked(ends_at=-hour)["ends_at"]
    assert "year" in asked(starts_at=500 * 24 * hour)["starts_at"]

"""Publishing as staff do it: what changes in words and on the canvas, live on every controller, and the next call takes it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controller.flows.document import Document
from controller.store.acknowledgements import controllers
from controller.store.models import Flow, Number, Role
from flow_editor.calls import service as calls
from flow_editor.flows import service as flows
from tests.browser.conftest import Running, Visit, accessible, free_port, start_editor, stop_editor, words
from tests.cli.conftest import PROGRAM, environment
from tests.editor.publishing import MAIN, draw, flow_id, live, retitle, titled
from tests.freeswitch.switch import PASSWORD, SECRET
from tests.scenarios.practice_process import PracticeProcess
from tests.waiting import wait_until

NUMBER = "+13125550100"
LONG = "A step whose title goes on and on, as titles of steps do when several people have had their say <b>in it</b>"


def say(title: str, x: int, y: int, text: str = "") -> dict[str, Any]:
    said = {"speech": {"text": {"en": text or f"{title}."}}}
    return {"kind": "say", "title": title, "settings": said, "x": x, "y": y}


LINE = {
    "name": "Night line",
    "start": "welcome",
    "catch_all": "bye",
    "nodes": {
        "welcome": say("Welcome", 0, 0, "If this is a medical emergency, hang up and dial 911."),
        "menu": {
            "kind": "menu",
            "title": "Night menu",
            "settings": {
                "prompt": {"text": {"en": "Press 1 or 2."}},
                "choices": [{"key": "1", "label": "Nurse"}, {"key": "2", "label": "Message"}],
                "first_seconds": 50,
            },
            "x": 340,
            "y": 0,
        },
        "nurse": say("The nurse", 680, 0),
        "message": say("A message", 680, 200),
        "bye": {"kind": "hang_up", "title": "Goodbye", "x": 1020, "y": 0},
    },
    "edges": {
        "welcome": {"next": "menu"},
        "menu": {"1": "nurse", "2": "message", "no_choice": "bye"},
        "nurse": {"next": "bye"},
        "message": {"next": "bye"},
    },
    "rehearsals": [
        {
            "title": "Press 1: somebody is told",
            "at": "2026-11-29T03:00:00",
            "zone": "America/Chicago",
            "keys": "1",
            "path": ["menu"],
            "end": "flow ended",
        }
    ],
}


@dataclass
class Telephony:
    """A practice switch, two controllers and an editor, on one database."""

    switch: PracticeProcess
    editor: Running
    flow: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def call(self) -> str:
        """Somebody calls, and stands at the menu."""
        leg = str(self.switch.do("call", number=NUMBER, caller="+13125550142"))
        wait_until(lambda: self.row(leg) is not None and self.row(leg).now_at == "Night menu", 20)  # type: ignore[union-attr]
        assert self.switch.do("wait", call=leg, **{"for": "sound"})
        return leg

    def press(self, leg: str, keys: str) -> list[str]:
        """They press; the way of the call, by titles, once it is over."""
        self.switch.do("press", call=leg, keys=keys)
        wait_until(lambda: self.row(leg).ended_at, 20)  # type: ignore[union-attr]
        row = self.row(leg)
        assert row is not None
        return [step.title for step in row.steps]

    def row(self, leg: str) -> calls.CallRow | None:
        try:
            return calls.trace(self.editor.database, leg)
        except calls.NoSuchCall:
            return None


@pytest.fixture
def telephony(built: None, tmp_path: Path) -> Iterator[Telephony]:
    with PracticeProcess() as switch:
        settings = {
            "CARELINE_SWITCHES": f"127.0.0.1:{switch.port}",
            "CARELINE_SWITCH_PASSWORD": PASSWORD,
            "CARELINE_SOCKET_SECRET": SECRET,
        }
        running = start_editor(tmp_path, **settings)
        saved = flows.save(
            running.database,
            Document.model_validate(LINE),
            "Night line",
            create_missing=False,
            note="",
            who="Ana",
            now=datetime.now(UTC),
        )
        flows.publish(running.database, saved.version, who="Ana")
        with running.database.write("test") as session:
            session.add(Number(number=NUMBER, flow_id=saved.flow, published=False))
        made = Telephony(switch, running, saved.flow)
        try:
            for place in range(2):
                given = {**running.settings, "CARELINE_ESL_LISTEN": f"127.0.0.1:{free_port()}"}
                with (tmp_path / f"controller-{place}.log").open("wb") as log:
                    made.processes.append(
                        subprocess.Popen(
                            [*PROGRAM, "controller"], cwd=tmp_path, env=environment(given), stdout=log, stderr=log
                        )
                    )
            wait_until(lambda: len(controllers(running.database)) == 2, 40)
            wait_until(lambda: switch.api("hash select/careline_controllers/0").strip(), 20)
            yield made
        finally:
            for process in made.processes:
                process.terminate()
            for process in made.processes:
                process.wait(20)
            stop_editor(running)


def open_publishing(page: Page) -> Any:
    page.get_by_role("button", name="Publish", exact=True).click()
    panel = page.get_by_role("complementary", name="Publish")
    expect(panel.get_by_role("heading", name="What changes for callers")).to_be_visible(timeout=20_000)
    return panel


@pytest.mark.timeout(240)
def test_published_the_next_call_takes_the_new_path_and_back(telephony: Telephony, visit: Callable[..., Visit]) -> None:
    lead = visit(telephony.editor, name="Ann One")
    page = lead.goto(f"/flows/{telephony.flow}")
    expect(page.get_by_text("Version 1 is live")).to_be_visible()
    assert telephony.press(telephony.call(), "1") == ["Welcome", "Night menu", "The nurse", "Goodbye"]
    under_way = telephony.call()

    draw(telephony.editor.database, telephony.flow, lambda document: document.edges["menu"].update({"1": "message"}))
    panel = open_publishing(page)
    expect(panel).to_contain_text("Night menu: key 1 (Nurse) now goes to A message; it went to The nurse")
    expect(panel).to_contain_text("The rehearsal ends as expected")
    expect(page.locator("[data-step=menu]")).to_have_attribute("data-mark", "changed")
    lead.picture("publish")
    assert accessible(page) == []
    panel.get_by_role("textbox", name="What is this change for?").fill("The nurses are on holiday")
    panel.get_by_role("button", name="Publish now").click()
    expect(panel.get_by_text("Version 2 is live")).to_be_visible()
    expect(panel).to_contain_text("Live on 2 of 2 controllers, ")
    lead.picture("published")
    assert accessible(page) == []
    expect(page.get_by_text("Version 2 is live")).to_have_count(2)  # in the strip, too
    assert telephony.press(telephony.call(), "1") == ["Welcome", "Night menu", "A message", "Goodbye"]
    way = ["Welcome", "Night menu", "The nurse", "Goodbye"]
    assert telephony.press(under_way, "1") == way, "calls under way finish on theirs"

    page = lead.goto(f"/flows/{telephony.flow}/history")
    expect(page.get_by_role("listitem").filter(has_text="Version 2").first).to_contain_text("The nurses are on holiday")
    expect(page.get_by_role("region", name="Compare")).to_contain_text("key 1 (Nurse) now goes to A message")
    expect(page.locator("[data-step=menu]")).to_have_attribute("data-mark", "changed")
    page.locator("[data-step=menu]").scroll_into_view_if_needed()
    lead.picture("history")
    assert accessible(page) == []
    page.get_by_role("button", name="Make it live again").click()
    expect(page.get_by_text("Version 1 is live again, on 2 of 2 controllers")).to_be_visible()
    assert telephony.press(telephony.call(), "1") == ["Welcome", "Night menu", "The nurse", "Goodbye"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("listitem").filter(has_text="Version 2").first).to_contain_text("Live now")
    assert telephony.press(telephony.call(), "1") == ["Welcome", "Night menu", "A message", "Goodbye"]


@pytest.mark.timeout(120)
def test_an_error_blocks_and_a_failing_rehearsal_asks_why(editor: Running, visit: Callable[..., Visit]) -> None:
    lead = visit(editor)
    main = flow_id(editor.database)

    def change(document: Document) -> None:
        document.nodes[titled(document, "Message about a bill")].title = LONG
        document.edges[titled(document, "Main menu")].pop("1")

    draw(editor.database, main, change)
    page = lead.goto(f"/flows/{main}")
    panel = open_publishing(page)
    expect(panel).to_contain_text("One error has to be corrected first.")
    expect(panel).to_contain_text("<b>in it</b>")
    expect(panel.get_by_role("button", name="Publish now")).to_be_disabled()
    lead.picture("publish_error")
    assert accessible(page) == []

    draw(
        editor.database,
        main,
        lambda document: document.edges[titled(document, "Main menu")].update({"1": titled(document, "Goodbye")}),
    )
    reason = panel.get_by_role("textbox", name="Why do you publish it anyway?")
    expect(reason).to_be_visible(timeout=20_000)  # by itself: what is drawn has changed
    expect(panel).to_contain_text("Monday morning, press 1: appointments")
    expect(panel.get_by_role("button", name="Publish now")).to_be_disabled()
    lead.picture("publish_failing")
    assert accessible(page) == []
    reason.fill("Appointments are closed this week")
    panel.get_by_role("button", name="Publish now").click()
    expect(panel).to_contain_text("No controller is running")
    lead.picture("published_nowhere")
    assert accessible(page) == []
    assert live(editor.database, main).number == 2  # type: ignore[union-attr]


@pytest.mark.timeout(120)
def test_somebody_else_published_meanwhile(editor: Running, visit: Callable[..., Visit]) -> None:
    lead = visit(editor)
    main = flow_id(editor.database)
    draw(editor.database, main, retitle("Message about a bill", "Bills"))
    document = flows.version_of(editor.database, MAIN).document
    retitle("Lakeside address", "Where Lakeside is")(document)
    saved = flows.save(
        editor.database, document, MAIN, create_missing=False, note="", who="Ana Lee", now=datetime.now(UTC)
    )
    flows.publish(editor.database, saved.version, who="Ana Lee")
    page = lead.goto(f"/flows/{main}")
    panel = open_publishing(page)
    expect(panel).to_contain_text("Version 2 has gone live since: Ana Lee")
    expect(panel).to_contain_text("Lakeside address is now called Where Lakeside is")
    expect(panel.get_by_role("button", name="Publish now")).to_be_disabled()
    lead.picture("publish_stale")
    assert accessible(page) == []
    panel.get_by_role("button", name="Take these changes over").click()
    expect(panel.get_by_text("has gone live since")).to_have_count(0)
    expect(panel).to_contain_text("Message about a bill is now called Bills")
    panel.get_by_role("button", name="Publish now").click()
    expect(panel).to_contain_text("No controller is running")
    kept = live(editor.database, main)
    assert kept is not None
    titles = {node["title"] for node in kept.document["nodes"].values()}
    assert {"Bills", "Where Lakeside is"} <= titles


@pytest.mark.timeout(120)
def test_planned_for_a_time_and_cancelled(editor: Running, visit: Callable[..., Visit]) -> None:
    lead = visit(editor)
    main = flow_id(editor.database)
    draw(editor.database, main, retitle("Message about a bill", "Bills"))
    page = lead.goto(f"/flows/{main}")
    panel = open_publishing(page)
    panel.get_by_text("At a set time", exact=True).click()
    panel.get_by_label("From").fill("2027-01-04T08:00")
    panel.get_by_text("Only until a set time").click()
    panel.get_by_label("Until", exact=True).fill("2027-01-03T08:00")
    panel.get_by_role("button", name="Plan it").click()
    expect(panel.get_by_text("The end must come after the beginning.").first).to_be_visible()
    panel.get_by_label("Until", exact=True).fill("2027-01-05T08:00")
    lead.picture("publish_later")
    assert accessible(page) == []
    panel.get_by_role("button", name="Plan it").click()
    expect(panel).to_contain_text("Version 2 is planned")
    expect(panel).to_contain_text("Jan 4, 2027")
    page = lead.goto(f"/flows/{main}/history")
    expect(page.get_by_role("main")).to_contain_text("Planned for Jan 4, 2027, 8:00")
    lead.picture("history_planned")
    assert accessible(page) == []
    page.get_by_role("button", name="Cancel that plan").click()
    expect(page.get_by_role("main")).to_contain_text("Was planned for Jan 4, 2027")
    expect(page.get_by_role("button", name="Cancel that plan")).to_have_count(0)


@pytest.mark.timeout(120)
def test_from_a_template_and_from_a_file(editor: Running, visit: Callable[..., Visit], tmp_path: Path) -> None:
    lead = visit(editor)
    page = lead.goto("/flows")
    page.get_by_role("link", name="Bring in a flow").click()
    expect(page.get_by_role("heading", name="Family clinic")).to_be_visible()
    lead.picture("import")
    assert accessible(page) == []
    page.get_by_role("button", name="Use this: the template “After hours only”").click()
    expect(page.get_by_role("heading", name="What it refers to")).to_be_visible()
    page.get_by_role("combobox", name="on-call rota: On call").click()
    page.get_by_role("option", name="Lakeside on call").click()
    page.get_by_role("textbox", name="Name of the flow").fill("Nights")
    lead.picture("import_mapping")
    assert accessible(page) == []
    page.get_by_role("button", name="Make the flow").click()
    expect(page.get_by_text("Made, and to be filled in: Messages")).to_be_visible()
    expect(page.get_by_label("Name of the flow")).to_have_value("Nights")
    expect(page.get_by_role("group", name="Provider on call").first).to_be_visible()

    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps({"format": 99, "name": "Newer"}))
    page = lead.goto("/flows/import")
    page.locator("input[type=file]").set_input_files(newer)
    expect(page.get_by_role("alert")).to_contain_text("newer version of Careline")
    lead.picture("import_newer")
    assert accessible(page) == []
    lead.complaints[:] = [one for one in lead.complaints if "422" not in one]

    main = flow_id(editor.database)
    page = lead.goto(f"/flows/{main}/history")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == f"{MAIN} v1.json"
    page = lead.goto("/flows/import")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_role("textbox", name="Name of the flow")).to_have_value(f"{MAIN} (2)")
    page.get_by_role("button", name="Make the flow").click()
    expect(page.locator("[data-step]").first).to_be_attached()
    with editor.database.read() as session:
        assert session.query(Flow).filter(Flow.name == f"{MAIN} (2)").count() == 1


@pytest.mark.timeout(120)
def test_rehearsals_made_run_changed_and_brought_back(editor: Running, visit: Callable[..., Visit]) -> None:
    lead = visit(editor)
    main = flow_id(editor.database)
    page = lead.goto(f"/flows/{main}")
    page.get_by_role("button", name="Rehearsals").click()
    panel = page.get_by_role("complementary", name="Rehearsals")
    panel.get_by_role("button", name="Run all").click()
    expect(panel).to_contain_text("24 of 24 end as expected")
    panel.get_by_role("button", name="New rehearsal").click()
    panel.get_by_role("textbox", name="What does it show?").fill("Nobody presses 9")
    panel.get_by_label("Day and time").fill("2026-11-24T10:00")  # it begins as now, and the clinic may be closed
    panel.get_by_role("textbox", name="Keys").fill("1, 9")
    panel.get_by_role("combobox", name="It comes to, in this order").click()
    page.get_by_role("option", name="Main menu", exact=True).click()
    page.get_by_role("option", name="Goodbye", exact=True).click()
    page.keyboard.press("Escape")
    lead.picture("rehearsal_form")
    assert accessible(page) == []
    panel.get_by_role("button", name="Save and run").click()
    failed = panel.get_by_role("listitem").filter(has_text="Nobody presses 9")
    expect(failed).to_contain_text("did not come to “Goodbye”")
    lead.picture("rehearsals")
    assert accessible(page) == []
    failed.get_by_role("button", name="Nobody presses 9").first.click()
    expect(page.locator("[data-lit=path]").first).to_be_attached()
    failed.get_by_role("button", name="More for “Nobody presses 9”").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(panel.get_by_text("Nobody presses 9")).to_have_count(0)
    page.get_by_role("button", name="Undo").last.click()
    expect(panel.get_by_text("Nobody presses 9")).to_have_count(1)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("language", "dark", "size"), [("es", False, (1440, 900)), ("en", True, (390, 844))])
def test_in_spanish_in_the_dark_and_on_a_narrow_screen(
    editor: Running, visit: Callable[..., Visit], language: str, dark: bool, size: tuple[int, int]
) -> None:
    lead = visit(editor, language=language, dark=dark, size=size)
    main = flow_id(editor.database)
    draw(editor.database, main, retitle("Message about a bill", LONG))
    page = lead.goto(f"/flows/{main}")
    publish, heading, rehearsals, run = {
        "es": ("Publicar", "Qué cambia para quienes llaman", "Ensayos", "Hacer todos"),
        "en": ("Publish", "What changes for callers", "Rehearsals", "Run all"),
    }[language]
    page.get_by_role("button", name=publish, exact=True).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=20_000)
    lead.picture(f"publish_{language}_{size[0]}")
    assert accessible(page) == []
    page.get_by_role("button", name=rehearsals).first.click()
    page.get_by_role("button", name=run).click()
    expect(page.get_by_text("24", exact=False).first).to_be_visible()
    lead.picture(f"rehearsals_{language}_{size[0]}")
    assert accessible(page) == []
    for path, picture in ((f"/flows/{main}/history", "history"), ("/flows/import", "import")):
        page = lead.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        lead.picture(f"{picture}_{language}_{size[0]}")
        assert accessible(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.timeout(120)
def test_who_may_only_look_is_offered_nothing_else(editor: Running, visit: Callable[..., Visit]) -> None:
    auditor = visit(editor, Role.AUDITOR)
    main = flow_id(editor.database)
    page = auditor.goto(f"/flows/{main}")
    expect(page.get_by_role("button", name="Rehearsals")).to_be_visible()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Rehearsals").click()
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("24 of 24 end as expected")).to_be_visible()
    expect(page.get_by_role("button", name="New rehearsal")).to_have_count(0)
    page = auditor.goto(f"/flows/{main}/history")
    expect(page.get_by_text("Version 1", exact=True)).to_be_visible()
    assert "Draw from it" not in words(page)


@pytest.mark.timeout(120)
def test_by_keyboard_alone(editor: Running, visit: Callable[..., Visit]) -> None:
    lead = visit(editor)
    main = flow_id(editor.database)
    draw(editor.database, main, retitle("Message about a bill", "Bills"))
    page = lead.goto(f"/flows/{main}")
    page.get_by_role("button", name="Publish", exact=True).focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Publish")
    expect(panel.get_by_role("heading", name="What changes for callers")).to_be_visible(timeout=20_000)
    seen = []
    while "Publish now" not in seen:
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.innerText || document.activeElement.tagName"))
        assert len(seen) < 20, seen
    assert "Message about a bill is now called Bills" in " ".join(seen), "the keyboard is in the panel at once"
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("No controller is running")
    assert live(editor.database, main).number == 2  # type: ignore[union-attr]

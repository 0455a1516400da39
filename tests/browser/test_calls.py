"""Test calls and calls as staff have them in the browser: a draft is called, answered, kept; callers show on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from controller.calls.journal import CallBegan, CallEnded, CallMoved, StepTaken
from controller.flows.document import Document
from controller.store.journal import SqlJournal
from controller.store.models import Flow, Phone
from flow_editor.drafts import store as drafts
from tests.browser.conftest import Running, Visit, accessible, start_editor, stop_editor
from tests.testcalls.stand import Stand

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def running(built: None, tmp_path: Path) -> Iterator[Running]:
    """An editor beside the practice switch and the controller for test calls."""
    stand = Stand(f"sqlite:///{tmp_path}/careline.db", tmp_path)
    running = start_editor(tmp_path, **stand.settings)
    with stand:
        yield running
        stop_editor(running)


def node(kind: str, title: str, x: int, y: int, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "title": title, "x": x, "y": y, "settings": settings}


def draw(running: Running) -> str:
    """A small draft of the main line: a menu, somebody who rings, and a goodbye; the flow's id."""
    with running.database.read() as session:
        flow = session.scalars(select(Flow.id).where(Flow.name == "Lakeside main line")).one()
        person = session.scalars(select(Phone.person_id).where(Phone.sip_user.isnot(None)).order_by(Phone.id)).first()
    document = Document.model_validate(
        {
            "name": "Lakeside main line",
            "start": "menu",
            "catch_all": "bye",
            "nodes": {
                "menu": node(
                    "menu", "Main menu", 0, 0, prompt={"text": {"en": "For our staff, press 1."}},
                    choices=[{"key": "1", "label": "Staff"}],
                ),
                "ring": node("ring", "Ring us", 400, 0, steps=[{"people": [{"id": person}], "phones": "first"}]),
                "bye": node("hang_up", "Goodbye", 800, 0),
            },
            "edges": {"menu": {"1": "ring"}, "ring": {"answered": "bye", "no_answer": "bye"}},
        }
    )  # fmt: skip
    with running.database.write("test") as session:
        drafts.replace(session, flow, document, datetime.now(UTC), None)
    return flow


def test_a_draft_is_called_answered_and_kept(running: Running, visit: Callable[..., Visit]) -> None:
    flow = draw(running)
    one = visit(running)
    page = one.goto(f"/flows/{flow}")
    page.get_by_role("button", name="Test call", exact=True).click()
    page.get_by_text("At another time").click()
    page.get_by_label("Day and time").fill("2026-11-29T03:00")
    one.picture("test-call-choices")
    assert accessible(page) == []
    with page.expect_response(lambda response: "/sounds/" in response.url) as sound:
        page.get_by_role("button", name="Call", exact=True).click()
    assert sound.value.status in (200, 206)
    expect(page.locator("[data-line=said]").first).to_contain_text("For our staff, press 1.")
    expect(page.locator("[data-step=menu][data-lit=now]")).to_be_visible()
    page.locator("body").press("1")
    expect(page.locator("[data-line=pressed]")).to_contain_text("You pressed 1")
    expect(page.locator("[data-phone=ringing]")).to_be_visible()
    expect(page.locator("[data-step=menu][data-lit=path]")).to_be_visible()
    one.picture("test-call-rings")
    assert accessible(page) == []
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("[data-phone=talking]")).to_be_visible()
    page.get_by_role("button", name="hangs up").click()
    expect(page.get_by_text("The flow came to its end.")).to_be_visible()
    page.get_by_role("button", name="Save as rehearsal").click()
    expect(page.get_by_text("The rehearsal is in the flow.")).to_be_visible()
    one.picture("test-call-over")
    assert accessible(page) == []
    page.get_by_role("button", name="Rehearsals", exact=True).click()
    expect(page.get_by_text("Ring us").last).to_be_visible()
    expect(page.get_by_text("Sun 03:00").first).to_be_visible()


def test_the_clinic_is_called_from_home_in_spanish_and_dark(running: Running, visit: Callable[..., Visit]) -> None:
    one = visit(running, language="es", dark=True, size=(820, 1180))
    page = one.goto("/")
    page.get_by_role("button", name="Llamar a la clínica").click()
    page.get_by_role("button", name="Llamar", exact=True).click()
    expect(page.locator("[data-line=said]").first).to_be_visible()
    one.picture("call-the-clinic-es-dark")
    assert accessible(page) == []
    page.get_by_role("button", name="Colgar").click()
    expect(page.get_by_text("Usted colgó.")).to_be_visible()


def test_callers_show_on_the_canvas_and_a_call_is_replayed(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.read() as session:
        flow = session.scalars(select(Flow).where(Flow.name == "Lakeside main line")).one()
    version, now = str(flow.live_version_id), datetime.now(UTC)
    from controller.store.models import FlowVersion

    with editor.database.read() as session:
        document = session.get_one(FlowVersion, version).document
    first = document["start"]
    exit, second = next(iter(document["edges"][first].items()))
    journal = SqlJournal(editor.database, window=0.001)
    journal.start()
    for call in ("one", "two"):
        journal.began(
            CallBegan(
                call, now, "+13125550142", "Ana <b>Diaz</b>", "+16085550100", None, None, flow.id, version, "s", "c"
            )
        )
        journal.moved(CallMoved(call, now, version, first, 0, "", "sealed", "c"))
    journal.flush()
    one = visit(editor)
    page = one.goto(f"/flows/{flow.id}")
    if page.get_by_role("button", name="Callers now").get_attribute("aria-pressed") == "false":
        page.get_by_role("button", name="Callers now").click()
    expect(page.locator(f"[data-step={first}] [data-callers='2']")).to_be_visible()
    later = now + timedelta(seconds=3)
    kind = document["nodes"][first]["kind"]
    pressed = [{"what": "pressed", "keys": "1", "label": "English"}]
    journal.step(StepTaken("one", 0, version, first, kind, now, later, exit, pressed))
    journal.moved(CallMoved("one", later, version, second, 1, "", "sealed", "c"))
    journal.flush()
    expect(page.locator(f"[data-step={second}] [data-callers='1']")).to_be_visible()
    expect(page.locator(f"[data-step={first}] [data-callers='1']")).to_be_visible()
    one.picture("callers-on-the-canvas")
    assert accessible(page) == []
    page.locator(f"[data-step={second}] [data-callers]").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Show all calls").click()
    expect(page.get_by_role("row")).to_have_count(3)
    journal.step(StepTaken("one", 1, version, second, document["nodes"][second]["kind"], later, later, ""))
    journal.ended(CallEnded("one", later + timedelta(seconds=9), "caller hung up"))
    journal.flush()
    expect(page.get_by_role("row").filter(has_text="Caller hung up")).to_have_count(1)
    one.picture("calls")
    assert accessible(page) == []
    page.get_by_label("Search").fill("nobody at all")
    expect(page.get_by_text("No call is like that.")).to_be_visible()
    page.get_by_label("Search").fill("555 0142")
    page.get_by_role("row").filter(has_text="Caller hung up").get_by_role("link").click()
    expect(page.get_by_text("Pressed 1: English.")).to_be_visible()
    expect(page.locator(f"[data-step={first}][data-lit=now]")).to_be_visible()
    page.get_by_role("button", name="Next step").click()
    expect(page.locator(f"[data-step={second}][data-lit=now]")).to_be_visible()
    expect(page.locator(f"[data-step={first}][data-lit=path]")).to_be_visible()
    one.picture("call-replayed")
    assert accessible(page) == []
    journal.close()

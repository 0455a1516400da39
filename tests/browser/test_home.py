"""Home as front-office staff use it: closing, announcing, undoing; and how it looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from controller.flows.hours import Calendar, Span, Weekday
from controller.store.models import CallRecord, Hours, Location, Mailbox, Message, Number, Queue
from controller.store.notices import tell
from tests.browser.conftest import Running, Visit, accessible, words

ALWAYS = Calendar(week=dict.fromkeys(Weekday, (Span(start=time(0), end=time(0)),)))


@pytest.fixture
def running(editor: Running) -> Running:
    """Lakeside is open round the clock, Hillside has no hours, and three messages wait."""
    with editor.database.write("test") as session:
        for hours in session.scalars(select(Hours)):
            if hours.name.startswith("Lakeside"):
                hours.calendar = ALWAYS
            elif hours.name.startswith("Hillside"):
                session.delete(hours)
        box = session.scalars(select(Mailbox).where(Mailbox.name == "Front desk")).one()
        for step in range(3):
            session.add(
                Message(mailbox_id=box.id, call_id="c", step=step, path="m.wav", seconds=5, left_at=datetime.now(UTC),
                        language="en", urgent=step == 0)
            )  # fmt: skip
    return editor


def test_close_in_an_emergency_undo_close_again_and_reopen(running: Running, visit: Callable[..., Visit]) -> None:
    page = visit(running).goto("/")
    card = page.get_by_role("article", name="Lakeside", exact=True)
    expect(card).to_contain_text("Open")
    card.get_by_label("Emergency closure: Lakeside").click()
    dialog = page.get_by_role("dialog", name="Close Lakeside now")
    dialog.get_by_label("Reason").fill("Burst pipe <b>")
    dialog.get_by_role("button", name="Rest of today").click()
    dialog.get_by_role("button", name="Close now").click()
    expect(card).to_contain_text("Closed in an emergency")
    expect(card).to_contain_text("Burst pipe <b>")
    page.get_by_role("button", name="Undo").click()
    expect(card).not_to_contain_text("Closed in an emergency")
    card.get_by_label("Emergency closure: Lakeside").click()
    page.get_by_role("button", name="Close now").click()
    expect(card).to_contain_text("until somebody reopens it")
    card.get_by_label("Emergency closure: Lakeside").click()
    expect(card).not_to_contain_text("until somebody reopens it")


def test_close_early_and_back_to_usual(running: Running, visit: Callable[..., Visit]) -> None:
    page = visit(running).goto("/")
    card = page.get_by_role("article", name="Lakeside", exact=True)
    card.get_by_role("button", name="Close early").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(card).to_contain_text("Closed")
    card.get_by_role("button", name="Back to the usual end").click()
    expect(card).to_contain_text("Open")


def test_an_announcement_is_written_in_both_languages_and_taken_back(
    running: Running, visit: Callable[..., Visit]
) -> None:
    here = visit(running)
    page = here.goto("/")
    card = page.get_by_role("article", name="Lakeside", exact=True)
    card.get_by_role("button", name="Tell callers something").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("In English").fill("Our parking lot is closed today.")
    dialog.get_by_label("In Spanish").fill("Hoy nuestro aparcamiento está cerrado.")
    with page.expect_response("**/api/speech") as spoken:
        dialog.get_by_role("button", name="Hear it").first.click()
    assert spoken.value.headers["content-type"] == "audio/wav"
    here.picture("home-announcing")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("Our parking lot is closed today.")
    with running.database.read() as session:
        lakeside = session.scalars(select(Location.id).where(Location.name == "Lakeside")).one()
    assert lakeside
    card.get_by_role("button", name="Take it back").click()
    expect(card).not_to_contain_text("Our parking lot")


def test_lines_move_with_calls(running: Running, visit: Callable[..., Visit]) -> None:
    page = visit(running).goto("/")
    row = page.get_by_role("row", name="Lakeside (608) 555-0100")
    expect(row.locator("[data-calls]")).to_have_text("0")
    with running.database.write("test") as session:
        number = session.scalars(select(Number).where(Number.label == "Lakeside")).one()
        session.add(
            CallRecord(id="1", began_at=datetime.now(UTC) - timedelta(seconds=5), dialled=number.number,
                       number_id=number.id, location_id=number.location_id, switch="s", controller="c")
        )  # fmt: skip
        tell(session, "calls", "1")
    expect(row.locator("[data-calls]")).to_have_text("1")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("home", {}),
        ("home-dark", {"dark": True}),
        ("home-spanish", {"language": "es"}),
        ("home-narrow", {"size": (390, 844)}),
        ("home-tablet", {"size": (820, 1180), "dark": True}),
    ],
)
def test_how_it_looks(running: Running, visit: Callable[..., Visit], name: str, how: dict[str, object]) -> None:
    long = "Centro de Salud Comunitario de Nuestra Señora de Guadalupe y San Juan <script>alert(1)</script>"
    with running.database.write("test") as session:
        session.scalars(select(Location).where(Location.name == "Hillside")).one().name = long
    here = visit(running, **how)
    page = here.goto("/")
    expect(page.get_by_role("article", name="Lakeside", exact=True)).to_be_visible()
    page.wait_for_selector("section[aria-label]")
    page.wait_for_load_state("networkidle")
    assert long in words(page)
    here.picture(name)
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_nothing_is_there_yet(running: Running, visit: Callable[..., Visit]) -> None:
    empty = running.database
    with empty.write("test") as session:
        session.execute(update(Queue).values(hours_id=None))
        for model in (Message, Number, Hours):
            for row in session.scalars(select(model)):
                session.delete(row)
    here = visit(running)
    page = here.goto("/")
    expect(page.get_by_text("No numbers yet")).to_be_visible()
    expect(page.get_by_text("No opening hours yet.").first).to_be_visible()
    here.picture("home-empty")
    assert accessible(page) == []

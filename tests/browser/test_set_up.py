"""Set up my clinic: from the demo to one's own, step by step; skipped, resumed; preferences; and how it looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from controller.store.models import Hours, Location, Preference, Role
from tests.browser.conftest import Running, Visit, accessible, words


def test_the_demo_goes_with_one_click_and_comes_back(editor: Running, visit: Callable[..., Visit]) -> None:
    here = visit(editor, Role.OWNER)
    page = here.goto("/set-up")
    expect(page.get_by_text("This is still the demo clinic")).to_be_visible()
    here.picture("set-up-demo")
    page.get_by_role("button", name="Remove the demo").click()
    expect(page.get_by_text("The demo is gone")).to_be_visible()
    expect(page.get_by_text("This is still the demo clinic")).not_to_be_visible()
    with editor.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Location)) == 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("This is still the demo clinic")).to_be_visible()


def test_a_clinic_is_set_up_from_nothing(editor: Running, visit: Callable[..., Visit]) -> None:
    here = visit(editor, Role.OWNER)
    page = here.goto("/set-up")
    page.get_by_role("button", name="Remove the demo").click()
    expect(page.get_by_text("Step 1 of 8")).to_be_visible()
    page.get_by_label("Name of your clinic").fill("Oak <b>Clinic</b>")
    page.get_by_label("Emergency sentence in English").fill("If this is an emergency, hang up and dial 911.")
    here.picture("set-up-first")
    assert accessible(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Step 2 of 8")).to_be_visible()
    page.get_by_role("link", name="Add a location").click()
    page.get_by_label("Name").first.fill("Oak Street")
    zone = page.get_by_role("combobox", name="Time zone")
    zone.fill("America/Chicago")
    page.get_by_role("option", name="America/Chicago").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Oak Street")).to_be_visible()
    page = here.goto("/set-up")
    expect(page.get_by_text("Step 3 of 8")).to_be_visible()  # resumed where one left off
    page.get_by_role("link", name="Set opening hours").click()
    page.get_by_label("Name").first.fill("Oak hours")
    page.get_by_role("combobox", name="Location").click()
    page.get_by_role("option", name="Oak Street").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Oak hours")).to_be_visible()
    page = here.goto("/set-up")
    expect(page.get_by_text("Step 4 of 8")).to_be_visible()
    page.get_by_role("button", name="Skip for now").click()
    expect(page.get_by_text("Step 5 of 8")).to_be_visible()
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("things are still missing")).to_be_visible()
    assert "A number is live" in words(page)
    here.picture("set-up-go-live")
    assert accessible(page) == []
    with editor.database.read() as session:
        assert session.scalars(select(Hours.name)).all() == ["Oak hours"]
    page = here.goto("/")
    expect(page.get_by_role("heading", name="Oak <b>Clinic</b>")).to_be_visible()


def test_preferences(editor: Running, visit: Callable[..., Visit]) -> None:
    here = visit(editor)
    page = here.goto("/preferences")
    page.get_by_label("Name of your clinic").fill("Lakeside and Hillside")
    page.get_by_role("combobox", name="Default line").click()
    page.get_by_role("option", name="Lakeside main line").click()
    assert accessible(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Preferences are saved")).to_be_visible()
    with editor.database.read() as session:
        kept = {row.key: row.value for row in session.scalars(select(Preference))}
    assert kept["organisation"] == "Lakeside and Hillside"
    assert kept["default_flow"]


@pytest.mark.parametrize(
    ("name", "how"),
    [("-dark", {"dark": True}), ("-spanish", {"language": "es"}), ("-narrow", {"size": (390, 844)})],
)
def test_how_they_look(editor: Running, visit: Callable[..., Visit], name: str, how: dict[str, object]) -> None:
    here = visit(editor, **how)
    for path, picture in (("/set-up?step=go_live", "set-up"), ("/preferences", "preferences")):
        page = here.goto(path)
        page.wait_for_selector("form, nav ol")
        page.wait_for_load_state("networkidle")
        here.picture(f"{picture}{name}")
        assert accessible(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path

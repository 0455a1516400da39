"""Set up my clinic: from the demo to one's own, step by step; skipped, resumed; preferences; and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from controller.store.models import Location, Preference, Role
from tests.browser.conftest import Running, Visit, accessible
from tests.browser.installation import Installation

PASSWORD = "a long enough password of Olive's"
SENTENCE = "If this is a medical emergency, hang up and dial 911."


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


@pytest.fixture
def installation(built: None, tmp_path: Path) -> Iterator[Installation]:
    with Installation(tmp_path) as installation:
        yield installation


def at_step(page: Page, place: int, name: str) -> None:
    """The wizard is at this step, and the keyboard with it."""
    expect(page.get_by_text(f"Step {place} of 8")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()


def looked_at(here: Visit, name: str) -> None:
    here.page.wait_for_load_state("networkidle")
    here.picture(f"set-up-{name}")
    assert accessible(here.page) == [], name
    assert here.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


@pytest.mark.timeout(300)
def test_a_new_owner_sets_up_the_clinic_from_nothing(installation: Installation, visit: Callable[..., Visit]) -> None:
    """From the link that `careline up` prints over an empty folder to a list on which everything is ticked."""
    here = visit(installation.running, None)
    page = here.page
    page.goto(installation.link)
    page.get_by_label("Your name").fill("Olive Owner")
    page.get_by_label("E-mail").fill("olive@oak.example")
    page.get_by_role("textbox", name="New password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()

    at_step(page, 1, "Your clinic")
    expect(page.get_by_text("0 of 8 steps done")).to_be_visible()
    page.get_by_label("Name of your clinic").fill("Oak <b>Clinic</b>")
    page.get_by_label("Emergency sentence in English").fill(SENTENCE)
    looked_at(here, "1-organisation")
    page.get_by_role("button", name="Save").click()

    at_step(page, 2, "Locations")
    expect(page.get_by_role("heading", level=2, name="Locations")).to_be_focused()
    page.get_by_label("Name").first.fill("Oak Street")
    page.get_by_role("combobox", name="Time zone").fill("America/Chicago")
    page.get_by_role("option", name="America/Chicago").click()
    looked_at(here, "2-location")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Oak Street")).to_be_visible()
    expect(page.get_by_role("button", name="Oak Street")).to_be_focused()
    expect(page.get_by_role("button", name="Add another location")).to_be_visible()
    looked_at(here, "2-location-made")
    page.get_by_role("button", name="Go on").click()

    at_step(page, 3, "Opening hours")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Oak Street")
    expect(page.get_by_role("combobox", name="Location")).to_have_value("Oak Street")
    looked_at(here, "3-hours")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Oak Street")).to_be_visible()
    page.get_by_role("button", name="Go on").click()

    at_step(page, 4, "People and phones")
    page.get_by_role("button", name="Olive Owner").click()
    page.get_by_role("button", name="Add a phone").click()
    page.get_by_role("textbox", name="Number", exact=True).fill("608 555 0142")
    looked_at(here, "4-person")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Olive Owner")).to_contain_text("(608) 555-0142")
    page.get_by_role("button", name="Add somebody").click()
    page.get_by_label("Name").first.fill("Nora Nurse")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Nora Nurse")).to_be_visible()
    looked_at(here, "4-people")

    # They sign out in between, and are led back to where they were.
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("olive@oak.example")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Set up my clinic").click()

    at_step(page, 5, "Your number")
    page.get_by_role("textbox", name="Number", exact=True).fill("608 555 0100")
    page.get_by_role("radio", name="Live").check()
    page.get_by_role("textbox", name="Backup line").fill("608 555 0199")
    looked_at(here, "5-number")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Waiting for a call")).to_be_visible()
    leg = installation.switch.do("call", number="16085550100", caller="+16085550177")
    expect(page.get_by_text("The provider sent the number as 16085550100")).to_be_visible()
    looked_at(here, "5-number-called")
    installation.switch.do("wait", call=leg, **{"for": "gone"})
    page.get_by_role("button", name="Go on").click()

    at_step(page, 6, "What callers hear")
    looked_at(here, "6-templates")
    page.get_by_role("button", name="Use this: the template “Family clinic”").click()
    expect(page.get_by_role("heading", name="What it refers to")).to_be_visible()
    page.get_by_role("combobox", name="opening hours: Opening hours").click()
    page.get_by_role("option", name="Oak Street").click()
    looked_at(here, "6-mapping")
    page.get_by_role("button", name="Make the flow").click()
    expect(page.get_by_text("Not published yet")).to_be_visible()
    page.get_by_role("combobox", name="(608) 555-0100").click()
    page.get_by_role("option", name="Family clinic").click()
    expect(page.get_by_role("combobox", name="(608) 555-0100")).to_have_count(0)
    looked_at(here, "6-flow")
    page.get_by_role("button", name="Look at it and publish: Family clinic").click()
    expect(page.get_by_label("Name of the flow").first).to_have_value("Family clinic")
    expect(page.get_by_role("link", name="Back to set up")).to_be_visible()
    looked_at(here, "6-canvas")
    page.get_by_role("button", name="Publish", exact=True).click()
    panel = page.get_by_role("complementary", name="Publish")
    expect(panel.get_by_role("heading", name="What changes for callers")).to_be_visible(timeout=20_000)
    panel.get_by_role("button", name="Publish now").click()
    expect(panel.get_by_text("Live on")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Back to set up").click()

    at_step(page, 6, "What callers hear")
    expect(page.get_by_role("link", name="Back to set up")).to_have_count(0)
    expect(page.get_by_text("Callers hear it")).to_be_visible()
    looked_at(here, "6-published")
    page.get_by_role("button", name="Go on").click()

    at_step(page, 7, "A test call")
    looked_at(here, "7-test-call")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("[data-line=said]").first).to_contain_text("hang up and dial 911", timeout=30_000)
    looked_at(here, "7-called")
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("You hung up.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()

    at_step(page, 8, "Go live")
    looked_at(here, "8-go-live")
    expect(page.get_by_text("Everything is ready. Patients can call.")).to_be_visible()
    expect(page.get_by_text("8 of 8 steps done")).to_be_visible()
    page = here.goto("/")
    expect(page.get_by_role("heading", name="Oak <b>Clinic</b>")).to_be_visible()


def test_steps_are_skipped_and_taken_up_again_by_keyboard(editor: Running, visit: Callable[..., Visit]) -> None:
    here = visit(editor, Role.OWNER)
    page = here.goto("/set-up")
    page.get_by_role("button", name="Remove the demo").press("Enter")
    at_step(page, 1, "Your clinic")
    page.get_by_role("button", name="Skip for now").press("Enter")
    at_step(page, 2, "Locations")
    expect(page.get_by_role("heading", level=2, name="Locations")).to_be_focused()
    steps = page.get_by_role("navigation", name="Set up my clinic")
    expect(steps.get_by_role("button", name="Your clinic")).to_contain_text("Left aside")
    page = here.goto("/set-up")
    at_step(page, 2, "Locations")  # resumed behind what was left aside
    steps.get_by_role("button", name="Your clinic").press("Enter")
    at_step(page, 1, "Your clinic")
    page.get_by_role("button", name="Do it after all").press("Enter")
    expect(steps.get_by_role("button", name="Your clinic")).to_contain_text("To do")
    steps.get_by_role("button", name="Go live").press("Enter")
    expect(page.get_by_text("things are still missing")).to_be_visible()
    page.get_by_role("button", name="Put it right: Every location has opening hours").press("Enter")
    at_step(page, 3, "Opening hours")


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
    long = "Dr. Maximiliana-Theodora Vandenbroucke-Featherstonehaugh <b>of</b> the Department of Everything on the Third Floor"
    with editor.database.write("test") as session:
        session.scalars(select(Location)).first().name = long  # type: ignore[union-attr]
    here = visit(editor, **how)
    steps = ("organisation", "locations", "hours", "people", "number", "flow", "test_call", "go_live")
    paths = [(f"/set-up?step={step}", f"set-up-{step}") for step in steps]
    for path, picture in (*paths, ("/preferences", "preferences")):
        page = here.goto(path)
        page.wait_for_selector("form, nav ol", state="attached")
        page.wait_for_load_state("networkidle")
        here.picture(f"{picture}{name}")
        assert accessible(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path

"""The set-up pages as staff use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from controller.store.models import Location, Role, Team
from tests.browser.conftest import Running, Visit, accessible

LONG = (
    "Dr. Maximiliana-Theodora Vandenbroucke-Featherstonehaugh of the Department of Everything, Third Floor <b>bold</b>"
)


@pytest.fixture
def lead(editor: Running, visit: Callable[..., Visit]) -> Visit:
    return visit(editor, name="Ann One")


def settled(page: Page) -> None:
    """Nothing is being loaded or tried any more."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def team(editor: Running, name: str) -> str:
    with editor.database.read() as session:
        return session.scalars(select(Team.id).where(Team.name == name)).one()


def test_a_team_by_mouse_and_by_keyboard(editor: Running, lead: Visit) -> None:
    page = lead.goto("/teams")
    expect(page.get_by_role("table", name="Teams")).to_contain_text("Maria Santos and Tom Becker")
    settled(page)
    lead.picture("teams")
    assert accessible(page) == []
    page.get_by_role("link", name="New team").click()
    page.get_by_role("textbox", name="Name").fill("Night desk")
    for name in ("Tom Becker", "Maria Santos"):
        page.get_by_role("combobox", name="Add somebody").click()
        page.get_by_role("option", name=name).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Night desk")).to_be_visible()
    page.get_by_role("button", name="Move Maria Santos up").press("Enter")
    expect(page.get_by_text("rehearsals end as before")).to_be_visible()
    settled(page)
    lead.picture("team_changed")
    assert accessible(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.get_by_role("button", name="History").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Ann One")
    expect(drawer).to_contain_text("place in the order")
    lead.picture("team_history")
    drawer.get_by_role("button", name="Go back to this").click()
    expect(page.get_by_role("listitem").first).to_contain_text("Tom Becker")


def test_dragging(editor: Running, lead: Visit) -> None:
    page = lead.goto(f"/teams/{team(editor, 'Lakeside front desk')}")
    members = page.get_by_role("list", name="Members").get_by_role("listitem")
    expect(members.first).to_contain_text("Maria Santos")
    page.get_by_title("Drag Maria Santos").drag_to(members.nth(1))
    expect(members.first).to_contain_text("Tom Becker")


def test_what_saving_would_do_and_replacing(editor: Running, lead: Visit) -> None:
    id = team(editor, "Lakeside front desk")
    page = lead.goto(f"/teams/{id}")
    expect(page.get_by_role("region", name="Used by")).to_contain_text("Lakeside main line")
    for name in ("Maria Santos", "Tom Becker"):
        page.get_by_role("button", name=f"Take out {name}").click()
    expect(page.get_by_text("would now end elsewhere")).to_be_visible()
    page.get_by_role("button", name="Show").click()
    settled(page)
    lead.picture("effect")
    assert accessible(page) == []
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("is in use")
    dialog.get_by_role("combobox", name="In its place").click()
    page.get_by_role("option", name="Appointments").click()
    expect(dialog.get_by_text("rehearsal")).to_be_visible()
    lead.picture("replace")
    dialog.get_by_role("button", name="Replace and delete").click()
    expect(page).to_have_url(f"{editor.url}/teams")
    with editor.database.read() as session:
        assert session.get(Team, id) is None
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Lakeside front desk")).to_be_visible()


def test_two_people_at_one_team(editor: Running, lead: Visit, visit: Callable[..., Visit]) -> None:
    path = f"/teams/{team(editor, 'Billing')}"
    page = lead.goto(path)
    page.get_by_role("textbox", name="Name").fill("Billing office")
    other = visit(editor, name="Ben Two").goto(path)
    other.get_by_role("textbox", name="Name").fill("Money")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("heading", level=1, name="Money")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert").filter(has_text="Somebody was faster")
    expect(alert).to_contain_text("Ben Two: Name: Billing → Money")
    lead.picture("conflict")
    alert.get_by_role("button", name="Save mine all the same").click()
    expect(page.get_by_role("heading", level=1, name="Billing office")).to_be_visible()


def test_a_location(editor: Running, lead: Visit) -> None:
    page = lead.goto("/locations")
    expect(page.get_by_role("table", name="Locations")).to_contain_text("20 Lake Street")
    settled(page)
    lead.picture("locations")
    page.get_by_role("link", name="Lakeside").click()
    page.get_by_role("textbox", name="Number shown").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This is not a telephone number").first).to_be_visible()
    settled(page)
    lead.picture("location_wrong")
    assert accessible(page) == []
    page.get_by_role("textbox", name="Number shown").fill("608 555 0199")
    page.get_by_role("combobox", name="Time zone").click()
    page.get_by_role("option", name="America/New York").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Number shown")).to_have_value("(608) 555-0199")
    with editor.database.read() as session:
        row = session.scalars(select(Location).where(Location.name == "Lakeside")).one()
        assert (row.number, row.zone) == ("+16085550199", "America/New_York")


def test_in_spanish_dark_narrow_with_long_names(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.write("test") as session:
        row = session.scalars(select(Team).where(Team.name == "Billing")).one()
        row.name = LONG
        row.members[0].person.name = LONG
    here = visit(editor, language="es", dark=True, size=(390, 844))
    page = here.goto("/teams")
    expect(page.get_by_role("heading", level=1, name="Equipos")).to_be_visible()
    expect(page.get_by_text("<b>bold</b>").first).to_be_visible()
    settled(page)
    here.picture("teams_es_dark_narrow")
    assert accessible(page) == []
    page.goto(f"{editor.url}/teams/{row.id}")
    expect(page.get_by_role("heading", level=1, name=LONG)).to_be_visible()
    settled(page)
    here.picture("team_es_dark_narrow")
    assert accessible(page) == []


def test_nothing_there_yet_and_nothing_to_change(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.write("test") as session:
        for row in session.scalars(select(Team)):
            session.delete(row)
    agent = visit(editor, Role.AGENT)
    page = agent.goto("/teams")
    expect(page.get_by_role("heading", name="No team yet")).to_be_visible()
    expect(page.get_by_role("link", name="New team")).to_have_count(0)
    agent.picture("teams_empty")
    page.goto(f"{editor.url}/locations")
    page.get_by_role("link", name="Hillside").click()
    expect(page.get_by_text("Only to read")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_be_disabled()

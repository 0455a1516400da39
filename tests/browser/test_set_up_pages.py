"""The set-up pages as staff use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from controller.store.models import (
    CallRecord,
    ControllerRecord,
    Location,
    Number,
    Person,
    QueueTeam,
    Role,
    Team,
    new_id,
)
from controller.store.notices import tell
from controller.store.registrations import seen
from tests.browser.conftest import Running, Visit, accessible

HOUR = timedelta(hours=1)
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
    expect(dialog.get_by_text("1 rehearsal would now end elsewhere")).to_be_visible()
    dialog.get_by_role("textbox", name="Why do you replace it anyway?").fill("They answer for the front desk now")
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
        session.execute(delete(QueueTeam))  # the demo's queues are answered by teams
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


# -- numbers


def called(editor: Running, number: str, dialled: str) -> None:
    """A call arrives, as a controller's journal would write it."""
    with editor.database.write("test") as session:
        row = session.scalars(select(Number).where(Number.number == number)).one_or_none()
        session.add(
            CallRecord(
                id=new_id(),
                began_at=datetime.now(UTC),
                dialled=dialled,
                caller="+16085550123",
                number_id=row.id if row else None,
                flow_id=row.flow_id if row else None,
                switch="s",
                controller="c",
            )
        )
        tell(session, "calls")


def test_a_number_is_called_now(editor: Running, lead: Visit) -> None:
    page = lead.goto("/numbers")
    expect(page.get_by_role("table", name="Numbers")).to_contain_text("Live")
    page.get_by_role("link", name="Add a number").click()
    page.get_by_role("textbox", name="Number").fill("608 555 0177")
    page.get_by_role("radio", name="Being tested").check()
    page.get_by_role("combobox", name="Flow that answers").click()
    page.get_by_role("option", name="Lakeside main line").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="(608) 555-0177")).to_be_visible()
    expect(page.get_by_text("Waiting for a call")).to_be_visible()
    called(editor, "+16085550177", "0016085550177")
    expect(page.get_by_text("The provider sent the number as 0016085550177")).to_be_visible()
    expect(page.get_by_text("On the line now")).to_be_visible()
    settled(page)
    lead.picture("number_called")
    assert accessible(page) == []


def test_numbers_that_nobody_answers(editor: Running, lead: Visit) -> None:
    called(editor, "+16085559999", "6085559999")
    page = lead.goto("/numbers")
    alert = page.get_by_role("alert").filter(has_text="nobody answers")
    expect(alert).to_contain_text("(608) 555-9999")
    page.get_by_role("combobox", name="Default line").click()
    page.get_by_role("option", name="Lakeside after hours").click()
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible()
    settled(page)
    lead.picture("numbers")
    assert accessible(page) == []
    alert.get_by_role("link", name="Add this number").click()
    expect(page.get_by_role("textbox", name="Number")).to_have_value("(608) 555-9999")


# -- people and phones


def test_a_person_with_a_phone_and_an_account(editor: Running, visit: Callable[..., Visit]) -> None:
    owner = visit(editor, Role.OWNER, name="Olive Owner")
    page = owner.goto("/people")
    expect(page.get_by_role("table", name="People and phones")).to_contain_text("Maria Santos")
    settled(page)
    owner.picture("people")
    assert accessible(page) == []
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Nora Field")
    page.get_by_role("textbox", name="E-mail").fill("nora@clinic.example")
    page.get_by_role("button", name="Add a role").click()
    page.get_by_role("button", name="Add a phone").click()
    page.get_by_role("textbox", name="Number").fill("608 555 0181")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Nora Field")).to_be_visible()
    extension = page.get_by_role("textbox", name="Extension").input_value()
    assert extension.isdecimal()
    seen(editor.database, "s", {extension: "10.0.0.1"}, datetime.now(UTC))
    with editor.database.write("test") as session:
        session.merge(
            ControllerRecord(name="c", address="a", began_at=datetime.now(UTC), beat_at=datetime.now(UTC) + HOUR)
        )
        tell(session, "registrations")
    page.reload()
    expect(page.get_by_text("Connected since")).to_be_visible()
    settled(page)
    owner.picture("person")
    assert accessible(page) == []
    page.get_by_role("button", name="Set up this phone").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("User name")).to_have_value(extension)
    assert len(dialog.get_by_label("Password").input_value()) >= 24
    settled(page)
    owner.picture("phone_set_up")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Make an invitation").click()
    link = page.get_by_role("dialog").get_by_label("Link").input_value()
    nora = visit(editor, None).goto(link.removeprefix(editor.url))
    nora.get_by_role("textbox", name="New password").fill("correct horse battery")
    nora.locator("button[type=submit]").click()
    expect(nora.get_by_text("Nora Field")).to_be_visible()


def test_a_lead_does_not_change_who_signs_in(editor: Running, lead: Visit) -> None:
    page = lead.goto("/people")
    page.get_by_role("link", name="Maria Santos").click()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_disabled()
    expect(page.get_by_role("button", name="Add a role")).to_have_count(0)


# -- lines, contacts, lists


def test_lines_and_where_calls_may_go(editor: Running, lead: Visit) -> None:
    page = lead.goto("/lines")
    page.get_by_role("link", name="Add a line").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Second provider")
    page.get_by_role("textbox", name="Name on the switch").fill("second")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Second provider")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    order = page.get_by_role("list", name="Order in which they are tried").get_by_role("listitem")
    page.get_by_role("button", name="Move Second provider up").click()
    expect(order.first).to_contain_text("Second provider")
    page.get_by_role("combobox", name="Calls may go to numbers that begin with").fill("52")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save the rules").click()
    expect(page.get_by_text("write how numbers begin with a plus sign").first).to_be_visible()
    settled(page)
    lead.picture("lines")
    assert accessible(page) == []


def test_contacts_from_a_table(editor: Running, lead: Visit) -> None:
    page = lead.goto("/contacts")
    page.get_by_role("button", name="Take from a table").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    table = "Name;Mobile;Doctor\nAnna Smith;608 555 0150;Dr. Ruiz\nBad;12;\nJos\xe9;;\n"
    chooser.value.set_files({"name": "patients.csv", "mimeType": "text/csv", "buffer": table.encode("cp1252")})
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 line cannot be taken")).to_be_visible()
    expect(dialog.get_by_text("José")).to_be_visible()
    settled(page)
    lead.picture("import")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Take 2 contacts").click()
    expect(page.get_by_role("link", name="Anna Smith")).to_be_visible()
    page.get_by_role("searchbox", name="Search").fill("555-0150")
    expect(page.get_by_role("row")).to_have_count(2)
    settled(page)
    lead.picture("contacts")
    page.get_by_role("link", name="Anna Smith").click()
    settled(page)
    lead.picture("contact")
    assert accessible(page) == []


def test_a_blocked_caller(editor: Running, lead: Visit) -> None:
    page = lead.goto("/lists")
    page.get_by_role("link", name="Blocked callers").click()
    page.get_by_role("button", name="Add a number").click()
    page.get_by_role("textbox", name="Number").first.fill("608 555 0198")
    page.get_by_label("Why").first.fill("Threats")
    page.get_by_label("Until").first.fill("2027-01-31")
    expect(page.get_by_text("Used by 1 flow")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Number").first).to_have_value("(608) 555-0198")
    settled(page)
    lead.picture("list")
    assert accessible(page) == []


def test_all_pages_in_spanish_dark_and_narrow(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.write("test") as session:
        person = session.scalars(select(Person).where(Person.name == "Maria Santos")).one()
        person.name = LONG
    here = visit(editor, Role.OWNER, language="es", dark=True, size=(390, 844))
    for path in ("numbers", "people", f"people/{person.id}", "lines", "contacts", "lists", "locations"):
        page = here.goto(f"/{path}")
        settled(page)
        here.picture(f"es_dark_narrow_{path.split('/')[0]}{'_one' if '/' in path else ''}")
        assert accessible(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path

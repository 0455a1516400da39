"""Queues, skills and providers as staff set them up; a call put through from Home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete, select

from controller.store.models import (
    Absence,
    ExpectedCall,
    Person,
    PersonSkill,
    Provider,
    Queue,
    Role,
    Skill,
)
from tests.browser.conftest import Running, Visit, accessible
from tests.browser.test_canvas import form, new_flow, open_flow
from tests.browser.test_set_up_pages import LONG, settled


@pytest.fixture
def lead(editor: Running, visit: Callable[..., Visit]) -> Visit:
    return visit(editor, name="Ann One")


def id_of(editor: Running, model: type[Queue] | type[Provider] | type[Skill] | type[Person], name: str) -> str:
    with editor.database.read() as session:
        return session.scalars(select(model.id).where(model.name == name)).one()


def choose(page: Page, field: str | Locator, option: str) -> None:
    """Open a list of choices and take one."""
    found = page.get_by_role("combobox", name=field) if isinstance(field, str) else field
    found.click()
    page.get_by_role("option", name=option).click()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_a_queue(editor: Running, lead: Visit) -> None:
    page = lead.goto("/queues")
    table = page.get_by_role("table", name="Queues")
    expect(table.get_by_role("row", name="Appointments")).to_contain_text("Helping out: Lakeside front desk")
    settled(page)
    lead.picture("queues")
    assert accessible(page) == []
    page.get_by_role("link", name="New queue").click()
    page.get_by_role("textbox", name="Name").fill("Refills")
    settled(page)
    lead.picture("queue_new")
    for team in ("Nurses", "Lakeside front desk"):
        choose(page, "Add a team", team)
    choose(page, "When Lakeside front desk answers", "helps out when the wait is long")
    page.get_by_role("textbox", name="from a wait of").fill("8")
    choose(page, page.get_by_role("combobox", name="Open", exact=True), "Lakeside hours")
    page.get_by_role("button", name="Who is rung").click()
    choose(page, "Of several who are free", "Everybody at once")
    page.get_by_role("button", name="Who comes first").click()
    page.get_by_role("textbox", name="“Soon” counts as having waited").fill("10")
    page.get_by_role("button", name="How many, and how long").click()
    page.get_by_role("textbox", name="Callers who may wait at most").fill("20")
    page.get_by_role("button", name="Skills, when the wait is long").click()
    page.get_by_role("button", name="Add a step").click()
    choose(page, page.get_by_role("group", name="Step 1").get_by_role("combobox"), "2 levels lower")
    page.get_by_role("button", name="Calling back").click()
    page.get_by_role("textbox", name="How often to try").fill("2")
    page.get_by_role("button", name="Warnings on the wallboard").click()
    page.get_by_role("textbox", name="When so many wait").fill("6")
    settled(page)
    lead.picture("queue_filled_in")
    assert accessible(page) == []
    save(page)
    with editor.database.read() as session:
        row = session.scalars(select(Queue).where(Queue.name == "Refills")).one()
        assert [(it.team.name, it.joins_after, it.leaves_below) for it in row.teams] == [
            ("Nurses", None, None),
            ("Lakeside front desk", 480, 120),
        ]
        rules = row.rules
        assert row.hours_id is not None
    assert (rules.strategy, rules.soon_seconds, rules.capacity) == ("ring_all", 600, 20)
    assert (rules.callback.attempts, rules.alerts.waiting) == (2, 6)
    assert [(step.after_seconds, step.levels) for step in rules.relaxation] == [(120, 2)]
    # emptied again, it is as many as come
    page.get_by_role("button", name="How many, and how long").click()
    page.get_by_role("textbox", name="Callers who may wait at most").fill("")
    expect(page.get_by_role("button", name="How many, and how long")).to_contain_text("As many as come")
    page.get_by_role("textbox", name="until it is below").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("must leave at a shorter wait").first).to_be_visible()
    lead.picture("queue_error")
    page.get_by_role("textbox", name="until it is below").fill("3")
    save(page)
    page.get_by_role("button", name="History").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Callers who may wait at most: 20 → 0")
    expect(drawer).to_contain_text("Team that answers Nurses: added")


def test_who_has_a_skill_from_both_sides(editor: Running, lead: Visit) -> None:
    page = lead.goto("/skills")
    expect(page.get_by_role("table", name="Skills")).to_contain_text("Joan Miller (5)")
    settled(page)
    lead.picture("skills")
    assert accessible(page) == []
    page.get_by_role("link", name="Insurance").click()
    choose(page, "How well: Sam Reyes", "2 – fairly")
    choose(page, "Add somebody", "Joan Miller")
    settled(page)
    lead.picture("skill")
    assert accessible(page) == []
    save(page)
    page = lead.goto(f"/people/{id_of(editor, Person, 'Joan Miller')}")
    skills = page.get_by_role("list", name="Skills")
    expect(skills).to_contain_text("Insurance")
    choose(page, "How well: Insurance", "4 – very well")
    page.get_by_role("button", name="Take out Refills").click()
    choose(page, "Add a skill", "Spanish")
    settled(page)
    page.get_by_role("list", name="Skills").scroll_into_view_if_needed()
    lead.picture("person_skills")
    assert accessible(page) == []
    save(page)
    with editor.database.read() as session:
        had = session.execute(
            select(Skill.name, PersonSkill.level)
            .join(PersonSkill)
            .where(PersonSkill.person_id == id_of(editor, Person, "Joan Miller"))
        ).all()
    assert sorted(map(tuple, had)) == [("Insurance", 4), ("Spanish", 3)]


def test_a_provider_with_cover_and_an_expected_call(editor: Running, lead: Visit) -> None:
    page = lead.goto("/providers")
    expect(page.get_by_role("table", name="Providers")).to_contain_text("Dr. Ellen Park")
    settled(page)
    assert accessible(page) == []
    page.get_by_role("link", name="Dr. Ellen Park").click()
    expect(page.get_by_text("Callers who dial by name press 7275 or 35536.")).to_be_visible()
    page.get_by_role("button", name="Add an absence").click()
    choose(page, "Covered by", "Dr. Miguel Torres")
    page.get_by_role("textbox", name="From").fill("2026-01-01T08:00")
    settled(page)
    lead.picture("provider")
    assert accessible(page) == []
    save(page)
    page.get_by_role("button", name="Put a call through").click()
    dialog = page.get_by_role("dialog", name="Put a call through")
    dialog.get_by_role("textbox", name="Who calls").fill("The hospital")
    dialog.get_by_role("textbox", name="Number").fill("12")
    dialog.get_by_role("button", name="Put through").click()
    expect(dialog).to_contain_text("This is not a telephone number")
    lead.picture("put_through_error")
    assert accessible(page) == []
    dialog.get_by_role("textbox", name="Number").fill("(608) 555-0177")
    dialog.get_by_role("button", name="Put through").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("list", name="Put through")).to_contain_text("The hospital")
    with editor.database.read() as session:
        expected = session.scalars(select(ExpectedCall)).one()
        absence = session.scalars(select(Absence)).one()
        assert expected.number == "+16085550177"
        assert timedelta(0) < expected.until - datetime.now(UTC) < timedelta(hours=25)
        assert absence.cover is not None
        assert absence.cover.name == "Dr. Miguel Torres"
    lead.goto("/providers")
    expect(page.get_by_role("row", name="Dr. Ellen Park")).to_contain_text("Away until")
    expect(page.get_by_role("row", name="Dr. Ellen Park")).to_contain_text("The hospital, until")
    settled(page)
    lead.picture("providers")
    lead.goto("/")
    expect(page.get_by_role("list", name="Put through")).to_contain_text("Dr. Ellen Park: The hospital")
    page.get_by_role("button", name="No longer put The hospital through").click()
    expect(page.get_by_text("No provider expects a call")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("list", name="Put through")).to_contain_text("The hospital")


def test_a_receptionist_has_a_call_put_through_at_home(editor: Running, visit: Callable[..., Visit]) -> None:
    agent = visit(editor, role=Role.AGENT, name="Rae Ception")
    page = agent.goto("/")
    page.get_by_role("button", name="Put a call through").click()
    dialog = page.get_by_role("dialog", name="Put a call through")
    choose(page, dialog.get_by_role("combobox", name="To whom"), "Dr. Anne Fischer")
    dialog.get_by_role("textbox", name="Who calls").fill("The lab")
    choose(page, dialog.get_by_role("combobox", name="How the caller is recognised"), "Not at all")
    settled(page)
    agent.picture("put_through")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Put through").click()
    expect(page.get_by_role("list", name="Put through")).to_contain_text("Dr. Anne Fischer: The lab")
    with editor.database.write("test") as session:
        for row in session.scalars(select(ExpectedCall)):
            row.until = datetime.now(UTC) - timedelta(seconds=1)  # it ends by itself
    expect(page.get_by_text("No provider expects a call")).to_be_visible()


def test_nothing_yet_and_long_names(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.write("test") as session:
        for model in (Provider, Queue, Skill):
            for row in session.scalars(select(model)):  # type: ignore[var-annotated]
                session.delete(row)
            session.flush()
        session.execute(delete(PersonSkill))
    narrow = visit(editor, name="Ann Two", size=(390, 844))
    page = narrow.goto("/queues")
    expect(page.get_by_text("No queue yet")).to_be_visible()
    narrow.picture("queues_empty")
    assert accessible(page) == []
    for path, nothing in (("/skills", "No skill yet"), ("/providers", "No provider yet")):
        narrow.goto(path)
        expect(page.get_by_text(nothing)).to_be_visible()
        assert accessible(page) == []
    narrow.goto("/providers/new")
    page.get_by_role("textbox", name="Name", exact=True).fill(LONG)
    save(page)
    expect(page.get_by_role("heading", level=1, name=LONG)).to_be_visible()
    page.get_by_role("button", name="Add an absence").click()
    settled(page)
    narrow.picture("provider_narrow")
    assert accessible(page) == []


def test_in_spanish_and_dark(editor: Running, visit: Callable[..., Visit]) -> None:
    ann = visit(editor, name="Ana Uno", language="es", dark=True)
    page = ann.goto(f"/queues/{id_of(editor, Queue, 'Appointments')}")
    page.get_by_role("button", name="A quién se llama").click()
    page.get_by_role("button", name="Habilidades, cuando la espera es larga").click()
    settled(page)
    ann.picture("queue_spanish_dark")
    assert accessible(page) == []
    ann.goto(f"/providers/{id_of(editor, Provider, 'Dr. Ellen Park')}")
    expect(page.get_by_role("button", name="Pasar una llamada")).to_be_visible()
    settled(page)
    ann.picture("provider_spanish_dark")
    assert accessible(page) == []


def test_steps_about_queues_are_drawn_and_rehearsed(editor: Running, lead: Visit) -> None:
    flow = new_flow(editor, "Busy mornings")
    page = open_flow(lead, flow)

    def step(kind: str) -> Locator:
        page.evaluate("document.activeElement.blur()")  # out of any field
        page.keyboard.press("a")
        expect(page.get_by_role("dialog").get_by_label("Search for a step")).to_be_focused()
        page.keyboard.type(kind)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("[data-step]:focus")).to_be_visible()
        page.keyboard.press("Enter")
        return form(page)

    fields = step("How busy")
    choose(page, fields.get_by_role("combobox", name="Queue"), "Appointments")
    expect(page.locator("[data-step]").get_by_text("How busy “Appointments” is")).to_be_visible()
    settled(page)
    lead.picture("canvas_queue_conditions")
    assert accessible(page) == []
    fields = step("Provider")
    choose(page, fields.get_by_role("combobox", name="Found", exact=True), "by a menu of names")
    fields.get_by_role("combobox", name="Providers", exact=True).click()
    page.get_by_role("option", name="Dr. Ellen Park").click()
    page.keyboard.press("Escape")
    expect(page.locator("[data-step]").get_by_text("Press 1: Dr. Ellen Park")).to_be_visible()
    lead.picture("canvas_provider")
    assert accessible(page) == []
    fields = step("Set")
    fields.get_by_role("button", name="Add: Skills needed").click()
    choose(page, fields.get_by_role("combobox", name="Skill", exact=True), "Spanish")
    expect(page.locator("[data-step]").get_by_text("needs Spanish")).to_be_visible()
    lead.picture("canvas_set_skill")
    page.get_by_role("button", name="Rehearsals").click()
    panel = page.get_by_role("complementary", name="Rehearsals")
    panel.get_by_role("button", name="New rehearsal").click()
    panel.get_by_role("textbox", name="What does it show?").fill("A long wait")
    panel.get_by_role("button", name="Say how busy a queue is").click()
    panel.get_by_role("textbox", name="Wait (minutes)").fill("12")
    panel.get_by_role("textbox", name="Callers waiting").fill("4")
    panel.get_by_role("textbox", name="Callers waiting").scroll_into_view_if_needed()
    lead.picture("rehearsal_queues")
    assert accessible(page) == []
    panel.get_by_role("button", name="Save and run").click()
    ran = panel.get_by_role("listitem").filter(has_text="A long wait")
    expect(ran).to_contain_text("How busy it is → Provider")  # by "Long wait", to which it was drawn

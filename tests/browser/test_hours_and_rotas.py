"""Opening hours and on-call rotas as staff fill them in, by mouse and by keyboard; and how they look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from controller.flows.hours import Weekday
from controller.flows.rotas import Plan, Shift, Step
from controller.store.models import Hours, Person, Rota
from tests.browser.conftest import Running, Visit, accessible


def of(running: Running, model: type, name: str) -> str:
    with running.database.read() as session:
        return str(session.scalars(select(model.id).where(model.name == name)).one())  # type: ignore[attr-defined]


def test_hours_are_made_with_lunch_holidays_and_a_special_day(editor: Running, visit: Callable[..., Visit]) -> None:
    here = visit(editor)
    page = here.goto("/hours")
    page.get_by_role("link", name="New opening hours").click()
    page.get_by_label("Name").fill("Lab <b>")
    page.get_by_label("Monday: opens at").first.fill("07:30")
    page.get_by_role("button", name="Copy to … (Monday)").click()
    page.get_by_role("menuitem", name="Monday to Friday").click()
    page.get_by_role("button", name="Add hours on Saturday").click()
    page.get_by_label("Saturday: closes at").fill("12:00")
    page.get_by_role("combobox", name="Country").click()
    page.get_by_role("option", name="United States", exact=True).click()
    page.get_by_label("Christmas Day").check()
    page.get_by_role("button", name="Add a special day").click()
    page.get_by_label("Date", exact=True).fill("2026-12-31")
    page.get_by_label("What it is").fill("Inventory")
    page.get_by_label("Date and time").fill("2026-12-25T10:00")
    expect(page.get_by_text("Closed for a holiday: Christmas Day")).to_be_visible()
    page.get_by_label("Date and time").fill("2026-12-28T12:30")
    expect(page.get_by_text("On a break until")).to_be_visible()
    assert accessible(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Lab <b>")).to_be_visible()
    with editor.database.read() as session:
        calendar = session.scalars(select(Hours).where(Hours.name == "Lab <b>")).one().calendar
    assert [str(span) for span in calendar.week[Weekday.FRIDAY]] == ["07:30–12:00", "13:00–17:00"]
    assert [str(span) for span in calendar.week[Weekday.SATURDAY]] == ["08:00–12:00"]
    assert calendar.holidays is not None
    assert calendar.holidays.taken == ("Christmas Day",)
    assert calendar.special[0].day == date(2026, 12, 31)


def test_saving_says_what_it_would_do_to_calls(editor: Running, visit: Callable[..., Visit]) -> None:
    page = visit(editor).goto(f"/hours/{of(editor, Hours, 'Lakeside hours')}")
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        for _ in range(2):
            page.get_by_role("button", name=f"on {day}").filter(has=page.locator("svg")).first.click()
    expect(page.get_by_text("would now end elsewhere")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("would now end elsewhere")).not_to_be_visible()


def test_hours_by_keyboard(editor: Running, visit: Callable[..., Visit]) -> None:
    page = visit(editor).goto(f"/hours/{of(editor, Hours, 'Billing office hours')}")
    page.get_by_label("Monday: opens at").focus()
    page.keyboard.type("0815AM")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()  # and not "Not saved yet"
    with editor.database.read() as session:
        calendar = session.scalars(select(Hours).where(Hours.name == "Billing office hours")).one().calendar
    assert str(calendar.week[Weekday.MONDAY][0]) == "08:15–16:00"


def test_a_swap_is_made_from_the_calendar(editor: Running, visit: Callable[..., Visit]) -> None:
    here = visit(editor)
    page = here.goto(f"/on-call/{of(editor, Rota, 'Lakeside on call')}")
    page.get_by_role("button", name="Later").click()
    day = (date.today().replace(day=1) + timedelta(days=32)).replace(day=12).isoformat()  # noqa: DTZ011
    cell = page.locator(f'[data-day="{day}"]')
    expect(cell).to_contain_text("Dr. ")
    on = cell.inner_text().split("\n")[-1]
    other = next(name for name in ("Dr. Ellen Park", "Dr. Miguel Torres", "Dr. Anne Fischer") if name not in on)
    cell.click()
    expect(page.get_by_role("dialog")).to_contain_text("Madison Answering Service")
    here.picture("rota-day")
    page.get_by_role("button", name="Swap on this day").click()
    new = page.get_by_role("region", name="Add a swap")
    new.get_by_role("combobox", name="Who takes it").fill("Grace")
    page.get_by_role("option", name="Grace Olson").click()
    new.get_by_role("combobox", name="From whom").click()
    page.get_by_role("option", name=on.split(" ", 1)[-1] if on.startswith("–") else on).first.click()
    new.get_by_role("button", name="Add a swap").click()
    expect(page.get_by_text("Grace Olson takes it from")).to_be_visible()
    expect(cell).to_contain_text("Grace Olson")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    with editor.database.read() as session:
        plan = session.scalars(select(Rota).where(Rota.name == "Lakeside on call")).one().plan
        grace = session.scalars(select(Person.id).where(Person.name == "Grace Olson")).one()
    assert plan.swaps[0].instead.person == grace
    assert plan.swaps[0].start.date().isoformat() == day
    assert other


def test_a_rota_is_made_with_turns_shifts_and_a_service(editor: Running, visit: Callable[..., Visit]) -> None:
    page = visit(editor).goto("/on-call")
    page.get_by_role("link", name="New rota").click()
    page.get_by_label("Name").first.fill("Nights")
    step = page.get_by_role("group", name="Step 1")
    expect(page.get_by_text("Callers would reach nobody")).to_be_visible()
    always = step.get_by_role("combobox", name="Add somebody").last
    step.get_by_role("combobox", name="Add somebody").first.fill("Ellen")
    page.get_by_role("option", name="Dr. Ellen Park").click()
    expect(step.get_by_label("Handed over at")).to_have_value("08:00")
    assert always
    step.get_by_role("button", name="Add a number outside").last.click()
    step.get_by_label("Its name").fill("Answering <i>service</i>")
    step.get_by_label("Telephone number").fill("(608) 555-0180")
    step.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Callers would reach nobody")).not_to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Nights")).to_be_visible()
    with editor.database.read() as session:
        plan = session.scalars(select(Rota).where(Rota.name == "Nights")).one().plan
    assert plan.steps[0].always[0].number == "+16085550180"


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("", {}),
        ("-dark", {"dark": True}),
        ("-spanish", {"language": "es"}),
        ("-narrow", {"size": (390, 844)}),
    ],
)
def test_how_they_look(editor: Running, visit: Callable[..., Visit], name: str, how: dict[str, object]) -> None:
    weekdays = frozenset(Weekday) - {Weekday.SATURDAY, Weekday.SUNDAY}
    with editor.database.write("test") as session:
        maria = session.scalars(select(Person).where(Person.name == "Maria Santos")).one()
        maria.name = "María de los Ángeles Santos-Villanueva"
        shift = Shift.model_validate(
            {"days": weekdays, "start": "17:00", "end": "08:00", "members": [{"person": maria.id}]}
        )
        session.add(Rota(name="Evenings with gaps", plan=Plan(steps=(Step(name="First", shifts=(shift,)),))))
    here = visit(editor, **how)
    page = here.goto(f"/on-call/{of(editor, Rota, 'Evenings with gaps')}")
    page.wait_for_selector("[data-gap]")
    here.picture(f"rota{name}")
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page = here.goto(f"/hours/{of(editor, Hours, 'Lakeside hours')}")
    page.wait_for_selector("text=2027")
    here.picture(f"hours{name}")
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for path in ("/on-call", "/hours"):
        page = here.goto(path)
        page.wait_for_selector("table")
        assert accessible(page) == []
    here.picture(f"hours-list{name}")

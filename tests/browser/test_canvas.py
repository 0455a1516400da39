"""Flows drawn as staff draw them: by mouse, by keyboard, together, and without a connection; in real Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from controller.flows.document import Document
from controller.store.models import Flow, Role
from flow_editor.drafts import presence, store
from flow_editor.drafts.schemas import Point, Somebody, Whereabouts
from tests.browser.conftest import Running, Visit, accessible
from tests.waiting import wait_until


def new_flow(running: Running, name: str, document: Document | None = None) -> str:
    """A flow to be drawn; its id."""
    with running.database.write("test") as session:
        flow = Flow(name=name)
        session.add(flow)
        session.flush()
        store.begin(session, flow, document or Document(), datetime.now(UTC))
        return flow.id


def drawn(running: Running, flow: str) -> Document:
    """What the server has of a draft."""
    with running.database.write() as session:
        return store.document_of(session, flow, datetime.now(UTC))[0]


def titles(document: Document) -> dict[str, str]:
    """Id to title."""
    return {id: node.title for id, node in document.nodes.items()}


def ways(document: Document) -> set[tuple[str, str, str]]:
    """Every arrow: title, exit, title."""
    called = titles(document)
    return {(called[a], way, called[b]) for a, exits in document.edges.items() for way, b in exits.items()}


def open_flow(visitor: Visit, flow: str) -> Page:
    """Its canvas, drawn."""
    page = visitor.goto(f"/flows/{flow}")
    expect(page.get_by_role("application", name="The flow, as drawn")).to_be_visible()
    show_all(page)
    return page


def show_all(page: Page) -> None:
    """Bring everything into view; the view glides there."""
    viewport = page.locator(".react-flow__viewport")
    page.get_by_role("button", name="Show everything").click()
    before = ""
    while before != (before := viewport.get_attribute("style") or ""):
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def card(page: Page, title: str) -> Locator:
    """The card of a step."""
    return page.locator("[data-step]").filter(has=page.locator(f'div:text-is("{title}")'))


def middle(locator: Locator) -> tuple[float, float]:
    """Where it is on the screen."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another with the button held."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def from_palette(page: Page, kind: str, x: float, y: float) -> None:
    """Drag a kind of step from the list to a place on the screen."""
    row = page.locator(f'button[data-kind="{kind}"]').first
    row.scroll_into_view_if_needed()
    drag(page, middle(row), (x, y))


def port(page: Page, title: str, exit_: str) -> Locator:
    """The port of a way out."""
    return card(page, title).locator(f'.react-flow__handle.source[data-handleid="{exit_}"]')


def lead(page: Page, title: str, exit_: str, target: str) -> None:
    """Draw an arrow by mouse."""
    drag(page, middle(port(page, title, exit_)), middle(card(page, target)))


def form(page: Page) -> Locator:
    """The form at the right."""
    return page.get_by_role("complementary", name="Edit")


def call_it(page: Page, title: str) -> None:
    """Give the selected step a title."""
    form(page).get_by_label("Title, in your own words").fill(title)


def saved(page: Page) -> None:
    """Wait until the server has everything."""
    expect(page.locator('[data-saving="saved"]')).to_be_visible()


@pytest.fixture
def pat(editor: Running, visit: Callable[..., Visit]) -> Visit:
    """A front-office lead."""
    return visit(editor)


AFTER_HOURS = {
    ("Greeting", "next", "What is it about?"),
    ("What is it about?", "1", "Nurse on call"),
    ("What is it about?", "no_choice", "Leave a message"),
    ("Nurse on call", "no_answer", "Leave a message"),
    ("Nurse on call", "key", "Leave a message"),
}


def test_after_hours_from_nothing_by_mouse(editor: Running, pat: Visit) -> None:
    page = pat.goto("/flows")
    page.get_by_role("button", name="New flow").click()
    page.get_by_label("What is it for?").fill("After hours by mouse")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Draw what happens when somebody calls")).to_be_visible()
    expect(page.get_by_text("Not live yet: no caller hears this flow")).to_be_visible()

    from_palette(page, "say", 560, 250)
    call_it(page, "Greeting")
    form(page).get_by_label("Text in English").fill("We are closed. If this is an emergency, hang up and dial 911.")
    expect(card(page, "Greeting").get_by_text("We are closed")).to_be_visible()

    # An arrow drawn into the open asks for the step it leads to.
    drag(page, middle(port(page, "Greeting", "next")), (860, 480))
    page.get_by_role("dialog").get_by_role("option", name="Menu").click()
    call_it(page, "What is it about?")
    form(page).get_by_role("button", name="Add: Choices").click()
    form(page).get_by_label("Key", exact=True).fill("1")
    form(page).get_by_label("What it is for").fill("Nurse")
    expect(card(page, "What is it about?").get_by_text("Press 1: Nurse")).to_be_visible()
    expect(port(page, "What is it about?", "1")).to_be_visible()

    show_all(page)
    from_palette(page, "on_call", 560, 640)
    call_it(page, "Nurse on call")
    from_palette(page, "voicemail", 860, 700)
    call_it(page, "Leave a message")
    show_all(page)
    for step, exit_, target in sorted(AFTER_HOURS - {("Greeting", "next", "What is it about?")}):
        lead(page, step, exit_, target)
    saved(page)
    flow = page.url.rpartition("/")[2]
    document = drawn(editor, flow)
    assert ways(document) == AFTER_HOURS
    assert document.nodes[document.start or ""].title == "Greeting"
    assert document.name == "After hours by mouse"
    pat.picture("canvas_by_mouse")


def test_after_hours_from_nothing_by_keyboard(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "After hours by keyboard")
    page = open_flow(pat, flow)
    press = page.keyboard.press

    def add(kind: str, title: str) -> None:
        press("a")
        expect(page.get_by_role("dialog").get_by_label("Search for a step")).to_be_focused()
        page.keyboard.type(kind)
        press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("[data-step]:focus")).to_be_visible()
        press("Enter")
        expect(form(page).get_by_label("Title, in your own words")).to_be_focused()
        press("ControlOrMeta+a")
        page.keyboard.type(title)

    def back_to(title: str) -> None:
        """From the form to a step, by finding it."""
        press("Escape")
        page.evaluate("document.activeElement.blur()")
        press("ControlOrMeta+f")
        expect(page.get_by_role("combobox", name="Find a step")).to_be_focused()
        page.keyboard.type(title)
        press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(card(page, title)).to_be_focused()

    def connect(title: str, way: str, target: str) -> None:
        back_to(title)
        press("c")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Way out")).to_be_focused()
        choose(dialog.get_by_label("Way out"), way)
        press("Tab")
        choose(dialog.get_by_label("Leads to"), target)
        dialog.get_by_role("button", name="Connect").press("Enter")
        expect(dialog).to_be_hidden()

    def choose(field: Locator, option: str) -> None:
        """In a list of choices, by arrow keys."""
        field.focus()
        press("ArrowDown")
        expect(page.get_by_role("option", name=option, exact=True)).to_be_visible()
        for _ in range(12):
            active = page.locator("[data-combobox-selected]")
            if active.count() and active.first.inner_text() == option:
                break
            press("ArrowDown")
        press("Enter")
        expect(field).to_have_value(option)

    add("say", "Greeting")
    press("Tab")
    page.keyboard.type("We are closed.")
    back_to("Greeting")
    add("menu", "What is it about?")
    button = form(page).get_by_role("button", name="Add: Choices")
    button.focus()
    press("Enter")
    form(page).get_by_label("Key", exact=True).focus()
    page.keyboard.type("1")
    press("Tab")
    page.keyboard.type("Nurse")
    expect(card(page, "What is it about?").get_by_text("Press 1: Nurse")).to_be_visible()
    back_to("What is it about?")
    add("on call", "Nurse on call")
    back_to("Nurse on call")
    add("voicemail", "Leave a message")
    connect("What is it about?", "No choice", "Leave a message")
    connect("Nurse on call", "Caller presses 1", "Leave a message")
    saved(page)
    assert ways(drawn(editor, flow)) == AFTER_HOURS
    back_to("Greeting")
    press("ArrowRight")
    expect(card(page, "What is it about?")).to_be_focused()
    before = page.evaluate("document.activeElement.closest('.react-flow__node').style.transform")
    press("Alt+ArrowDown")
    page.wait_for_function(
        "before => document.activeElement.closest('.react-flow__node').style.transform !== before", arg=before
    )
    press("?")
    expect(page.get_by_role("dialog", name="Keys and help")).to_be_visible()
    pat.picture("canvas_help")


def test_keys_of_commands(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "Commands")
    page = open_flow(pat, flow)
    page.keyboard.press("ControlOrMeta+k")
    page.get_by_placeholder("What do you want to do?").fill("voicemail")
    page.keyboard.press("Enter")
    expect(card(page, "Voicemail")).to_be_visible()
    page.keyboard.press("ControlOrMeta+d")
    expect(card(page, "Voicemail 2")).to_be_visible()
    page.keyboard.press("ControlOrMeta+z")
    expect(card(page, "Voicemail 2")).to_be_hidden()
    page.keyboard.press("ControlOrMeta+Shift+z")
    expect(card(page, "Voicemail 2")).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    expect(page.locator("[data-step]")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+z")
    expect(page.locator("[data-step]")).to_have_count(2)
    page.keyboard.press("n")
    note = page.get_by_placeholder("What should others know?")
    expect(note).to_be_focused()
    page.keyboard.type("Ask Dr. Reyes before changing this")
    saved(page)
    assert [one.text for one in drawn(editor, flow).notes.values()] == ["Ask Dr. Reyes before changing this"]


def test_a_step_is_put_onto_an_arrow(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "Onto an arrow", three_in_a_row())
    page = open_flow(pat, flow)
    from_palette(page, "say", *between(page, "One", "Two"))
    call_it(page, "Between")
    saved(page)
    assert {("One", "next", "Between"), ("Between", "next", "Two")} <= ways(drawn(editor, flow))
    page.mouse.move(*between(page, "Two", "Three"))
    page.get_by_role("button", name="Add a step on this arrow").click()
    page.get_by_role("dialog").get_by_label("Search for a step").fill("menu")
    page.keyboard.press("Enter")
    saved(page)
    assert ("Two", "next", "Menu") in ways(drawn(editor, flow))


def between(page: Page, left: str, right: str) -> tuple[float, float]:
    """The middle of an arrow."""
    a, b = middle(port(page, left, "next")), middle(card(page, right).locator(".react-flow__handle.target"))
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def three_in_a_row() -> Document:
    """One, Two, Three."""
    return Document.model_validate(
        {
            "start": "one",
            "nodes": {
                id: {"kind": "say", "title": id.title(), "x": 430 * place, "y": 0}
                for place, id in enumerate(("one", "two", "three"))
            },
            "edges": {"one": {"next": "two"}, "two": {"next": "three"}},
        }
    )


def test_copied_into_another_flow(editor: Running, pat: Visit) -> None:
    first, second = new_flow(editor, "First", three_in_a_row()), new_flow(editor, "Second")
    page = open_flow(pat, first)
    pat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card(page, "Two").click()
    card(page, "Three").click(modifiers=["ControlOrMeta"])
    expect(form(page).get_by_text("2 things are selected")).to_be_visible()
    page.keyboard.press("ControlOrMeta+c")
    page = open_flow(pat, second)
    page.locator(".react-flow__pane").click(position={"x": 300, "y": 60})
    page.keyboard.press("ControlOrMeta+v")
    expect(page.locator("[data-step]")).to_have_count(2)
    saved(page)
    assert ways(drawn(editor, second)) == {("Two", "next", "Three")}


def test_two_at_one_flow(editor: Running, visit: Callable[..., Visit]) -> None:
    flow = new_flow(editor, "Together", three_in_a_row())
    ana, bo = visit(editor, name="Ana Ruiz"), visit(editor, name="Bo Lind")
    hers, his = open_flow(ana, flow), open_flow(bo, flow)
    expect(hers.get_by_label("Also here: Bo Lind")).to_be_visible()

    # What one selects and where they point, the other sees.
    card(his, "Two").click()
    expect(card(hers, "Two").get_by_text("Bo Lind")).to_be_visible()
    his.mouse.move(700, 600)
    expect(hers.locator('[data-pointer="Bo Lind"]')).to_be_visible()

    # What one changes, the other sees; each takes back their own.
    call_it(his, "Renamed by Bo")
    expect(card(hers, "Renamed by Bo")).to_be_visible()
    card(hers, "Three").click()
    hers.keyboard.press("Delete")
    expect(card(his, "Three")).to_be_hidden()
    call_it(his, "Renamed again")
    expect(card(hers, "Renamed again")).to_be_visible()
    hers.get_by_role("button", name="Undo").click()
    expect(card(hers, "Three")).to_be_visible()
    expect(card(his, "Three")).to_be_visible()
    expect(card(hers, "Renamed again")).to_be_visible()
    ana.picture("canvas_together")
    saved(hers)
    saved(his)
    assert ways(drawn(editor, flow)) == {("One", "next", "Renamed again"), ("Renamed again", "next", "Three")}
    bo.page.close()
    expect(hers.get_by_label("Also here: Bo Lind")).to_be_hidden()


def test_what_one_drags_the_other_sees_before_it_is_dropped(editor: Running, visit: Callable[..., Visit]) -> None:
    flow = new_flow(editor, "Dragged", three_in_a_row())
    ana, bo = visit(editor, name="Ana Ruiz"), visit(editor, name="Bo Lind")
    hers, his = open_flow(ana, flow), open_flow(bo, flow)
    expect(hers.get_by_label("Also here: Bo Lind")).to_be_visible()
    begun = at(hers, "Two")

    # He holds it: she sees it where it is, and the draft knows nothing of it.
    x, y = middle(card(his, "Two"))
    his.mouse.move(x, y)
    his.mouse.down()
    his.mouse.move(x + 60, y + 120, steps=5)
    held = at(his, "Two")
    assert held != begun
    wait_until(lambda: at(hers, "Two") == held)
    before = drawn(editor, flow)
    assert (before.nodes["two"].x, before.nodes["two"].y) == begun
    expect(hers.get_by_role("button", name="Undo")).to_be_disabled()

    # Dropped: it stays there, without a step back in between.
    hers.evaluate(
        """() => {
            const node = document.querySelector('.react-flow__node[data-id="two"]');
            window.places = new Set([node.style.transform]);
            new MutationObserver(() => window.places.add(node.style.transform)).observe(node, {attributes: true});
        }"""
    )
    his.mouse.up()
    saved(his)
    wait_until(lambda: (drawn(editor, flow).nodes["two"].x, drawn(editor, flow).nodes["two"].y) == held)
    his.mouse.move(x + 200, y + 200)
    pointer = hers.locator('[data-pointer="Bo Lind"]')
    expect(pointer).to_be_visible()
    assert at(hers, "Two") == held
    assert hers.evaluate("window.places.size") == 1

    # Gone while he holds it: she sees it where the draft has it.
    x, y = middle(card(his, "Three"))
    begun = at(hers, "Three")
    his.mouse.move(x, y)
    his.mouse.down()
    his.mouse.move(x + 60, y + 120, steps=5)
    wait_until(lambda: at(hers, "Three") == at(his, "Three") != begun)
    bo.page.close()
    wait_until(lambda: at(hers, "Three") == begun)


def test_who_is_heard_no_more_drags_no_more(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "Silent", three_in_a_row())
    page = open_flow(pat, flow)
    begun = at(page, "Two")
    dragging = Whereabouts(moving={"two": Point(x=500, y=300)})
    with editor.database.write() as session:
        presence.enter(
            session, flow, "another process", Somebody(client="far", person="x", name="Far Away", at=dragging),
            datetime.now(UTC),
        )  # fmt: skip
    wait_until(lambda: at(page, "Two") == (500, 300))
    # Nothing more comes from there.
    wait_until(lambda: at(page, "Two") == begun)
    # That somebody else comes is no word of theirs.
    with editor.database.write() as session:
        presence.enter(
            session, flow, "another process", Somebody(client="near", person="y", name="Near", at=Whereabouts()),
            datetime.now(UTC),
        )  # fmt: skip
    expect(page.get_by_label("Also here: Far Away and Near")).to_be_visible()
    assert at(page, "Two") == begun


def at(page: Page, title: str) -> tuple[float, float]:
    """Where a step is in the drawing, as this page shows it."""
    node = page.locator(".react-flow__node").filter(has=page.locator(f'div:text-is("{title}")'))
    found = re.search(r"translate\((-?[\d.]+)px, (-?[\d.]+)px\)", node.get_attribute("style") or "")
    assert found is not None
    return float(found[1]), float(found[2])


def test_another_language_while_the_canvas_is_open(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "Two languages", three_in_a_row())
    page = open_flow(pat, flow)
    card(page, "Two").click()
    page.get_by_role("button", name=re.compile("problem")).click()
    hang_up = page.locator('button[data-kind="hang_up"]').first
    silent = "Two: Callers hear nothing here"
    expect(page.get_by_text(silent)).to_be_visible()
    expect(hang_up).to_contain_text("Hang up")

    # Chosen in another window: what this page shows of the server's words changes, and nothing else does.
    other = pat.open()
    other.goto(f"{editor.url}/account")
    other.get_by_text("Español").click()
    expect(page.get_by_text(silent)).to_be_hidden()
    expect(page.get_by_text(re.compile("Two: Aquí no se escucha nada"))).to_be_visible()
    expect(hang_up).to_contain_text("Colgar")
    expect(page.locator("[data-step=two][data-selected]")).to_be_visible()

    # What is wrong from now on is said in it too.
    hang_up.click()
    expect(page.locator("[data-kind=hang_up][data-step]")).to_be_visible()
    expect(page.get_by_text(re.compile("Colgar: "))).to_be_visible()

    # Back to English by way of the account's page, and at once to the flow again.
    page.get_by_role("link", name=re.compile("Pat Moore")).click()
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.go_back()
    expect(hang_up).to_contain_text("Hang up")
    expect(card(page, "Two")).to_have_attribute("aria-label", re.compile("Callers hear nothing here"))


def test_one_deletes_what_the_other_edits(editor: Running, visit: Callable[..., Visit]) -> None:
    flow = new_flow(editor, "Deleted meanwhile", three_in_a_row())
    ana, bo = visit(editor, name="Ana Ruiz"), visit(editor, name="Bo Lind")
    hers, his = open_flow(ana, flow), open_flow(bo, flow)
    card(his, "Two").click()
    text = form(his).get_by_label("Text in English")
    text.fill("Half a sent")
    card(hers, "Two").click()
    hers.keyboard.press("Delete")
    expect(card(his, "Two")).to_be_hidden()
    expect(form(his).get_by_text("This flow", exact=True)).to_be_visible()
    expect(card(hers, "Two")).to_be_hidden()
    saved(his)
    assert set(titles(drawn(editor, flow)).values()) == {"One", "Three"}
    hers.keyboard.press("ControlOrMeta+z")
    expect(card(his, "Two")).to_be_visible()
    wait_until(lambda: ("One", "next", "Two") in ways(drawn(editor, flow)))


def test_drawn_without_a_connection(editor: Running, visit: Callable[..., Visit]) -> None:
    flow = new_flow(editor, "Cut off", three_in_a_row())
    ana, bo = visit(editor, name="Ana Ruiz"), visit(editor, name="Bo Lind")
    hers, his = open_flow(ana, flow), open_flow(bo, flow)
    saved(his)
    bo.context.set_offline(True)
    his.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(his.get_by_text("your changes are kept in this browser")).to_be_visible()
    card(his, "Two").click()
    call_it(his, "Drawn offline")
    card(hers, "One").click()
    call_it(hers, "Drawn online")
    saved(hers)
    bo.picture("canvas_offline")
    bo.context.set_offline(False)
    expect(card(his, "Drawn online")).to_be_visible(timeout=20_000)
    expect(card(hers, "Drawn offline")).to_be_visible()
    saved(his)
    assert set(titles(drawn(editor, flow)).values()) == {"Drawn online", "Drawn offline", "Three"}
    bo.complaints[:] = [said for said in bo.complaints if "ERR_INTERNET_DISCONNECTED" not in said]


def test_problems_are_shown_and_lead_to_their_place(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "Problems", three_in_a_row())
    page = open_flow(pat, flow)
    page.get_by_role("button", name=re.compile("problem")).click()
    side = page.get_by_role("complementary", name="Problems")
    side.get_by_text("Two: Callers hear nothing here").click()
    expect(form(page).get_by_label("Text in English")).to_be_focused()
    expect(card(page, "Two")).to_have_attribute("data-problem", "error")
    page.keyboard.type("Hello")
    page.get_by_role("button", name=re.compile("problem")).click()
    expect(side.get_by_text("Two: Callers hear nothing here")).to_be_hidden()


def test_something_new_is_made_inside_a_picker(editor: Running, pat: Visit) -> None:
    flow = new_flow(editor, "Pickers")
    page = open_flow(pat, flow)
    from_palette(page, "hours", 600, 400)
    hours = form(page).get_by_label("Opening hours", exact=True)
    hours.fill("Flu clinic")
    page.get_by_role("option", name="New opening hours: “Flu clinic”").click()
    expect(page.get_by_text("“Flu clinic” is made.")).to_be_visible()
    expect(hours).to_have_value("Flu clinic")
    chosen = wait_until(lambda: next(node.settings.get("hours") for node in drawn(editor, flow).nodes.values()))
    assert chosen["name"] == "Flu clinic"
    assert chosen["id"]


def test_html_in_names_is_text(editor: Running, pat: Visit) -> None:
    bad = '<img src=x onerror="document.title=1"> <b>bold</b>'
    document = three_in_a_row()
    document.nodes["two"].title = bad
    document.nodes["two"].kind, document.nodes["two"].settings = "menu", {"choices": [{"key": "1", "label": bad[:60]}]}
    flow = new_flow(editor, bad, document)
    page = open_flow(pat, flow)
    expect(card(page, "One")).to_be_visible()
    expect(page.locator(f'[data-step="two"] >> text={json.dumps(bad)}').first).to_be_visible()
    page.goto(editor.url + "/flows")
    expect(page.get_by_role("link", name=bad)).to_be_visible()
    assert page.locator("img, b").count() == 0


def test_who_may_only_look(editor: Running, visit: Callable[..., Visit]) -> None:
    flow = new_flow(editor, "Looked at", three_in_a_row())
    visitor = visit(editor, Role.AGENT)
    page = open_flow(visitor, flow)
    expect(page.get_by_text("You can look at this flow, not change it.")).to_be_visible()
    expect(page.locator("button[data-kind]")).to_have_count(0)
    card(page, "Two").click()
    expect(form(page).get_by_label("Text in English")).to_be_disabled()
    page.keyboard.press("Delete")
    expect(card(page, "Two")).to_be_visible()


def test_tidied_up_and_back(editor: Running, pat: Visit) -> None:
    document = three_in_a_row()
    for place, node in enumerate(document.nodes.values()):
        node.x, node.y = 30.0 * place, 20.0 * place
    flow = new_flow(editor, "Untidy", document)
    page = open_flow(pat, flow)
    page.keyboard.press("t")
    saved_places = wait_until(
        lambda: (places := [node.x for node in drawn(editor, flow).nodes.values()])[2] > 600 and places
    )
    assert saved_places == sorted(saved_places)
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    wait_until(lambda: [node.x for node in drawn(editor, flow).nodes.values()] == [0, 30, 60])


@pytest.mark.parametrize(
    ("dark", "size"), [(False, (1440, 900)), (True, (1440, 900)), (False, (400, 800)), (True, (1024, 768))]
)
def test_looks_and_is_accessible(
    editor: Running, visit: Callable[..., Visit], dark: bool, size: tuple[int, int]
) -> None:
    visitor = visit(editor, dark=dark, size=size, language="es")
    page = visitor.goto("/flows")
    expect(page.get_by_role("link", name="Lakeside main line")).to_be_visible()
    assert accessible(page) == []
    page.get_by_role("link", name="Lakeside main line").click()
    expect(page.locator("[data-step]").first).to_be_visible()
    expect(page.get_by_text("La versión 1 está en marcha, tal como está dibujada")).to_be_visible()
    page.locator('[data-step="welcome"]').click()
    expect(page.get_by_label("Título, en sus propias palabras")).to_be_visible()
    visitor.picture(f"canvas_{'dark' if dark else 'light'}_{size[0]}")
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

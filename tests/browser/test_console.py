"""My calls in real Chromium: two agents, the keyboard, notes that are kept, Spanish, narrow, dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from controller.calls.call import Answer
from controller.queues.orders import Failure
from controller.store.models import CallNote, Preference, TeamMember
from controller.store.orders import SqlOrders
from tests.browser.conftest import Running, Visit, accessible
from tests.editor.test_console import Desks
from tests.waiting import wait_until


@pytest.fixture
def desks(editor: Running) -> Desks:
    with editor.database.write("test") as session:
        session.query(TeamMember).delete()
    return Desks(editor.database)


def state(page: Page) -> object:
    return page.get_by_role("region", name="What I am doing").get_by_role("status")


def test_two_agents_share_the_work(editor: Running, visit: Callable[..., Visit], desks: Desks) -> None:
    ann, ben = desks.agent("Ann Lee"), desks.agent("Ben Ode of the very long name that never seems to end at all")
    one, two = visit(editor, person=ann), visit(editor, person=ben)
    mine, theirs = one.goto("/my-calls"), two.goto("/my-calls")
    expect(mine.get_by_text("Press “Take calls”")).to_be_visible()
    one.picture("console-signed-out")
    assert accessible(mine) == []
    # By the keyboard alone.
    mine.get_by_role("button", name="Take calls").focus()
    mine.keyboard.press("Enter")
    expect(state(mine)).to_have_text("Available")
    standing = desks.call(note="Wants <b>her</b> results", rank=2, sent_by=ben)
    expect(state(mine)).to_have_text("Being rung")
    expect(mine.get_by_text("Ringing your phone")).to_be_visible()
    theirs.get_by_role("button", name="Take calls").click()
    desks.talk(standing)
    call = mine.get_by_role("region", name="Ana <b>Ruiz</b>")
    expect(call.get_by_text("You are talking")).to_be_visible()
    expect(call).to_contain_text("Wants <b>her</b> results")
    expect(call).to_contain_text("Spanish")
    expect(call).to_contain_text("Urgent")
    # Nothing of it is shown to the other.
    expect(theirs.get_by_role("heading", name="No call")).to_be_visible()
    expect(theirs.get_by_text("Ruiz")).to_have_count(0)
    note = mine.get_by_label("My note")
    note.fill("Asked for results")
    expect(mine.get_by_text("Kept", exact=True)).to_be_visible()
    one.picture("console-talking")
    assert accessible(mine) == []
    # What is to come after the call.
    mine.get_by_role("button", name="Pause after this call").focus()
    mine.keyboard.press("Enter")
    mine.keyboard.press("ArrowDown")
    mine.get_by_role("menuitem", name="Lunch").focus()
    mine.keyboard.press("Enter")
    expect(mine.get_by_text("After this call: paused (Lunch)")).to_be_visible()
    mine.get_by_role("button", name="Keep taking calls").click()
    expect(mine.get_by_text("After this call:")).to_have_count(0)
    desks.queues.talked(standing.ticket.entry)
    expect(state(mine)).to_have_text("After a call")
    expect(mine.get_by_text("left")).to_be_visible()
    one.picture("console-wrap-up")
    mine.get_by_role("button", name="1 more minute").click()
    note.fill("Sent her results")
    mine.get_by_role("button", name="Ready now").click()  # at once: what was written is kept all the same
    expect(state(mine)).to_have_text("Available")

    def kept() -> list[str]:
        with editor.database.read() as session:
            return list(session.scalars(select(CallNote.text)))

    wait_until(lambda: kept() == ["Sent her results"])
    # The next call is the other's, who reads it.
    second = desks.call("call-2")
    assert second.offers[0].person == ben
    desks.talk(second)
    expect(theirs.get_by_text("Sent her results")).to_be_visible()


def test_set_aside_in_spanish_narrow_and_dark(editor: Running, visit: Callable[..., Visit], desks: Desks) -> None:
    ann = desks.agent("Ann Lee")
    here = visit(editor, person=ann, language="es", size=(390, 844), dark=True)
    page = here.goto("/my-calls")
    page.get_by_role("button", name="Atender llamadas").click()
    expect(page.get_by_text("Disponible")).to_be_visible()
    standing = desks.call()
    desks.queues.answered(standing.ticket, standing.offers[0].id, Answer.NO_ANSWER)
    expect(page.get_by_role("alert")).to_contain_text("Listo para llamadas")
    here.picture("console-set-aside-es")
    assert accessible(page) == []
    page.get_by_role("button", name="Listo para llamadas").click()
    expect(page.get_by_text("Suena su teléfono")).to_be_visible()  # whoever waited waits still
    again = desks.queues.standing(standing.ticket.entry)
    assert again is not None
    desks.talk(again)
    expect(page.get_by_text("Está hablando")).to_be_visible()
    here.picture("console-talking-es")
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_call_in_hand_is_held_sent_on_and_shared(
    editor: Running, visit: Callable[..., Visit], desks: Desks
) -> None:
    ann = desks.agent("Ann Lee")
    ben = desks.agent("Ben Ode")
    with editor.database.write("test") as session:
        session.add(Preference(key="interpreter_lines", value={"es": "+16085550177"}))
        session.add(Preference(key="dispatch_lines", value={desks.location: "+16085550911"}))
    orders = SqlOrders(editor.database, "one")
    here = visit(editor, person=ann)
    page = here.goto("/my-calls")
    page.get_by_role("button", name="Take calls").click()
    expect(state(page)).to_have_text("Available")
    desks.talk(desks.call())
    page.get_by_role("button", name="Hold").click()

    def carry_out(failed: Failure | None = None) -> str:
        order = wait_until(lambda: orders.waiting())[0]
        assert orders.take(order.id)
        orders.failed(order.id, failed) if failed else orders.done(order.id)
        return order.id

    carry_out()
    expect(page.get_by_text("The caller is on hold")).to_be_visible()
    here.picture("console-hold")
    page.get_by_role("button", name="Back to the caller").click()
    carry_out()
    expect(page.get_by_text("The caller is on hold")).to_have_count(0)
    # One button brings in the interpreter.
    page.get_by_role("button", name="Interpreter: Spanish").click()
    expect(page.get_by_text("Ringing Interpreter: Spanish")).to_be_visible()
    third = carry_out()
    expect(page.get_by_text("All three of you hear each other.")).to_be_visible()
    page.get_by_role("button", name="Let them go").click()
    carry_out()
    orders.also(third, ended="now")
    # Sent on, by the keyboard.
    page.get_by_role("button", name="Send on").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_placeholder("Type to search").focus()
    page.keyboard.type("Ben")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog.get_by_label("Note for whoever takes it").fill("Wants her results")
    here.picture("console-send-on")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Talk to them first").click()
    consult = carry_out()
    expect(page.get_by_text("You are talking to Ben Ode")).to_be_visible()
    here.picture("console-consult")
    assert accessible(page) == []
    page.get_by_role("button", name="Back to the caller").click()
    carry_out()
    orders.also(consult, ended="now")
    page.get_by_role("button", name="Send on").click()
    dialog.get_by_placeholder("Type to search").click()
    page.keyboard.type("Ben")
    page.get_by_role("option", name="Ben Ode").click()
    dialog.get_by_role("button", name="Send now").click()
    order = wait_until(lambda: orders.waiting())[0]
    assert (order.what, order.detail["to"], order.detail["id"]) == ("send", "person", ben)
    carry_out(Failure.NOT_REACHED)
    expect(page.get_by_role("alert")).to_contain_text("They could not be reached.")

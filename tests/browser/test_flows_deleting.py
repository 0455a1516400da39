"""Flows deleted and replaced from their list, as staff do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from controller.flows.document import Document
from controller.store.models import Flow, Role
from flow_editor.flows import service as flows
from tests.browser.conftest import Running, Visit, accessible

AFTER = "Lakeside after hours"
SPARE = "Spare line <b>for everything</b> that nobody has found another place for"


@pytest.fixture
def lead(editor: Running, visit: Callable[..., Visit]) -> Visit:
    return visit(editor, name="Ann One")


@pytest.fixture
def spare(editor: Running) -> str:
    """A flow that nothing leads to."""
    nodes = {"end": {"kind": "hang_up", "settings": {}}}
    document = Document.model_validate({"name": SPARE, "start": "end", "nodes": nodes})
    saved = flows.save(
        editor.database, document, SPARE, create_missing=False, note="", who="test", now=datetime.now(UTC)
    )
    flows.publish(editor.database, saved.version, who="test")
    return saved.flow


def there(editor: Running, name: str) -> bool:
    with editor.database.read() as session:
        return session.scalar(select(Flow.id).where(Flow.name == name)) is not None


def more(page: Page, name: str, what: str) -> None:
    page.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name=what).click()


def test_deleted_undone_and_undone_from_the_history(
    editor: Running, lead: Visit, visit: Callable[..., Visit], spare: str
) -> None:
    drawing = visit(editor, name="Ben Two").goto(f"/flows/{spare}")
    expect(drawing.get_by_text("Hang up").first).to_be_visible()
    page = lead.goto("/flows")
    expect(page.get_by_role("link", name=SPARE)).to_be_visible()
    lead.picture("flows_list")
    assert accessible(page) == []
    more(page, SPARE, "Delete")
    expect(page.get_by_role("link", name=SPARE)).to_have_count(0)
    expect(drawing.get_by_role("alert")).to_contain_text("has been deleted")
    drawing.screenshot(path="tests/output/flow_deleted_while_drawing.png")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=SPARE)).to_be_visible()
    expect(drawing.get_by_text("Hang up").first).to_be_visible()

    more(page, SPARE, "Delete")
    expect(page.get_by_role("link", name=SPARE)).to_have_count(0)
    page.get_by_role("button", name="History").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(f"{SPARE}: Deleted")
    lead.picture("flows_history")
    drawer.get_by_role("button", name="Undo this").first.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=SPARE)).to_be_visible()
    expect(drawing.get_by_text("Hang up").first).to_be_visible()


def test_one_in_use_is_replaced_for_a_reason(editor: Running, lead: Visit, spare: str) -> None:
    page = lead.goto("/flows")
    more(page, AFTER, "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("is in use")
    expect(dialog.get_by_role("link", name="Lakeside main line").first).to_be_visible()
    choose(page, "Lakeside main line")
    expect(dialog).to_contain_text("Callers would be stuck")
    expect(dialog.get_by_role("button", name="Replace and delete")).to_be_disabled()
    lead.picture("flow_replace_blocked")
    assert accessible(page) == []
    choose(page, SPARE)
    reason = dialog.get_by_role("textbox", name="Why do you replace it anyway?")
    expect(reason).to_be_visible()
    expect(dialog.get_by_role("button", name="Replace and delete")).to_be_disabled()
    reason.fill("The service is over")
    lead.picture("flow_replace_reason")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Replace and delete").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("link", name=AFTER)).to_have_count(0)
    assert not there(editor, AFTER)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=AFTER)).to_be_visible()
    assert there(editor, AFTER)


def choose(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("combobox", name="In its place").click()
    page.get_by_role("option", name=name).click()


def test_on_a_narrow_screen_in_spanish_and_dark(editor: Running, visit: Callable[..., Visit], spare: str) -> None:
    one = visit(editor, language="es", dark=True, size=(420, 860))
    page = one.goto("/flows")
    page.get_by_role("button", name=f"Más para {AFTER}").click()
    page.get_by_role("menuitem", name="Eliminar").click()
    expect(page.get_by_role("dialog")).to_contain_text("está en uso")
    one.picture("flow_replace_narrow")
    assert accessible(page) == []


def test_whoever_only_looks_has_nothing_to_delete_with(editor: Running, visit: Callable[..., Visit]) -> None:
    page = visit(editor, Role.AUDITOR).goto("/flows")
    expect(page.get_by_role("link", name=AFTER)).to_be_visible()
    expect(page.get_by_role("button", name="More for")).to_have_count(0)

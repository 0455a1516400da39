""" "Call it now", with calls: they arrive at the switch while the page waits, and show with the form that the trunk sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from controller.store.models import CallRecord, Number
from controller.store.seed import seed
from tests.browser.conftest import Visit, accessible
from tests.browser.installation import Installation
from tests.waiting import wait_until

FORMS = ("+16085550177", "16085550177", "6085550177", "01116085550177", "+16085550177;npdi=yes;rn=+16085559999")


@pytest.mark.timeout(240)
def test_a_number_is_called_in_every_form(built: None, tmp_path: Path, visit: Callable[..., Visit]) -> None:
    with Installation(tmp_path) as installation:
        database = installation.running.database
        seed(database, datetime.now(UTC))
        here = visit(installation.running)
        page = here.goto("/numbers/new")
        page.get_by_role("textbox", name="Number").fill("608 555 0177")
        page.get_by_role("radio", name="Being tested").check()
        page.get_by_role("combobox", name="Flow that answers").click()
        page.get_by_role("option", name="Lakeside main line").click()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Waiting for a call")).to_be_visible()
        arrived = page.get_by_role("region", name="Call it now")
        with database.read() as session:
            number = session.scalars(select(Number.id).where(Number.number == "+16085550177")).one()
        for sent in FORMS:
            leg = installation.switch.do("call", number=sent, caller="+16085550142", name="Pat <b>Moore</b>")
            expect(arrived.get_by_text(f"The provider sent the number as {sent}", exact=True)).to_be_visible()
            expect(arrived.get_by_text("On the line now")).to_have_count(1)
            if sent == FORMS[-1]:
                here.picture("number_called_for_real")
                assert accessible(page) == []
            installation.switch.do("hang up", call=leg)
            expect(arrived.get_by_text("On the line now")).to_have_count(0)

        def rows() -> list[CallRecord]:
            with database.read() as session:
                return list(session.scalars(select(CallRecord).order_by(CallRecord.began_at)))

        wait_until(lambda: all(row.ended_at for row in rows()), 20)
        assert [(row.dialled, row.number_id, row.test) for row in rows()] == [(sent, number, True) for sent in FORMS]
        assert {row.caller for row in rows()} == {"+16085550142"}

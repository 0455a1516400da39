"""Whatever form a trunk sends the number in: the right flow answers, the journal keeps the form as it was sent, and the right
backup line rings when no controller is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.store.models import CallRecord, Number
from tests.freeswitch.installation import BACKUP, NUMBER, Installation
from tests.freeswitch.sipp import Sipp, find_sipp
from tests.freeswitch.switch import Switch, wait_until

pytestmark = pytest.mark.skipif(find_sipp() is None, reason="sipp is not installed")

FORMS = {
    "+13125550100": "+13125550100",
    "13125550100": "13125550100",
    "3125550100": "3125550100",
    "01113125550100": "01113125550100",
    "+13125550100;npdi=yes": "+13125550100;npdi=yes",
    "+13125550100;npdi;rn=+13125559999": "+13125550100;npdi;rn=+13125559999",
    "3125550100;phone-context=+1": "3125550100;phone-context=+1",
    "+1-312-555-0100": "+1-312-555-0100",
    "%2B13125550100": "+13125550100",
}
"""What the trunk sends to what the journal keeps: the same, but for signs that SIP writes in code."""


@pytest.fixture(scope="module")
def clinic(session_switch: Switch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A clinic whose number says "Hello" and hangs up, and one controller."""
    session_switch.list_controllers()
    with Installation(session_switch, tmp_path_factory.mktemp("trunk")) as installation:
        installation.live(
            {"hello": ("say", {"speech": {"text": {"en": "Hello."}}}), "bye": ("hang_up", {})},
            {"hello": {"next": "bye"}},
        )
        installation.start_controller()
        yield installation
    session_switch.list_controllers()
    session_switch.hang_up_all()


@pytest.mark.parametrize(("sent", "kept"), FORMS.items())
def test_the_flow_answers_and_the_form_is_kept(clinic: Installation, tmp_path: Path, sent: str, kept: str) -> None:
    with clinic.database.read() as session:
        before = set(session.scalars(select(CallRecord.id)))
    with Sipp.callers(clinic.switch, sent, tmp_path, scenario="caller_waits") as caller:
        caller.wait(20)
    row = clinic.until(lambda row: row.id not in before and row.ended_at, "the call was not journalled", 10)
    with clinic.database.read() as session:
        record = session.get_one(CallRecord, row.id)
        number = session.scalars(select(Number).where(Number.number == NUMBER)).one()
        assert record.dialled == kept
        assert (record.number_id, record.flow_id) == (number.id, number.flow_id)


def test_the_backup_line_rings(clinic: Installation) -> None:
    """The switch alone cannot read a number with signs between its digits: then the clinic's own backup line would ring."""
    wait_until(
        lambda: clinic.switch.api(f"db select/careline_backup/{NUMBER}").strip() == BACKUP, 10, "no backup line is kept"
    )
    for controller in clinic.controllers:
        controller.kill()
    clinic.switch.list_controllers()
    carrier, caller = clinic.carrier(), clinic.caller()
    for sent in FORMS:
        if "-312-" in sent:
            continue
        call = caller.dial(sent)
        leg = carrier.next_call(10)
        assert leg.invite is not None
        assert BACKUP.lstrip("+") in leg.invite.first, sent
        leg.answer()
        call.wait_answered()
        call.hang_up()
        leg.wait_ended()

"""A supervisor in a conversation, on a real switch: who hears whom, by the tones that each of the three says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from controller.queues.orders import ListenMode, What
from controller.store.models import Order
from controller.store.orders import SqlOrders
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.softphone import PhoneCall
from tests.freeswitch.sound import RATE, tone
from tests.freeswitch.switch import Switch, wait_until
from tests.freeswitch.test_calls import ring, talk

CALLER, STAFF, SUPERVISOR = 600.0, 1000.0, 1700.0


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        yield installation


def levels(call: PhoneCall) -> dict[float, float]:
    """How loud each of the three is in what a phone has heard in the last half second."""
    samples = call.sound.heard(0.5).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / max(1, len(samples))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return {wanted: float(spectrum[np.abs(hertz - wanted) < 25].max()) for wanted in (CALLER, STAFF, SUPERVISOR)}


def hears(call: PhoneCall, *wanted: float) -> bool:
    """Whether a phone hears these voices, and no other."""
    heard = levels(call)
    return all((level > 200) is (voice in wanted) for voice, level in heard.items())


def speak(**voices: PhoneCall) -> None:
    """Let each say their tone for some seconds."""
    for name, call in voices.items():
        call.sound.play(tone({"caller": CALLER, "staff": STAFF, "supervisor": SUPERVISOR}[name], 4.0, 5000))


def done(clinic: Installation, order: str) -> Order:
    def row() -> Order:
        with clinic.database.read() as session:
            return session.scalars(select(Order).where(Order.id == order)).one()

    wait_until(lambda: row().done_at is not None, 15, "the order is not carried out")
    return row()


def test_who_hears_whom(clinic: Installation) -> None:
    clinic.live({"ring": ring(clinic, "Ana"), "bye": ("hang_up", {})}, {"ring": {"answered": "bye"}})
    clinic.start_controller()
    ana, ben = clinic.phone("1001"), clinic.phone("1002")
    caller = clinic.caller().dial(NUMBER)
    staff = ana.next_call()
    staff.answer()
    talk(caller, staff)
    call = clinic.call().id
    orders = SqlOrders(clinic.database)
    listening = orders.give(
        What.LISTEN, clinic.ids["Ben"], call=call, person=clinic.ids["Ana"], mode=ListenMode.LISTEN.value
    )
    supervisor = ben.next_call()
    supervisor.answer()
    row = done(clinic, listening)
    assert (row.failed, row.made_by, row.person_id) == ("", clinic.ids["Ben"], clinic.ids["Ana"])

    voices = {"caller": caller, "staff": staff, "supervisor": supervisor}
    said: dict[str, dict[str, list[float]]] = {}
    for mode, at_caller, at_staff in (
        (ListenMode.LISTEN, {STAFF}, {CALLER}),
        (ListenMode.WHISPER, {STAFF}, {CALLER, SUPERVISOR}),
        (ListenMode.BARGE, {STAFF, SUPERVISOR}, {CALLER, SUPERVISOR}),
        (ListenMode.LISTEN, {STAFF}, {CALLER}),
    ):
        if mode is not ListenMode.LISTEN or said:
            changed = orders.give(What.LISTEN_AS, clinic.ids["Ben"], call=call, listening=listening, mode=mode.value)
            assert done(clinic, changed).failed == ""
        speak(**voices)
        for one in voices.values():
            one.sound.wait_for_packets(60)
        said[mode.value] = {name: [round(level) for level in levels(one).values()] for name, one in voices.items()}
        wait_until(lambda: hears(supervisor, CALLER, STAFF), 3, f"{mode}: the supervisor does not hear both: {said}")
        wait_until(lambda at=at_caller: hears(caller, *at), 3, f"{mode}: the caller does not hear {at_caller}: {said}")
        wait_until(lambda at=at_staff: hears(staff, *at), 3, f"{mode}: staff do not hear {at_staff}: {said}")
        for one in voices.values():
            wait_until(lambda one=one: not one.sound._queue, 6, "somebody talks on")
    supervisor.press("3")  # a key of the switch's own would let both hear the supervisor
    speak(supervisor=supervisor)
    caller.sound.wait_for_packets(60)
    assert levels(caller)[SUPERVISOR] < 200

    staff.hang_up()
    supervisor.wait_ended()
    caller.wait_ended()

    def ended() -> bool:
        with clinic.database.read() as session:
            return "ended" in session.scalars(select(Order.detail).where(Order.id == listening)).one()

    wait_until(ended, 5, "it is not noted when they stopped listening")
    clinic.ended()

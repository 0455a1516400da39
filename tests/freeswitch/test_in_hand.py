"""Handling agents do with the call they have in hand, on a real switch: hold, sending on, after a word, a third party."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from controller.queues.orders import Handling
from controller.queues.states import AgentMode, EntryKind
from controller.store import models
from controller.store.models import Entry, Order
from controller.store.orders import SqlOrders
from controller.store.queues import Desk
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.softphone import PhoneCall
from tests.freeswitch.sound import RATE, tone
from tests.freeswitch.switch import Switch, wait_until
from tests.freeswitch.test_calls import talk


class Line(Installation):
    """The clinic with two queues: Ana answers the front desk, Ben the nurses' line."""

    def __enter__(self) -> Line:
        super().__enter__()
        with self.database.write("test") as session:
            for name, queue in (("Ana", "Front"), ("Ben", "Nurses")):
                team = models.Team(name=f"Team {queue}")
                team.members = [models.TeamMember(person_id=self.ids[name], position=0)]
                session.add(team)
                session.flush()
                row = models.Queue(name=queue, teams=[models.QueueTeam(team_id=team.id)])
                session.add(row)
                session.flush()
                self.ids[queue] = row.id
        self.desk = Desk(self.database)
        self.orders = SqlOrders(self.database)
        self.live(
            {"wait": ("queue", {"queues": [self.ref("Front")]}), "bye": ("hang_up", {})}, {"wait": {"answered": "bye"}}
        )
        self.start_controller()
        return self

    def talking(self) -> tuple[PhoneCall, PhoneCall]:
        """A caller who talks to Ana."""
        ana = self.phone("1001")
        self.desk.sign_in(self.ids["Ana"])
        caller = self.caller().dial(NUMBER)
        staff = ana.next_call()
        staff.answer()
        self.joined()
        talk(caller, staff)
        return caller, staff

    def joined(self) -> None:
        """Wait until whoever waits talks to somebody, who first hears what the call is about."""
        wait_until(lambda: self.entry().answered_at is not None, 20, "the entry is not talking")

    def entry(self) -> Entry:
        """The newest place in line."""
        with self.database.read() as session:
            return session.scalars(select(Entry).order_by(Entry.id.desc()).limit(1)).one()

    def give(self, what: Handling, **detail: Any) -> Order:
        """An order of Ana's about the call in hand, carried out."""
        entry = self.entry()
        id = self.orders.give(what, self.ids["Ana"], call=entry.call_id, entry=entry.id, **detail)
        return self.done(id)

    def send(self, **detail: Any) -> dict[str, Any]:
        """Handling goes along with a call that is sent on."""
        entry = self.entry()
        return {"queue": self.ids["Front"], "since": datetime.now(UTC).isoformat(), "of": entry.id, **detail}

    def done(self, order: str) -> Order:
        def row() -> Order:
            with self.database.read() as session:
                return session.scalars(select(Order).where(Order.id == order)).one()

        wait_until(lambda: row().done_at is not None, 40, "the order is not carried out")
        return row()

    def mode(self, name: str) -> AgentMode:
        doing = self.desk.doing(self.ids[name])
        assert doing is not None
        return doing.mode


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path) -> Iterator[Line]:
    with Line(switch, tmp_path) as installation:
        yield installation


def level(call: PhoneCall, hertz: float) -> float:
    """How loud a tone is in the last half second that a phone has heard."""
    samples = call.sound.heard(0.5).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / max(1, len(samples))
    return float(spectrum[np.abs(np.fft.rfftfreq(len(samples), 1 / RATE) - hertz) < 25].max())


def silent(*calls: PhoneCall) -> None:
    for one in calls:
        wait_until(lambda one=one: not one.sound._queue, 6, "somebody talks on")


def test_hold_and_back(clinic: Line) -> None:
    caller, staff = clinic.talking()
    silent(caller, staff)
    assert clinic.give(Handling.HOLD).failed == ""
    caller.sound.play(tone(600, 3.0, 5000))
    staff.sound.play(tone(1000, 3.0, 5000))
    caller.sound.wait_for_packets(80)
    staff.sound.wait_for_packets(80)
    assert level(caller, 1000) < 200, "the caller hears staff"
    assert level(staff, 600) < 200, "staff hear the caller"
    assert np.abs(caller.sound.heard(0.5)).max() > 100, "the caller hears no music"
    silent(caller, staff)
    assert clinic.give(Handling.TAKE_BACK).failed == ""
    talk(caller, staff)
    # Hung up on hold: the caller hears what comes next, and not the music.
    clinic.give(Handling.HOLD)
    staff.hang_up()
    caller.wait_ended()
    clinic.ended()
    wait_until(lambda: clinic.mode("Ana") is AgentMode.WRAP_UP, 5, "no wrap-up")


def test_sent_to_another_queue(clinic: Line) -> None:
    caller, staff = clinic.talking()
    ben = clinic.phone("1002")
    clinic.desk.sign_in(clinic.ids["Ben"])
    first = clinic.entry()
    sent = clinic.give(
        Handling.SEND, **clinic.send(to="queue", id=clinic.ids["Nurses"], note="Chest pain", rank=2, language="es")
    )
    assert sent.failed == ""
    staff.wait_ended()
    nurse = ben.next_call()
    nurse.answer()
    clinic.joined()
    talk(caller, nurse)
    entry = clinic.entry()
    assert entry.id != first.id
    assert (entry.queue_id, entry.note, entry.sent_by, entry.language) == (
        clinic.ids["Nurses"], "Chest pain", clinic.ids["Ana"], "es",
    )  # fmt: skip
    assert entry.head_start > 0
    assert entry.call_id == first.call_id
    wait_until(lambda: clinic.mode("Ana") is AgentMode.WRAP_UP, 5, "no wrap-up")
    nurse.hang_up()
    caller.wait_ended()
    clinic.ended()


def test_nobody_takes_it_and_it_comes_back(clinic: Line) -> None:
    caller, staff = clinic.talking()
    assert clinic.give(Handling.SEND, **clinic.send(to="queue", id=clinic.ids["Nurses"], note="?")).failed == ""
    staff.wait_ended()
    wait_until(lambda: clinic.entry().kind is EntryKind.RETURNED, 10, "it does not come back")
    clinic.desk.ready(clinic.ids["Ana"])
    again = clinic.phone("1001").next_call()
    again.answer()
    clinic.joined()
    talk(caller, again)
    assert clinic.entry().wanted_id == clinic.ids["Ana"]
    again.hang_up()
    caller.wait_ended()
    clinic.ended()


def test_sent_to_a_person(clinic: Line) -> None:
    caller, staff = clinic.talking()
    ben = clinic.phone("1002")
    assert clinic.give(Handling.SEND, **clinic.send(to="person", id=clinic.ids["Ben"])).failed == ""
    staff.wait_ended()
    colleague = ben.next_call()
    colleague.answer()
    talk(caller, colleague)
    colleague.hang_up()
    caller.wait_ended()
    clinic.ended()


def test_after_a_word(clinic: Line) -> None:
    caller, staff = clinic.talking()
    ben = clinic.phone("1002")
    entry = clinic.entry()
    consult = clinic.orders.give(
        Handling.CONSULT, clinic.ids["Ana"], call=entry.call_id, entry=entry.id, id=clinic.ids["Ben"], name="Ana"
    )
    colleague = ben.next_call()
    colleague.answer()
    assert clinic.done(consult).failed == ""
    silent(caller, staff)
    talk(staff, colleague)
    silent(staff, colleague)
    caller.sound.play(tone(700, 2.0, 5000))
    staff.sound.play(tone(1000, 2.0, 5000))
    caller.sound.wait_for_packets(70)
    assert level(caller, 1000) < 200
    assert level(colleague, 700) < 200
    assert clinic.give(Handling.HAND_OVER, **clinic.send(to="person", id=clinic.ids["Ben"], which=consult)).failed == ""
    staff.wait_ended()
    silent(caller, colleague)
    talk(caller, colleague)
    wait_until(lambda: clinic.mode("Ana") is AgentMode.WRAP_UP, 5, "no wrap-up")
    colleague.hang_up()
    caller.wait_ended()
    clinic.ended()


@pytest.mark.parametrize("what", ["queue", "hold"])
def test_the_controller_dies_in_between(clinic: Line, what: str) -> None:
    caller, staff = clinic.talking()
    clinic.start_controller()
    ben = clinic.phone("1002")
    clinic.desk.sign_in(clinic.ids["Ben"])
    if what == "hold":
        assert clinic.give(Handling.HOLD).failed == ""
        clinic.controllers[0].kill()
        assert clinic.give(Handling.TAKE_BACK).failed == ""
        talk(caller, staff)
        staff.hang_up()
    else:
        assert clinic.give(Handling.SEND, **clinic.send(to="queue", id=clinic.ids["Nurses"])).failed == ""
        clinic.controllers[0].kill()
        nurse = ben.next_call(20)
        nurse.answer()
        clinic.joined()
        talk(caller, nurse)
        nurse.hang_up()
    caller.wait_ended()
    clinic.ended()


def test_a_third_party(clinic: Line) -> None:
    caller, staff = clinic.talking()
    carrier = clinic.carrier()
    entry = clinic.entry()
    order = clinic.orders.give(
        Handling.BRING_IN,
        clinic.ids["Ana"],
        call=entry.call_id,
        entry=entry.id,
        number="+13125550177",
        name="Interpreter",
    )
    interpreter = carrier.next_call()
    interpreter.answer()
    assert clinic.done(order).failed == ""
    silent(caller, staff)
    talk(caller, interpreter)
    silent(caller, interpreter)
    talk(staff, interpreter)
    assert clinic.give(Handling.LET_GO, which=order).failed == ""
    interpreter.wait_ended()
    silent(caller, staff)
    talk(caller, staff)
    staff.hang_up()
    caller.wait_ended()
    clinic.ended()

"""Controllers that are killed, hung and stopped at moments of chance while callers walk a flow on a real switch, for a while."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from flow_editor.calls import service as calls
from tests.freeswitch.event_socket import Headers
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.softphone import PhoneCall, Softphone
from tests.freeswitch.sound import tone
from tests.freeswitch.switch import Switch, wait_until
from tests.freeswitch.test_calls import menu, messages_in, ring
from tests.freeswitch.test_hang_ups import service

__all__ = ["service"]

SEED = 7
SECONDS = 40.0
CALLERS = 4
TALK = 3.0


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path, service: str) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        installation.environment["CARELINE_WEBHOOK_HOSTS"] = service
        installation.live(
            {
                "menu": ("menu", {**menu("1", "2", "3")[1], "attempts": 3}),
                "ring": ring(installation, "Ana", "Ben", seconds=8),
                "ask": ("webhook", {"url": f"http://{service}/x"}),
                "box": ("voicemail", {"mailbox": installation.ref("Messages")}),
                "bye": ("hang_up", {}),
            },
            {
                "menu": {"1": "ring", "2": "box", "3": "ask", "no_choice": "bye"},
                "ring": {"answered": "bye", "no_answer": "box"},
                "ask": {"answered": "ring"},
                "box": {"left": "bye", "no_message": "bye"},
            },
            catch_all="bye",
        )
        yield installation


class People:
    """Callers and staff, each on a thread, by the chance of a seed."""

    def __init__(self, clinic: Installation) -> None:
        self.clinic = clinic
        self.over = threading.Event()
        self.calls = 0
        self.stuck: list[str] = []
        self.cut: list[str] = []
        """SIP calls of staff that ended before staff hung up."""
        self.phones = [Softphone(clinic.switch.outside, f"+1312555016{at}") for at in range(CALLERS)]
        self.staff = [clinic.phone("1001"), clinic.phone("1002"), clinic.carrier()]
        self.threads = [
            *(threading.Thread(target=self._calls, args=(phone, SEED + at)) for at, phone in enumerate(self.phones)),
            *(
                threading.Thread(target=self._answers, args=(phone, SEED * 9 + at))
                for at, phone in enumerate(self.staff)
            ),
        ]
        for thread in self.threads:
            thread.start()

    def _calls(self, phone: Softphone, seed: int) -> None:
        chance = random.Random(seed)
        while not self.over.is_set():
            call = phone.dial(NUMBER)
            self.calls += 1
            try:
                self._walks(call, chance)
            except AssertionError as error:
                self.stuck.append(str(error))
            call.hang_up()

    def _walks(self, call: PhoneCall, chance: random.Random) -> None:
        """Press a key, again when asked again; wait, or leave a message. Whoever reaches an end is hung up on."""
        call.wait_answered(10)
        key = chance.choice("123")
        for _ in range(4):
            if call.ended:
                return
            time.sleep(chance.uniform(0.5, 1.5))
            call.press(key)
        if key == "2":
            call.sound.play(tone(700, 6.0))
            time.sleep(6.0)
        else:
            call.wait_ended(60)
        assert "OUT_OF_ORDER" not in call.reason, "the switch hung up on the caller"

    def _answers(self, phone: Softphone, seed: int) -> None:
        chance = random.Random(seed)
        while not self.over.is_set():
            try:
                leg = phone.next_call(0.5)
            except AssertionError:
                continue
            leg.ring()
            threading.Thread(target=self._takes, args=(leg, chance.uniform(0.1, 2), chance.random() < 0.3)).start()

    def _takes(self, leg: PhoneCall, after: float, declines: bool) -> None:
        time.sleep(after)
        if leg.ended:
            return
        if declines:
            leg.decline(486)
            return
        leg.answer()
        time.sleep(TALK)
        if leg.ended:
            self.cut.append(leg.call_id)
        leg.hang_up()

    def go_home(self) -> None:
        """Everybody ends what they are at."""
        self.over.set()
        for thread in self.threads:
            thread.join(90)
            assert not thread.is_alive()
        for phone in self.phones:
            phone.close()


def trouble(clinic: Installation, chance: random.Random) -> str:
    """One controller of the two dies in some way, and another begins."""
    controller = chance.choice([one for one in clinic.controllers if one.process.poll() is None])
    how = chance.choice(["killed", "killed", "hung", "stopped"])
    if how == "killed":
        controller.kill()
    elif how == "hung":
        controller.process.send_signal(signal.SIGSTOP)
        time.sleep(2.0)  # as long as a parent waits
        controller.kill()
    else:
        controller.stop()
    clinic.start_controller()
    return how


def test_a_while_of_trouble(clinic: Installation) -> None:
    chance = random.Random(SEED)
    watch = clinic.switch.connect("CHANNEL_CREATE", "CHANNEL_BRIDGE", "CHANNEL_HANGUP")
    clinic.start_controller()
    clinic.start_controller()
    people = People(clinic)
    until, troubles = time.monotonic() + SECONDS, Counter[str]()
    try:
        while time.monotonic() < until:
            time.sleep(chance.uniform(0.3, 3))
            troubles[trouble(clinic, chance)] += 1
    finally:
        people.go_home()
    wait_until(lambda: clinic.switch.api("show channels count").strip().startswith("0 "), 70, "a channel stays")
    wait_until(lambda: not calls.newest(clinic.database, live=True), 30, "a call stays live")
    rows = [calls.trace(clinic.database, row.id) for row in calls.newest(clinic.database, limit=1000)]
    backup = people.staff[-1].calls_came
    endings = dict(Counter(row.ending for row in rows))
    told = f"{people.calls} calls, {dict(troubles)}, {backup} to the backup line, endings {endings}"
    print(told)

    # Everybody came to an end.
    assert people.calls > 10
    assert sum(troubles.values()) >= 6
    assert not people.stuck, told
    # Whoever called a controller as it hung, and was never taken by any, has reached the backup line.
    assert people.calls - backup <= len(rows) <= people.calls, told
    # "lost": callers who hung up while leaving a message, just as no controller had them; the sweep has noted it.
    assert {row.ending for row in rows} <= {"flow ended", "caller hung up", "lost", "backup line"}, told
    # No phone was rung twice for an offer, and none but by an offer.
    rung = Counter(event["Unique-ID"] for event in _events(watch.events, "CHANNEL_CREATE", "outbound"))
    assert max(rung.values()) == 1, told
    assert sum(phone.calls_came for phone in people.staff) == len(rung), told
    # No conversation was cut: who was joined was not hung up on before they hung up.
    joined = {event["Other-Leg-Unique-ID"] for event in _events(watch.events, "CHANNEL_BRIDGE", "inbound")}
    ended = {event["Unique-ID"]: event for event in _events(watch.events, "CHANNEL_HANGUP", "outbound")}
    talked = {ended[leg]["variable_sip_call_id"] for leg in joined}
    assert len(talked) > 3, told
    assert not talked & set(people.cut), told
    # What was said is in the mailbox, once.
    messages = messages_in(clinic)
    left = Counter(message.call_id for message in messages)
    assert max(left.values(), default=0) <= 1
    files = {
        path.stem[:36]: path for path in (clinic.folder / "data" / "messages").rglob("*.wav") if _voiced(path) > 2.2
    }
    assert files.keys() <= left.keys(), told
    watch.close()


def _events(events: list[Headers], name: str, direction: str) -> list[Headers]:
    return [
        event for event in [*events] if event.get("Event-Name") == name and event.get("Call-Direction") == direction
    ]


def _voiced(path: Path) -> float:
    samples, rate = soundfile.read(path, dtype="int16")
    return float(np.count_nonzero(np.abs(samples) > 1000)) / rate

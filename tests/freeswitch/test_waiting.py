"""A caller who waits on a real switch: music, what is said over it, keys, phones that ring, and whoever wakes them."""

from __future__ import annotations

import queue
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.calls.call import Answer, CallerGone, HandedOn, Talking, Utterance
from controller.calls.waiting import Waited, Waiting
from controller.freeswitch.channel import Channel
from tests.freeswitch.controller_thread import ControllerThread, say
from tests.freeswitch.softphone import Softphone
from tests.freeswitch.sound import tone
from tests.freeswitch.switch import Switch, wait_until
from tests.freeswitch.test_channel import CLINIC, Desk


@pytest.fixture
def caller(switch: Switch) -> Iterator[Softphone]:
    with Softphone(("127.0.0.1", switch.outside_port), "13125550123") as phone:
        yield phone


@pytest.fixture
def staff(monkeypatch: pytest.MonkeyPatch, switch: Switch) -> Iterator[Desk]:
    desk = Desk(switch, monkeypatch, "anna", "ben")
    yield desk
    desk.close()


def _tone(path: Path, hertz: float, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone(hertz, seconds).tobytes())
    return path


def test_hears_music_and_what_is_said_over_it_and_music_again(
    switch: Switch, tmp_path: Path, caller: Softphone
) -> None:
    music = _tone(tmp_path / "music.wav", 440, 1.0)
    words = [Utterance("en", "", _tone(tmp_path / f"{hertz}.wav", hertz, 0.6)) for hertz in (1000, 1500)]
    go_on: queue.Queue[Waiting] = queue.Queue()

    def flow(call: Channel) -> Any:
        with call.waiting(music) as waiting:
            go_on.put(waiting)
            assert waiting.wait(20) == Waited()  # woken
            for one in words:
                waiting.say([one])
            return waiting.wait(20, keys="5")

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        waiting = go_on.get(timeout=5)
        call.sound.wait_for_tone(440)
        waiting.wake()  # from another thread
        call.sound.wait_for_tone(1000)
        call.sound.wait_for_tone(1500)
        call.sound.wait_for_tone(440)
        call.press("35")
        assert controller.next() == Waited(key="5")
        call.hang_up()


def test_phones_come_and_go_while_the_caller_waits(
    switch: Switch, tmp_path: Path, caller: Softphone, staff: Desk
) -> None:
    first, second = staff.offer("anna"), staff.offer("ben")
    step: queue.Queue[Waiting] = queue.Queue()
    met: queue.Queue[float] = queue.Queue()

    def flow(call: Channel) -> Any:
        if call.mark.phase.name == "talking":
            return call.conversation
        with call.waiting() as waiting:
            waiting.ring([first])
            step.put(waiting)
            assert waiting.wait(20) == Waited()
            waiting.ring([second])
            step.put(waiting)
            assert waiting.wait(20) == Waited()
            waiting.call_off([first])
            waited = waiting.wait(20)
            assert waited.answers == ((second, Answer.ACCEPTED),)
            waiting.say(say(5))
            return call.join(second, met=lambda: met.put(time.monotonic()))

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        waiting = step.get(timeout=5)
        anna = staff.phones["anna"].next_call()
        anna.ring()
        waiting.wake()
        step.get(timeout=5)
        ben = staff.phones["ben"].next_call()
        ben.ring()
        assert not anna.ended
        waiting.wake()
        anna.wait_ended()
        began = time.monotonic()
        ben.answer()
        assert isinstance(controller.next(), Talking)
        # What was being said is cut, and they hear each other before anybody notices a wait.
        assert met.get(timeout=5) - began < 0.5
        ben.hang_up()
        assert controller.next().seconds > 0
        call.hang_up()


@pytest.mark.parametrize("stage", ["ringing", "accepted"])
def test_nobody_rings_for_a_caller_who_is_gone(
    switch: Switch, tmp_path: Path, caller: Softphone, staff: Desk, stage: str
) -> None:
    offer = staff.offer("anna")

    def flow(call: Channel) -> Any:
        with call.waiting() as waiting:
            waiting.ring([offer])
            while True:
                waiting.wait(20)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna = staff.phones["anna"].next_call()
        anna.ring()
        if stage == "accepted":
            anna.answer()
            wait_until(lambda: "park" in switch.api("show channels"), 5, "not parked")
        call.hang_up()
        assert isinstance(controller.next(), CallerGone)
        anna.wait_ended()


def test_leaving_calls_off_who_rings_and_music_ends(
    switch: Switch, tmp_path: Path, caller: Softphone, staff: Desk
) -> None:
    offer = staff.offer("anna")

    def flow(call: Channel) -> Any:
        with call.waiting() as waiting:
            waiting.ring([offer])
            key = waiting.wait(20, keys="1").key
        return key, call.collect(say(0.1), first_seconds=1.0).keys

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna = staff.phones["anna"].next_call()
        anna.ring()
        call.press("1")
        assert controller.next() == ("1", "")
        anna.wait_ended()
        call.hang_up()


def test_another_controller_follows_what_rings(switch: Switch, tmp_path: Path, caller: Softphone, staff: Desk) -> None:
    offers = [staff.offer("anna"), staff.offer("ben")]

    def flow(call: Channel) -> Any:
        with call.waiting() as waiting:
            for offer in offers:
                waiting.ring([offer])
            answers: list[Any] = []
            while len(answers) < 2:
                answers += waiting.wait(20).answers
            return answers

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna, ben = staff.phones["anna"].next_call(), staff.phones["ben"].next_call()
        anna.ring()
        ben.ring()
        controller.do(lambda: [one.hand_on() for one in list(controller.server._sessions)])
        assert isinstance(controller.next(), HandedOn)
        wait_until(lambda: controller.do(lambda: offers[1].id in controller.link._watched), 5, "not followed")
        anna.decline(486)
        ben.decline()
        assert dict(controller.next()) == {offers[0]: Answer.BUSY, offers[1]: Answer.DECLINED}
        assert [staff.phones[name].calls_came for name in ("anna", "ben")] == [1, 1]
        call.hang_up()

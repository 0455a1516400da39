"""Callers who act out scripts, phones with habits, the clock that runs fast, and the switch as a process."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from controller.practice.callers import Caller, Step, Traffic, draw, number
from controller.practice.clock import Clock
from controller.practice.staff import Habit, Manner
from controller.practice.switch import PracticeSwitch
from tests.freeswitch.event_socket import StandInController, connect

LONG = "tone_stream://%(20000,0,440)"
DIGITS = f"1 1 1 4000 # {LONG} silence_stream://10 digits [0-9]"


@pytest.fixture
def switch() -> Iterator[PracticeSwitch]:
    """One that runs ten times as fast as the wall clock."""
    switch = PracticeSwitch(password="pw", secret="secret", speed=10)
    switch.start()
    yield switch
    switch.stop()


@pytest.fixture
def controller(switch: PracticeSwitch) -> Iterator[StandInController]:
    controller = StandInController()
    switch.api.run("hash", f"insert/careline_controllers/0/{controller.address}")
    yield controller
    controller.die()


def test_a_caller_acts_out_a_script(switch: PracticeSwitch, controller: StandInController) -> None:
    script = [Step(until="sound", wait=2, press="3"), Step(until="joined", within=30), Step(wait=1, hang_up=True)]
    leg, caller = switch.call("+13125550100", script=script)
    call = controller.next_call()
    call.execute("answer")
    assert call.execute("play_and_get_digits", DIGITS)["variable_digits"] == "3"
    assert caller.sounds == [LONG]
    switch.phones.put("101", Habit(after=1, talks=None))
    assert switch.api.run("originate", "{origination_uuid=leg-1}user/101 &park") == "+OK leg-1\n"
    assert switch.api.run("uuid_bridge", f"{leg.uuid} leg-1") == "+OK leg-1\n"
    assert caller.await_moment("ended", 20)
    assert leg.cause == "NORMAL_CLEARING"


def test_time_runs_fast(switch: PracticeSwitch, controller: StandInController) -> None:
    switch.call("+13125550100")
    call = controller.next_call()
    call.execute("answer")
    began = time.monotonic()
    done = call.execute("playback", "tone_stream://%(5000,0,440)")
    assert 0.4 < time.monotonic() - began < 1.5
    assert 4900 <= int(done["variable_playback_ms"]) <= 5000


@pytest.mark.parametrize(
    ("habit", "answer"),
    [
        (Habit(Manner.ANSWERS, after=2), "+OK leg\n"),
        (Habit(Manner.DECLINES, after=2), "-ERR CALL_REJECTED\n"),
        (Habit(Manner.BUSY), "-ERR USER_BUSY\n"),
        (Habit(Manner.UNREACHABLE), "-ERR USER_NOT_REGISTERED\n"),
        (Habit(Manner.NEVER_ANSWERS), "-ERR NO_ANSWER\n"),
    ],
)
def test_a_phone_has_a_habit(switch: PracticeSwitch, habit: Habit, answer: str) -> None:
    switch.phones.put("101", habit)
    assert (
        switch.api.run("originate", "{origination_uuid=leg,originate_timeout=5}user/101@careline.local &park") == answer
    )


def test_of_several_phones_the_first_to_answer_has_it(switch: PracticeSwitch) -> None:
    switch.phones.put("101", Habit(after=4))
    switch.phones.put("102", Habit(after=1))
    answer = switch.api.run("originate", "[origination_uuid=slow]user/101,[origination_uuid=quick]user/102 &park")
    assert answer == "+OK quick\n"
    assert switch.find("slow") is None


def test_the_same_seed_makes_the_same_people() -> None:
    first, second = (
        [(number(chance), draw(chance), Habit.draw(chance)) for _ in range(20)]
        for chance in (random.Random(7), random.Random(7))
    )
    assert first == second


def test_callers_arrive_by_chance() -> None:
    clock = Clock(speed=2000)
    called: list[str] = []

    class Enough(Exception):
        pass

    def call(number: str, caller: str, script: Any) -> None:
        called.append(number)
        if len(called) == 30:
            raise Enough

    began = clock.now()
    with pytest.raises(Enough):
        Traffic(call, clock, ["+13125550100", "+13125550101"], 360, seed=3).run()
    assert 100 < clock.now() - began < 1000  # 10 s apart on average
    assert set(called) == {"+13125550100", "+13125550101"}


def test_it_carries_many_calls_at_once(switch: PracticeSwitch, controller: StandInController) -> None:
    callers: list[Caller] = [switch.call("+13125550100")[1] for _ in range(100)]
    calls = [controller.next_call() for _ in callers]
    for call in calls:
        call.execute("answer", wait=None)
    assert all(caller.await_moment("answered", 50) for caller in callers)
    assert "\n100 session(s) - peak 100" in switch.api.run("status", "")
    for call in calls:
        call.command("sendmsg\ncall-command: hangup\nhangup-cause: USER_BUSY")
    assert all(caller.await_moment("ended", 50) for caller in callers)


class Process:
    """The switch as a process, and its control port."""

    def __init__(self) -> None:
        options = {"password": "pw", "secret": "secret", "port": 0, "speed": 5}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "controller.practice", json.dumps(options)], stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.ports = json.loads(self.process.stdout.readline())
        self._sock = socket.create_connection(("127.0.0.1", self.ports["control"]))
        self._file = self._sock.makefile("rw")

    def ask(self, do: str, **more: Any) -> Any:
        self._file.write(json.dumps({"do": do, **more}) + "\n")
        self._file.flush()
        answer = json.loads(self._file.readline())
        assert "ok" in answer, answer
        return answer["ok"]

    def close(self) -> int:
        self._file.close()
        self._sock.close()
        self.process.terminate()
        status = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def test_it_runs_as_a_process_and_is_told_what_to_do() -> None:
    process = Process()
    controller = StandInController()
    try:
        link = connect("127.0.0.1", process.ports["event_socket"], "pw")
        link.api(f"hash insert/careline_controllers/0/{controller.address}")
        link.command("event plain CHANNEL_PROGRESS")
        name = process.ask("call", number="+13125550100", script=[{"until": "sound", "press": "2"}])
        call = controller.next_call()
        assert call.uuid == name
        call.execute("answer")
        assert process.ask("wait", call=name, **{"for": "answered"}) is True
        assert call.execute("play_and_get_digits", DIGITS)["variable_digits"] == "2"
        process.ask("phone", number="101", manner="waits", talks=None)
        link.command("bgapi originate {origination_uuid=leg-1}user/101 &park")
        link.wait_for("CHANNEL_PROGRESS")
        process.ask("answer", call="leg-1")
        link.api(f"uuid_bridge {name} leg-1")
        assert process.ask("wait", call=name, **{"for": "joined"}) is True
        assert {leg["talking_with"] for leg in process.ask("legs")} == {name, "leg-1"}
        process.ask("hang up", call=name)
        assert process.ask("wait", call="leg-1", **{"for": "gone"}) is True
        link.close()
    finally:
        controller.die()
        status = process.close()
    assert status == 0

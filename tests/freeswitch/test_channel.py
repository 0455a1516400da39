"""A call's life on a real switch: controller/freeswitch/ against what people do with their phones."""

from __future__ import annotations

import queue
import time
import uuid
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.calls.call import (
    Answer,
    CallerGone,
    CarrierFailed,
    Digits,
    HandedOn,
    Offer,
    Phone,
    RecordingState,
    Talking,
    Utterance,
)
from controller.freeswitch import arguments
from controller.freeswitch.channel import Channel, _Follower
from tests.freeswitch.controller_thread import ControllerThread, say
from tests.freeswitch.softphone import Softphone, talk
from tests.freeswitch.switch import Switch, wait_until

CLINIC = "13125550100"


@pytest.fixture
def caller(switch: Switch) -> Iterator[Softphone]:
    with Softphone(("127.0.0.1", switch.outside_port), "13125550123") as phone:
        yield phone


def test_answers_plays_and_hangs_up(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    def flow(call: Channel) -> str:
        call.write_bookmark()
        call.play(say(0.3))
        call.hang_up()
        return "done"

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        call.wait_answered()
        assert controller.next() == "done"
        call.wait_ended()
        arrival = controller.arrivals.get()
        assert (arrival.dialled, arrival.caller.number) == (CLINIC, "+13125550123")


@pytest.mark.parametrize(
    ("pressed", "expected"),
    [
        ("42", Digits("42", "length")),
        ("4#", Digits("4", "terminator")),
        ("4", Digits("4", "time")),
        ("", Digits("", "nothing")),
        ("#", Digits("", "terminator")),
    ],
)
@pytest.mark.parametrize("sensitive", [False, True])
def test_collects_keys(
    switch: Switch, tmp_path: Path, caller: Softphone, pressed: str, expected: Digits, sensitive: bool
) -> None:
    asked: queue.Queue[Any] = queue.Queue()

    def flow(call: Channel) -> Any:
        call.answer()
        asked.put(None)
        return call.collect(say(0.5), most=2, first_seconds=1.5, between_seconds=0.8, sensitive=sensitive)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        call.wait_answered()
        asked.get(timeout=5)
        call.press(pressed)
        assert controller.next() == expected
        call.hang_up()


def test_keys_said_to_be_sensitive_are_in_no_variable(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    def flow(call: Channel) -> Any:
        digits = call.collect([], most=4, sensitive=True)
        return digits, call._session.api(f"uuid_dump {call.id}")

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        call.wait_answered()
        call.press("7391")
        digits, dump = controller.next()
        assert digits == Digits("7391", "length")
        assert "7391" not in dump
        call.hang_up()


def test_hanging_up_wakes_whoever_waits(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    with ControllerThread(switch, tmp_path, lambda call: call.play(say(20))) as controller:
        call = caller.dial(CLINIC)
        call.wait_answered()
        call.hang_up()
        gone = controller.next(timeout=2)
        assert isinstance(gone, CallerGone)
        assert gone.cause == "NORMAL_CLEARING"


def test_music_goes_on_after_something_was_said(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    def flow(call: Channel) -> Any:
        call.start_music()
        call.play(say(0.3))
        music = call._music
        assert music is not None
        running = not music.completed
        call.stop_music()
        return running, music.completed

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        assert controller.next() == (True, True)
        call.hang_up()


def test_a_call_let_go_of_comes_again_with_its_bookmark(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    def flow(call: Channel) -> Any:
        if call.mark.node == "second":
            return call.mark.phase.name, call.values()["name"]
        call.mark.node = "second"
        call.variables["name"] = "Ana ${system(true)}"
        call.phase("playing")
        call._session.hand_on()
        return call.play(say(5))

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        outcomes = [controller.next(), controller.next()]
        assert any(isinstance(one, CarrierFailed | HandedOn) for one in outcomes)
        assert ("playing", "Ana ${system(true)}") in outcomes
        assert not call.ended
        call.hang_up()


def test_records_a_message_until_a_key_or_the_hang_up(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    where = tmp_path / "messages" / "one.wav"

    def flow(call: Channel) -> Any:
        return call.record(where, most_seconds=20)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        call.wait_answered()
        wait_until(where.exists, 5, "no file")
        wait_until(lambda: where.stat().st_size > 8000, 5, "nothing recorded")
        call.press("#")
        recorded = controller.next()
        assert (recorded.ended, recorded.key) == ("key", "#")
        assert recorded.seconds > 0.2
        call.hang_up()

        where.unlink()
        call = caller.dial(CLINIC)
        call.wait_answered()
        wait_until(where.exists, 5, "no file")
        wait_until(lambda: where.stat().st_size > 8000, 5, "nothing recorded")
        call.hang_up()
        recorded = controller.next()
        assert recorded.ended == "hang-up"
        assert recorded.seconds > 0.2
        with wave.open(str(where)) as file:
            assert file.getnframes() > 1000


def test_records_the_call_pauses_and_stops(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    where = tmp_path / "calls" / "whole.wav"

    def flow(call: Channel) -> Any:
        call.set_recording(RecordingState.ON, where)
        call.play(say(0.3))
        call.set_recording(RecordingState.PAUSED)
        call.play(say(0.3))
        call.set_recording(RecordingState.ON)
        call.play(say(0.3))
        call.set_recording(RecordingState.OFF)
        return call.mark.recording_state

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        assert controller.next() == "off"
        with wave.open(str(where)) as file:
            assert file.getnchannels() == 2
            assert file.getnframes() / file.getframerate() > 0.8
        call.hang_up()


class Desk:
    """A phone of a member of staff, dialled directly: no registration needed."""

    def __init__(self, switch: Switch, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.phones = {name: Softphone(("127.0.0.1", switch.outside_port), name) for name in names}

        def dial(address: str) -> arguments.Argument:
            return arguments.Argument(f"sofia/outside/{address}@127.0.0.1:{self.phones[address].port}")

        monkeypatch.setattr("controller.freeswitch.arguments.user", dial)

    def offer(self, name: str, **more: Any) -> Offer:
        return Offer(str(uuid.uuid4()), Phone(name, "inside", name), **{"seconds": 10.0, **more})

    def close(self) -> None:
        for phone in self.phones.values():
            phone.close()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, switch: Switch) -> Iterator[Desk]:
    desk = Desk(switch, monkeypatch, "anna", "ben")
    yield desk
    desk.close()


def test_rings_until_one_answers_and_joins_and_comes_back(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk
) -> None:
    offers = [desk.offer("anna", caller_name="O'Brien, ${x}"), desk.offer("ben")]
    seen: queue.Queue[Any] = queue.Queue()

    def flow(call: Channel) -> Any:
        if call.mark.phase.name == "talking":
            return call.mark.phase.detail, call.conversation
        result = call.ring(offers, answered=lambda offer, answer: seen.put((offer.phone.id, answer)))
        assert result.accepted is not None
        seen.put(result)
        return call.join(result.accepted)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna, ben = desk.phones["anna"].next_call(), desk.phones["ben"].next_call()
        assert anna.invite is not None
        assert "O’Brien x" in anna.invite.get("from")
        ben.ring()
        anna.answer()
        assert seen.get(timeout=5) == ("anna", Answer.ACCEPTED)
        result = seen.get(timeout=5)
        assert result.accepted == offers[0]
        assert result.answers == {offers[0].id: Answer.ACCEPTED, offers[1].id: Answer.CANCELLED}
        ben.wait_ended()
        assert isinstance(controller.next(), Talking)
        wait_until(
            lambda: "bridged" in switch.api("show calls") or "1 total" in switch.api("show calls count"), 5, "no"
        )
        assert not call.ended
        anna.hang_up()
        detail, conversation = controller.next()
        assert detail == {"offer": offers[0].id}
        assert conversation.offer == offers[0].id
        assert 0 < conversation.seconds < 10
        assert not call.ended
        call.hang_up()


def test_a_caller_who_hangs_up_in_a_conversation_is_told_of(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk
) -> None:
    offer = desk.offer("anna")

    def flow(call: Channel) -> Any:
        result = call.ring([offer])
        assert result.accepted is not None
        return call.join(result.accepted)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.answer()
        assert isinstance(controller.next(), Talking)
        arrival = controller.arrivals.get()
        call.hang_up()
        assert controller.ended.get(timeout=5) == (arrival.id, "NORMAL_CLEARING")
        anna.wait_ended()


def test_press_1_to_accept(switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk) -> None:
    offers = [desk.offer("anna", confirm=tuple(say(0.2))), desk.offer("ben", confirm=tuple(say(0.2)))]

    def flow(call: Channel) -> Any:
        result = call.ring(offers)
        return result.accepted and result.accepted.phone.id, sorted(map(str, result.answers.values()))

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna, ben = desk.phones["anna"].next_call(), desk.phones["ben"].next_call()
        anna.answer()
        ben.answer()
        wait_until(lambda: switch.api("show channels").count("play_and_get_digits") == 2, 5, "not asked")
        anna.press("2")
        anna.wait_ended()
        ben.press("1")
        assert controller.next() == ("ben", ["accepted", "declined"])
        call.hang_up()


@pytest.mark.parametrize(("status", "answer"), [(486, Answer.BUSY), (603, Answer.DECLINED), (480, Answer.NO_ANSWER)])
def test_what_a_phone_says(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk, status: int, answer: Answer
) -> None:
    offer = desk.offer("anna")
    with ControllerThread(switch, tmp_path, lambda call: call.ring([offer])) as controller:
        call = caller.dial(CLINIC)
        desk.phones["anna"].next_call().decline(status)
        assert controller.next().answers == {offer.id: answer}
        call.hang_up()


def test_nobody_answers_in_time(switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk) -> None:
    offer = desk.offer("anna", seconds=1.0)
    with ControllerThread(switch, tmp_path, lambda call: call.ring([offer])) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.ring()
        assert controller.next().answers == {offer.id: Answer.NO_ANSWER}
        anna.wait_ended()
        call.hang_up()


def test_a_key_of_the_caller_ends_the_ringing(switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk) -> None:
    offer = desk.offer("anna")
    with ControllerThread(switch, tmp_path, lambda call: call.ring([offer], leave_keys="1")) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.ring()
        call.press("1")
        result = controller.next()
        assert (result.key, result.accepted) == ("1", None)
        anna.wait_ended()
        call.hang_up()


def test_nobody_goes_on_ringing_for_a_caller_who_is_gone(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk
) -> None:
    offer = desk.offer("anna")
    with ControllerThread(switch, tmp_path, lambda call: call.ring([offer])) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.ring()
        call.hang_up()
        assert isinstance(controller.next(), CallerGone)
        anna.wait_ended()


@pytest.mark.parametrize("stage", ["ringing", "asking", "accepted"])
def test_another_controller_follows_a_leg_that_is_there(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk, stage: str
) -> None:
    confirm = () if stage == "ringing" else tuple(say(0.2))
    offer = desk.offer("anna", confirm=confirm)
    begun: queue.Queue[str] = queue.Queue()

    def flow(call: Channel) -> Any:
        begun.put("")
        result = call.ring([offer])
        if stage == "accepted" and begun.qsize() == 1:
            begun.put("")
            call._session.hand_on()
            return call.play(say(3))
        return result.accepted

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.ring()
        if stage != "ringing":
            anna.answer()
            wait_until(lambda: "play_and_get_digits" in switch.api("show channels"), 5, "not asked")
        if stage == "accepted":
            anna.press("1")
        else:
            controller.do(lambda: [one.hand_on() for one in list(controller.server._sessions)])
        assert isinstance(controller.next(), HandedOn | CarrierFailed)
        if stage == "ringing":
            wait_until(lambda: begun.qsize() == 2, 5, "did not come again")
            anna.answer()
        elif stage == "asking":
            wait_until(lambda: begun.qsize() == 2, 5, "did not come again")
            wait_until(lambda: "play_and_get_digits" in switch.api("show channels"), 5, "not asked again")
            anna.press("1")
        assert controller.next() == offer
        assert desk.phones["anna"].calls_came == 1
        call.hang_up()


def test_joining_somebody_who_has_gone_leaves_the_caller_with_us(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk
) -> None:
    offer = desk.offer("anna")

    def flow(call: Channel) -> Any:
        result = call.ring([offer])
        assert result.accepted is not None
        wait_until_gone(call, offer)
        call.join(result.accepted)
        call.play(say(0.2))
        return "still here"

    def wait_until_gone(call: Channel, offer: Offer) -> None:
        call._carrier.link.api(f"uuid_kill {offer.id}")
        while call._carrier.link.api(f"uuid_exists {offer.id}") == "true":
            pass

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        desk.phones["anna"].next_call().answer()
        assert controller.next() == "still here"
        call.hang_up()


def test_to_the_backup_line(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    with ControllerThread(switch, tmp_path, lambda call: call.to_backup_line()) as controller:
        call = caller.dial(CLINIC)
        assert controller.next() is None
        # There is none: the switch says so, and ends the call itself.
        call.wait_answered()
        assert controller.arrivals.qsize() == 1
        call.hang_up()


def test_nothing_in_a_text_is_run_by_the_switch(switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk) -> None:
    mark = tmp_path / "it_ran"
    evil = "${system(touch " + str(mark) + ")}"

    def flow(call: Channel) -> Any:
        refused = []
        for what in (
            lambda: call.play([Utterance("en", "", Path(f"/tmp/{evil}.wav"))]),
            lambda: call.start_music(Path(f"/tmp/{evil}")),
            lambda: call.record(tmp_path / evil.replace("/", "_"), most_seconds=1),
            lambda: call.set_recording(RecordingState.ON, tmp_path / evil.replace("/", "_")),
            lambda: call.collect([], terminators=evil),
        ):
            try:
                what()
                refused.append(False)
            except (CarrierFailed, arguments.ArgumentRefused):
                refused.append(True)
        call.mark.variables["name"] = evil
        call.write_bookmark()
        phones = [
            Offer(str(uuid.uuid4()), Phone("x", "outside", f"+1312{evil}"), 5),
            Offer(str(uuid.uuid4()), Phone("y", "outside", "+13125550100", trunk=evil), 5),
            Offer(str(uuid.uuid4()), Phone("z", "outside", "+13125550100", trunk="none"), 5, caller_number=evil),
        ]
        named = desk.offer("anna", caller_name=evil, seconds=2)
        answers = call.ring([*phones, named]).answers
        # Whatever comes through the door unchecked is still not expanded.
        call._session.execute("log", f"INFO {evil}").wait(5)
        call._session.execute("playback", f"/tmp/{evil}").wait(5)
        return refused, [answers[offer.id] for offer in phones]

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC, name=evil)
        desk.phones["anna"].next_call().decline(486)
        refused, answers = controller.next()
        assert refused == [True] * 5
        assert answers == [Answer.UNREACHABLE] * 3
        assert not mark.exists()
        call.hang_up()


def test_a_display_name_forges_no_header(switch: Switch, tmp_path: Path, caller: Softphone) -> None:
    def flow(call: Channel) -> Any:
        assert call._session.session_data is not None
        return dict(call._session.session_data)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC, name="x%0AX-Evil: yes%0Avariable_careline_bookmark: forged")
        data = controller.next()
        assert "X-Evil" not in data
        assert "variable_careline_bookmark" not in data
        call.hang_up()


def test_a_conversation_outlives_its_controller(switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk) -> None:
    offer = desk.offer("anna")

    def flow(call: Channel) -> Any:
        if call.mark.phase.name == "talking":
            return call.conversation
        accepted = call.ring([offer]).accepted
        assert accepted is not None
        return call.join(accepted)

    with ControllerThread(switch, tmp_path, flow) as first:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.answer()
        assert isinstance(first.next(), Talking)
        talk(call, anna)
    with ControllerThread(switch, tmp_path, flow) as second:
        assert not call.ended
        assert not anna.ended
        anna.hang_up()
        conversation = second.next()
        assert conversation.offer == offer.id
        assert conversation.seconds > 0
        assert not call.ended
        call.hang_up()


@pytest.mark.parametrize("milliseconds", [0, 10, 20, 30, 45, 60, 80])
def test_staff_who_hang_up_while_being_joined_leave_the_caller_with_us(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk, milliseconds: int
) -> None:
    offer = desk.offer("anna")
    joining: queue.Queue[None] = queue.Queue()

    def flow(call: Channel) -> Any:
        if call.mark.phase.name == "talking":
            return "back"
        accepted = call.ring([offer]).accepted
        assert accepted is not None
        api = call._session.api

        def told(line: str, seconds: float | None = None) -> str:
            if line.startswith("uuid_bridge"):
                joining.put(None)
            return api(line, seconds)

        call._session.api = told  # type: ignore[method-assign]
        call.join(accepted)
        call.play(say(0.1))
        return "never left"

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.answer()
        joining.get(timeout=5)
        time.sleep(milliseconds / 1000)
        anna.hang_up()
        outcome = controller.next()
        if isinstance(outcome, Talking):
            outcome = controller.next()
        assert outcome in ("back", "never left")
        assert not call.ended
        call.hang_up()


def test_a_link_that_breaks_while_phones_ring_loses_none(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk
) -> None:
    offers = [desk.offer("anna"), desk.offer("ben", confirm=tuple(say(0.1)))]

    def flow(call: Channel) -> Any:
        return call.ring(offers).answers

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna, ben = desk.phones["anna"].next_call(), desk.phones["ben"].next_call()
        anna.ring()
        ben.ring()
        controller.do(lambda: controller.link.sock.shutdown(2))
        wait_until(lambda: controller.link.health().connections == 2, 5, "the link does not come back")
        anna.decline(486)
        ben.answer()
        wait_until(lambda: "play_and_get_digits" in switch.api("show channels"), 5, "not asked")
        ben.press("1")
        anna_said, ben_said = controller.next().values()
        assert ben_said is Answer.ACCEPTED
        # Whether the link heard her decline, or found her leg gone, is chance.
        assert anna_said in (Answer.BUSY, Answer.UNREACHABLE)
        call.hang_up()


def test_a_phone_that_declined_while_no_controller_was_there_is_not_rung_again(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk
) -> None:
    offers = [desk.offer("anna"), desk.offer("ben")]
    stretches: queue.Queue[None] = queue.Queue()
    gate: queue.Queue[None] = queue.Queue()

    def flow(call: Channel) -> Any:
        stretches.put(None)
        if stretches.qsize() == 2:
            gate.get()
        return call.ring(offers).answers

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna, ben = desk.phones["anna"].next_call(), desk.phones["ben"].next_call()
        anna.ring()
        ben.ring()
        controller.do(lambda: [one.hand_on() for one in list(controller.server._sessions)])
        assert isinstance(controller.next(), HandedOn)
        wait_until(lambda: stretches.qsize() == 2, 5, "did not come again")
        anna.decline(486)
        wait_until(lambda: switch.api(f"uuid_exists {offers[0].id}") == "false", 5, "the leg stays")
        gate.put(None)
        wait_until(lambda: controller.do(lambda: offers[1].id in controller.link._watched), 5, "not followed")
        ben.decline(486)
        assert controller.next() == {offers[0].id: Answer.NO_ANSWER, offers[1].id: Answer.BUSY}
        assert [desk.phones[name].calls_came for name in ("anna", "ben")] == [1, 1]
        call.hang_up()


def test_the_switch_knows_of_a_conversation_whose_controller_died_before_it_wrote_it_down(
    switch: Switch, tmp_path: Path, caller: Softphone, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = desk.offer("anna")
    monkeypatch.setattr(_Follower, "_joined", lambda self, at: None)

    def flow(call: Channel) -> Any:
        if call.mark.phase.name == "talking":
            return call.conversation
        accepted = call.ring([offer]).accepted
        assert accepted is not None
        return call.join(accepted)

    with ControllerThread(switch, tmp_path, flow) as controller:
        call = caller.dial(CLINIC)
        anna = desk.phones["anna"].next_call()
        anna.answer()
        assert isinstance(controller.next(), Talking)
        talk(call, anna)
        anna.hang_up()
        conversation = controller.next()
        assert conversation.offer == offer.id
        assert 0 < conversation.seconds < 20
        call.hang_up()

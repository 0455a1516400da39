"""Ringing, keys, music, recording: what a controller does on the link and on the call."""

from __future__ import annotations

import json
import uuid
import wave
from pathlib import Path

from tests.freeswitch.event_socket import ControlledCall
from tests.scenarios.lab import Lab, Party

DIGITS = "1 1 1 4000 # tone_stream://%(8000,0,400) silence_stream://10 digits [0-9]"


def _answered(lab: Lab) -> tuple[Party, ControlledCall]:
    caller = lab.dial()
    call = lab.controller.next_call()
    call.execute("answer")
    return caller, call


def _seconds(path: Path) -> float:
    """How long a recording is; its file is complete only a moment after the event."""
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def test_an_id_rings_once(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB")
    leg = str(uuid.uuid4())
    phone = lab.phone("101")
    lab.ring(link, phone, leg)
    link.command(f"bgapi originate {{origination_uuid={leg}}}{phone.destination} &park\nJob-UUID: again")
    refused = link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "again"})
    assert refused["_body"] == "-ERR DESTINATION_OUT_OF_ORDER\n"
    assert lab.api(f"uuid_exists {leg}") == "true"


def test_press_one_to_accept(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB", "CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "DTMF")
    leg = str(uuid.uuid4())
    rung = lab.ring(link, lab.phone("101"), leg)
    link.execute("play_and_get_digits", DIGITS, uuid=leg, wait=None)
    link.wait_for("CHANNEL_EXECUTE", Application="play_and_get_digits")
    rung.press("1")
    done = link.wait_for("CHANNEL_EXECUTE_COMPLETE", Application="play_and_get_digits")
    assert (done["variable_digits"], done["variable_read_result"]) == ("1", "success")
    assert link.wait_for("DTMF")["DTMF-Digit"] == "1"


def test_a_parked_leg_ends_itself(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB", "CHANNEL_HANGUP_COMPLETE")
    leg = str(uuid.uuid4())
    rung = lab.ring(link, lab.phone("101"), leg, "park_timeout=1")
    rung.wait_ended(4)
    link.wait_for("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": leg})


def test_what_a_phone_answers(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB")
    phone = lab.phone("101")
    for status, cause in ((486, "USER_BUSY"), (603, "CALL_REJECTED")):
        link.command(f"bgapi originate {phone.destination} &park\nJob-UUID: {status}")
        rung = phone.next_call()
        rung.ring()
        rung.decline(status)
        assert link.wait_for("BACKGROUND_JOB", **{"Job-UUID": str(status)})["_body"] == f"-ERR {cause}\n"
    link.command(f"bgapi originate {{originate_timeout=1}}{phone.destination} &park\nJob-UUID: late")
    rung = phone.next_call()
    rung.ring()
    assert link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "late"})["_body"] == "-ERR NO_ANSWER\n"
    rung.wait_ended()


def test_a_phone_that_rings_can_be_called_off(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB", "CHANNEL_PROGRESS")
    phone = lab.phone("101")
    leg = str(uuid.uuid4())
    link.command(f"bgapi originate {{origination_uuid={leg}}}{phone.destination} &park\nJob-UUID: off")
    rung = phone.next_call()
    rung.ring()
    link.wait_for("CHANNEL_PROGRESS", **{"Unique-ID": leg})
    assert lab.api(f"uuid_kill {leg} ORIGINATOR_CANCEL") == "+OK"
    assert link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "off"})["_body"] == "-ERR ORIGINATOR_CANCEL\n"
    rung.wait_ended()


def test_legs_can_be_reconciled_with_show_channels(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB")
    leg = str(uuid.uuid4())
    lab.ring(link, lab.phone("101"), leg, "careline_offer=seven")
    lab.wait_until(lambda: '"row_count":1' in lab.api("show channels as json"), "the leg is not listed")
    rows = json.loads(lab.api("show channels as json"))["rows"]
    assert [(row["uuid"], row["direction"], row["callstate"]) for row in rows] == [(leg, "outbound", "ACTIVE")]
    assert lab.api(f"uuid_getvar {leg} careline_offer") == "seven"


def test_keys_during_endless_playback_leak_into_the_next_question(lab: Lab) -> None:
    caller, call = _answered(lab)
    call.execute("endless_playback", "tone_stream://%(200,0,300)", wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="endless_playback")
    caller.press("7")
    lab.api("msleep 400")
    assert not [event for event in call.events if event["Event-Name"] == "DTMF"]
    done = call.execute("play_and_get_digits", DIGITS)
    assert done["variable_digits"] == "7"


def test_music_that_keys_do_not_end_tells_of_them_and_can_be_talked_over(lab: Lab) -> None:
    caller, call = _answered(lab)
    call.execute("set", "playback_terminators=none")
    call.command(
        "sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: tone_stream://%(600,0,300)\n"
        "loops: 1000\nEvent-UUID: music"
    )
    call.wait_for("CHANNEL_EXECUTE", **{"Application-UUID": "music"})
    caller.press("5")
    assert call.wait_for("DTMF")["DTMF-Digit"] == "5"
    call.execute("playback", "tone_stream://%(300,0,440)")
    turns = len([event for event in call.events if event.get("Application-UUID") == "music"])
    lab.wait_until(
        lambda: len([event for event in call.events if event.get("Application-UUID") == "music"]) > turns + 1,
        "the music does not go on",
    )
    lab.api(f"uuid_break {call.uuid} all")
    after = call.execute("set", "done=1")
    assert "variable_current_loop" in after
    lab.api("msleep 700")
    assert call.events[-1]["Application"] == "set"


def test_a_key_ends_a_prompt_and_the_rest_is_waited_for(lab: Lab) -> None:
    caller, call = _answered(lab)
    call.execute(
        "play_and_get_digits",
        "2 4 1 4000 # tone_stream://%(8000,0,400) silence_stream://10 digits \\d+ 2000",
        wait=None,
    )
    call.wait_for("CHANNEL_EXECUTE", Application="play_and_get_digits")
    caller.press("12#")
    done = call.wait_for("CHANNEL_EXECUTE_COMPLETE", Application="play_and_get_digits")
    assert (done["variable_digits"], done["variable_read_terminator_used"]) == ("12", "#")


def test_no_key_in_time(lab: Lab) -> None:
    _, call = _answered(lab)
    done = call.execute(
        "play_and_get_digits", "1 1 1 1000 # tone_stream://%(200,0,400) silence_stream://10 digits [0-9]"
    )
    assert "variable_digits" not in done
    assert done["variable_read_result"] == "failure"


def test_a_key_that_does_not_fit_is_told(lab: Lab) -> None:
    caller, call = _answered(lab)
    call.execute(
        "play_and_get_digits", "1 1 1 3000 # tone_stream://%(4000,0,400) silence_stream://10 digits [12]", wait=None
    )
    call.wait_for("CHANNEL_EXECUTE", Application="play_and_get_digits")
    caller.press("9")
    done = call.wait_for("CHANNEL_EXECUTE_COMPLETE", Application="play_and_get_digits")
    assert "variable_digits" not in done
    assert done["variable_digits_invalid"] == "9"


def test_a_missing_file_is_said(lab: Lab) -> None:
    _, call = _answered(lab)
    done = call.execute("playback", str(lab.folder / "missing.wav"))
    assert done["Application-Response"] == "FILE NOT FOUND"
    assert done["Answer-State"] == "answered"


def test_a_recording_outlives_its_controller_and_the_staff_leg(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB", "CHANNEL_BRIDGE", "RECORD_STOP")
    caller, call = _answered(lab)
    path = lab.folder / f"{call.uuid}.wav"
    lab.api(f"uuid_setvar {call.uuid} RECORD_STEREO true")
    assert lab.api(f"uuid_record {call.uuid} start {path}") == "+OK Success"
    leg = str(uuid.uuid4())
    rung = lab.ring(link, lab.phone("101"), leg)
    lab.api(
        f"uuid_setvar_multi {call.uuid} socket_resume=false;hangup_after_bridge=false;uuid_bridge_continue_on_cancel=true;"
        "transfer_after_bridge=careline_again:XML:careline_calls"
    )
    lab.api(f"uuid_bridge {call.uuid} {leg}")
    link.wait_for("CHANNEL_BRIDGE")
    call.close()
    lab.api("msleep 500")
    assert lab.api(f"uuid_record {call.uuid} mask {path}.other").startswith("-ERR")
    assert lab.api(f"uuid_record {call.uuid} mask {path}") == "+OK Success"
    lab.api("msleep 300")
    assert lab.api(f"uuid_record {call.uuid} unmask {path}") == "+OK Success"
    rung.hang_up()
    lab.controller.next_call(2)
    assert not [event for event in link.events if event["Event-Name"] == "RECORD_STOP"]
    caller.hang_up()
    assert link.wait_for("RECORD_STOP")["Record-File-Path"] == str(path)
    lab.controller.die()
    lab.wait_until(lambda: _seconds(path) > 0.3, "the file is too short")
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2


def test_a_message_ends_by_its_limit_in_a_file(lab: Lab) -> None:
    _, call = _answered(lab)
    path = lab.folder / f"{call.uuid}.wav"
    done = call.execute("record", f"{path} 1 200 10")
    # A real switch counts whole seconds of the clock.
    assert int(done["variable_record_ms"]) in range(800, 2300)
    lab.wait_until(lambda: _seconds(path) > 0.7, "the file is too short")


def test_whoever_listens_is_there_as_long_as_the_leg_they_listen_to(lab: Lab) -> None:
    """And may be told how to be there meanwhile: the same application again, by a transfer that names it."""
    link = lab.link("BACKGROUND_JOB", "CHANNEL_EXECUTE", "CHANNEL_HANGUP_COMPLETE")
    staff, supervisor = str(uuid.uuid4()), str(uuid.uuid4())
    heard = lab.ring(link, lab.phone("101"), staff)
    phone = lab.phone("102")
    dial = f"{{origination_uuid={supervisor},eavesdrop_enable_dtmf=false}}{phone.destination} &eavesdrop({staff})"
    link.command(f"bgapi originate {dial}\nJob-UUID: listening")
    rung = phone.next_call()
    rung.answer()
    assert link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "listening"})["_body"] == f"+OK {supervisor}\n"
    link.wait_for("CHANNEL_EXECUTE", **{"Unique-ID": supervisor, "Application": "eavesdrop"})
    assert lab.api(f"uuid_transfer {supervisor} eavesdrop:{staff} inline").startswith("+OK")
    link.wait_for("CHANNEL_EXECUTE", **{"Unique-ID": supervisor, "Application": "eavesdrop"})
    assert lab.api(f"uuid_exists {supervisor}") == "true"
    heard.hang_up()
    rung.wait_ended(4)
    link.wait_for("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": supervisor})
    assert lab.api(f"uuid_exists {supervisor}") == "false"

"""A call's life across controllers: what becomes of it when a connection breaks, with which channel variables."""

from __future__ import annotations

import uuid

from tests.freeswitch.event_socket import Connection, ControlledCall
from tests.scenarios.lab import NUMBER, Lab, Party, Rung

LONG = "tone_stream://%(20000,0,440)"
SURVIVES = (
    "socket_resume=false;hangup_after_bridge=false;uuid_bridge_continue_on_cancel=true;"
    "transfer_after_bridge=careline_again:XML:careline_calls"
)


def _answered(lab: Lab) -> tuple[Party, ControlledCall]:
    caller = lab.dial()
    call = lab.controller.next_call()
    call.execute("answer")
    return caller, call


def _joined(lab: Lab, variables: str) -> tuple[Party, ControlledCall, Rung, Connection, str]:
    """A caller and a staff leg, joined by uuid_bridge."""
    link = lab.link("BACKGROUND_JOB", "CHANNEL_BRIDGE", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE")
    caller, call = _answered(lab)
    leg = str(uuid.uuid4())
    rung = lab.ring(link, lab.phone("101"), leg)
    lab.api(f"uuid_setvar_multi {call.uuid} {variables}")
    assert lab.api(f"uuid_bridge {call.uuid} {leg}") == f"+OK {leg}"
    link.wait_for("CHANNEL_BRIDGE", **{"Unique-ID": call.uuid})
    return caller, call, rung, link, leg


def test_a_prompt_is_cut_and_the_next_controller_gets_the_call(lab: Lab) -> None:
    first, second = lab.controllers(2)
    lab.list_controllers(lab.outbound_taps[0].address)
    _, call = _answered(lab)
    call.execute("set", "bookmark=sealed")
    call.execute("playback", LONG, wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="playback")
    lab.list_controllers(lab.outbound_taps[1].address)
    first.die()
    again = second.next_call(1)
    assert again.uuid == call.uuid
    assert again.data["variable_bookmark"] == "sealed"
    assert again.data["Answer-State"] == "answered"


def test_four_deaths_in_a_row(lab: Lab) -> None:
    controllers = lab.controllers(5)
    lab.list_controllers(lab.outbound_taps[0].address)
    _, call = _answered(lab)
    for place in range(4):
        lab.list_controllers(lab.outbound_taps[place + 1].address)
        controllers[place].die()
        assert controllers[place + 1].next_call(1).uuid == call.uuid


def test_with_no_controller_left_the_backup_line_rings(lab: Lab) -> None:
    lab.api(f"db insert/careline_backup/{NUMBER}/3125550199")
    backup = lab.outside("3125550199")
    _, call = _answered(lab)
    lab.list_controllers()
    call.close()
    rung = backup.next_call()
    rung.ring()
    rung.answer()
    rung.hang_up()


def test_with_socket_resume_a_conversation_is_cut(lab: Lab) -> None:
    _, call, rung, _, _ = _joined(lab, "socket_resume=true")
    call.close()
    rung.wait_ended(2)
    assert lab.controller.next_call(2).uuid == call.uuid


def test_with_the_right_variables_a_conversation_goes_on(lab: Lab) -> None:
    _, call, rung, _, leg = _joined(lab, SURVIVES)
    call.close()
    lab.api("msleep 300")
    assert lab.api(f"uuid_exists {leg}") == "true"
    assert lab.api(f"uuid_getvar {call.uuid} bridge_uuid") == leg
    rung.hang_up()
    again = lab.controller.next_call(2)
    assert again.uuid == call.uuid
    assert again.data["variable_last_bridge_hangup_cause"] == "NORMAL_CLEARING"


def test_the_caller_who_hangs_up_takes_the_staff_leg_along(lab: Lab) -> None:
    caller, call, rung, link, leg = _joined(lab, SURVIVES)
    call.close()
    caller.hang_up()
    rung.wait_ended(2)
    link.wait_for("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": leg})


def test_music_without_socket_resume_goes_on_for_ever(lab: Lab) -> None:
    _, call = _answered(lab)
    call.execute("set", "socket_resume=false")
    call.execute("playback", LONG, wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="playback")
    call.close()
    lab.api("msleep 500")
    assert lab.api(f"uuid_exists {call.uuid}") == "true"
    assert lab.api(f"uuid_getvar {call.uuid} current_application") == "playback"


def test_the_old_connection_goes_on_and_a_new_one_comes_after_the_conversation(lab: Lab) -> None:
    _, call, rung, _, _ = _joined(lab, SURVIVES)
    call.wait_for("CHANNEL_BRIDGE")
    rung.hang_up()
    again = lab.controller.next_call(2)
    assert again.uuid == call.uuid
    assert not call.closed
    call.wait_for("CHANNEL_UNBRIDGE")


def test_closing_the_old_connection_yanks_the_call_from_the_new_one(lab: Lab) -> None:
    _, call, rung, _, _ = _joined(lab, SURVIVES)
    rung.hang_up()
    again = lab.controller.next_call(2)
    again.execute("set", "socket_resume=true")
    again.execute("playback", LONG, wait=None)
    again.wait_for("CHANNEL_EXECUTE", Application="playback")
    call.close()
    assert lab.controller.next_call(2).uuid == call.uuid


def test_a_staff_leg_that_hangs_up_at_once_does_not_take_the_caller_along(lab: Lab) -> None:
    link = lab.link("BACKGROUND_JOB", "CHANNEL_HANGUP_COMPLETE")
    _, call = _answered(lab)
    leg = str(uuid.uuid4())
    lab.ring(link, lab.phone("101"), leg)
    lab.api(f"uuid_setvar_multi {call.uuid} {SURVIVES}")
    link.api(f"uuid_bridge {call.uuid} {leg}")
    link.api("msleep 15")
    link.api(f"uuid_kill {leg}")
    link.wait_for("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": leg})
    assert lab.controller.next_call(2).uuid == call.uuid


def test_the_safe_order_before_uuid_bridge(lab: Lab) -> None:
    """Music broken, its completion awaited, variables set, then the bridge."""
    link = lab.link("BACKGROUND_JOB", "CHANNEL_BRIDGE")
    _, call = _answered(lab)
    call.execute("set", "playback_terminators=none")
    call.command(
        "sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: tone_stream://%(700,0,300)\n"
        "loops: 1000\nEvent-UUID: music"
    )
    call.wait_for("CHANNEL_EXECUTE", **{"Application-UUID": "music"})
    leg = str(uuid.uuid4())
    rung = lab.ring(link, lab.phone("101"), leg)
    link.api(f"uuid_break {call.uuid} all")
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": "music"})
    lab.api(f"uuid_setvar_multi {call.uuid} {SURVIVES}")
    link.api(f"uuid_bridge {call.uuid} {leg}")
    link.wait_for("CHANNEL_BRIDGE", **{"Unique-ID": call.uuid})
    call.close()
    rung.hang_up()
    assert lab.controller.next_call(2).uuid == call.uuid


def test_a_call_is_taken_from_a_controller_that_hangs_and_yanked_when_it_wakes(lab: Lab) -> None:
    first, second = lab.controllers(2)
    lab.list_controllers(lab.outbound_taps[0].address)
    _, call = _answered(lab)
    lab.list_controllers(lab.outbound_taps[1].address)
    lab.api(f"uuid_setvar {call.uuid} socket_resume false")
    lab.api(f"uuid_transfer {call.uuid} careline_again XML careline_calls")
    again = second.next_call(2)
    assert again.uuid == call.uuid
    again.execute("playback", LONG, wait=None)
    again.wait_for("CHANNEL_EXECUTE", Application="playback")
    first.die()
    assert second.next_call(2).uuid == call.uuid


def test_bridged_by_the_application_the_caller_comes_back_too(lab: Lab) -> None:
    """With this dialplan: an earlier measurement, with another one, lost the caller with the staff leg."""
    phone = lab.phone("101")
    _, call = _answered(lab)
    lab.api(f"uuid_setvar_multi {call.uuid} {SURVIVES}")
    call.execute("bridge", phone.destination, wait=None)
    rung = phone.next_call()
    rung.ring()
    rung.answer()
    call.wait_for("CHANNEL_BRIDGE")
    call.close()
    lab.api("msleep 300")
    assert lab.api(f"uuid_exists {call.uuid}") == "true"
    rung.hang_up()
    assert lab.controller.next_call(2).uuid == call.uuid

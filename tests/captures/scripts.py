"""What happens in each capture: short scripts that run on any lab (tests/scenarios/lab.py). `record.py` records them on a real
FreeSWITCH; tests/practice/test_captures.py runs them on the practice switch and compares.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.freeswitch.event_socket import ControlledCall
from tests.scenarios.lab import Lab

TONE = "tone_stream://%(400,0,440)"
LONG_TONE = "tone_stream://%(8000,0,440)"
DIGITS = "1 1 1 3000 # tone_stream://%(8000,0,400) silence_stream://10 digits [0-9]"
NIX = "nixevent CHANNEL_EXECUTE CHANNEL_STATE CHANNEL_CALLSTATE PRESENCE_IN CALL_UPDATE MEDIA_BUG_START MEDIA_BUG_STOP"
STAFF = "00000000-1111-4222-8333-444444444444"
STAFF_TWO = "00000000-1111-4222-8333-555555555555"


def _hangs_up(call: ControlledCall) -> None:
    """Wait for everything that comes after a hang-up."""
    call.wait_for("CHANNEL_HANGUP_COMPLETE")
    call.wait_for("text/disconnect-notice")


def menu_call(lab: Lab) -> None:
    """Answered, a prompt to its end, a menu that a key cuts short, another that times out, hang-up by the controller."""
    controller = lab.controller
    caller = lab.dial(name="Test Caller")
    call = controller.next_call()
    call.execute("answer")
    call.execute("playback", TONE)
    call.execute("play_and_get_digits", DIGITS, wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="play_and_get_digits")
    caller.press("4")
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", Application="play_and_get_digits")
    call.execute("play_and_get_digits", f"1 1 1 1000 # {TONE} silence_stream://10 digits [0-9]")
    call.execute("set", "after=1")
    call.execute("hangup", "NORMAL_CLEARING", wait=None)
    _hangs_up(call)
    caller.wait_ended()
    call.close()


def menu_call_without_noise(lab: Lab) -> None:
    """The same first steps with the events turned off that a walker does not need."""
    controller = lab.controller
    caller = lab.dial()
    call = controller.next_call()
    call.command(NIX)
    call.execute("answer")
    call.execute("playback", TONE)
    caller.hang_up()
    _hangs_up(call)
    call.close()


def prompt_cut_by_hang_up(lab: Lab) -> None:
    """The caller hangs up in the middle of a prompt, and the socket lingers."""
    controller = lab.controller
    caller = lab.dial()
    call = controller.next_call()
    call.execute("answer")
    call.execute("playback", LONG_TONE, wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="playback")
    caller.hang_up()
    _hangs_up(call)
    call.close()


def without_linger(lab: Lab) -> None:
    """The caller hangs up and the socket, which does not linger, closes."""
    controller = lab.controller
    caller = lab.dial()
    call = controller.next_call()
    call.command("nolinger")
    call.execute("answer")
    caller.hang_up()
    assert call.wait_closed()


def conversation(lab: Lab) -> None:
    """Ring a phone on the link, join with uuid_bridge, and the connection that comes after the conversation."""
    controller = lab.controller
    link = lab.link("BACKGROUND_JOB", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_HANGUP_COMPLETE")
    phone = lab.phone("101")
    caller = lab.dial(name="Test Caller")
    call = controller.next_call()
    call.execute("answer")
    link.command(
        f"bgapi originate {{origination_uuid={STAFF},origination_caller_id_number=3125550111}}{phone.destination} &park"
    )
    rung = phone.next_call()
    rung.ring()
    rung.answer()
    link.wait_for("BACKGROUND_JOB")
    link.api(
        f"uuid_setvar_multi {call.uuid} socket_resume=false;hangup_after_bridge=false;uuid_bridge_continue_on_cancel=true;"
        "transfer_after_bridge=careline_again:XML:careline_calls"
    )
    link.api(f"uuid_bridge {call.uuid} {STAFF}")
    call.wait_for("CHANNEL_BRIDGE")
    call.close()
    time.sleep(0.3)  # they talk
    rung.hang_up()
    again = controller.next_call()
    again.execute("playback", TONE)
    caller.hang_up()
    _hangs_up(again)
    again.close()
    link.wait_for("CHANNEL_HANGUP_COMPLETE", **{"Unique-ID": call.uuid})


def nesting(lab: Lab) -> None:
    """A prompt sent while another plays runs inside it; one behind a locked command waits for it."""
    controller = lab.controller
    caller = lab.dial()
    call = controller.next_call()
    call.execute("answer")
    call.execute("playback", "tone_stream://%(1500,0,440)", wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="playback")
    call.execute("playback", TONE)
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", **{"Application-Data": "tone_stream://%(1500,0,440)"})
    call.command(
        "sendmsg\ncall-command: execute\nexecute-app-name: playback\n"
        f"execute-app-arg: {TONE}\nevent-lock: true\nEvent-UUID: locked"
    )
    call.execute("set", "behind=1")
    caller.hang_up()
    _hangs_up(call)
    call.close()


def keys_during_music(lab: Lab) -> None:
    """Music that a key does not end, a prompt talked over it, and `uuid_break ... all`."""
    controller = lab.controller
    caller = lab.dial()
    call = controller.next_call()
    call.execute("answer")
    call.execute("set", "playback_terminators=none")
    call.command(
        "sendmsg\ncall-command: execute\nexecute-app-name: playback\nloops: 1000\n"
        "execute-app-arg: tone_stream://%(600,0,300)\nEvent-UUID: music"
    )
    call.wait_for("CHANNEL_EXECUTE", **{"Application-UUID": "music"})
    caller.press("5")
    call.wait_for("DTMF")
    call.execute("playback", TONE)
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", **{"Application-UUID": "music"})
    call.command(f"api uuid_break {call.uuid} all")
    call.execute("set", "music=off")
    caller.hang_up()
    _hangs_up(call)
    call.close()


def hostile_name(lab: Lab) -> None:
    """A display name with an encoded line break and a variable in it: it must forge nothing."""
    controller = lab.controller
    caller = lab.dial(name="x%0AX-Evil: yes%0AReply-Text: ${system(touch evil)}")
    call = controller.next_call()
    call.execute("answer")
    caller.hang_up()
    _hangs_up(call)
    call.close()


def link_events(lab: Lab) -> None:
    """The link of a controller: a leg that is answered, one that is declined, one that nobody answers, one that is refused."""
    link = lab.link(
        "BACKGROUND_JOB",
        "CHANNEL_CREATE",
        "CHANNEL_ANSWER",
        "CHANNEL_PARK",
        "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_HANGUP_COMPLETE",
        "DTMF",
    )
    phone = lab.phone("101")
    start = f"bgapi originate {{origination_uuid={STAFF},park_timeout=20,careline_offer=one}}{phone.destination} &park"
    link.command(f"{start}\nJob-UUID: first")
    rung = phone.next_call()
    rung.ring()
    rung.answer()
    link.wait_for("CHANNEL_PARK")
    link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "first"})
    link.command(f"{start}\nJob-UUID: second")
    link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "second"})
    link.execute("play_and_get_digits", DIGITS, uuid=STAFF, wait=None)
    lab.wait_until(lambda: lab.api(f"uuid_getvar {STAFF} current_application") == "play_and_get_digits", "no whisper")
    rung.press("1")
    link.wait_for("CHANNEL_EXECUTE_COMPLETE", Application="play_and_get_digits")
    link.api(f"uuid_kill {STAFF}")
    link.wait_for("CHANNEL_HANGUP_COMPLETE")
    link.command(f"bgapi originate {{origination_uuid={STAFF_TWO}}}{phone.destination} &park\nJob-UUID: third")
    declined = phone.next_call()
    declined.ring()
    declined.decline(486)
    link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "third"})
    link.command(f"bgapi originate {{originate_timeout=1}}{phone.destination} &park\nJob-UUID: fourth")
    unanswered = phone.next_call()
    unanswered.ring()
    link.wait_for("BACKGROUND_JOB", **{"Job-UUID": "fourth"})
    unanswered.wait_ended()
    link.command("exit")
    link.wait_closed()


def recordings(lab: Lab) -> None:
    """A message that a key ends, and a recording of the whole call with a pause."""
    controller = lab.controller
    caller = lab.dial()
    call = controller.next_call()
    call.command("event plain RECORD_START RECORD_STOP PLAYBACK_START PLAYBACK_STOP")
    call.execute("answer")
    path = str(lab.folder / "message.wav")
    call.execute("set", "playback_terminators=#")
    call.execute("record", f"{path} 30 200 5", wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="record")
    time.sleep(0.3)  # a message
    caller.press("#")
    call.wait_for("CHANNEL_EXECUTE_COMPLETE", Application="record")
    whole = str(lab.folder / "whole.wav")
    call.command(f"api uuid_setvar {call.uuid} RECORD_STEREO true")
    for action in ("start", "mask", "unmask", "stop"):
        call.command(f"api uuid_record {call.uuid} {action} {whole}")
        call.execute("playback", TONE)
    caller.hang_up()
    _hangs_up(call)
    call.close()


def takeover(lab: Lab) -> None:
    """A controller is killed while it plays a prompt: the next one gets the call."""
    first, second = lab.controllers(2)
    lab.list_controllers(lab.outbound_taps[0].address)
    caller = lab.dial()
    call = first.next_call()
    call.execute("answer")
    call.execute("set", "bookmark=here")
    call.execute("playback", LONG_TONE, wait=None)
    call.wait_for("CHANNEL_EXECUTE", Application="playback")
    lab.list_controllers(lab.outbound_taps[1].address)
    first.die()
    again = second.next_call()
    assert again.data["variable_bookmark"] == "here"
    again.execute("playback", TONE)
    caller.hang_up()
    _hangs_up(again)
    again.close()


SCRIPTS: dict[str, Callable[[Lab], None]] = {
    script.__name__: script
    for script in (
        menu_call,
        menu_call_without_noise,
        prompt_cut_by_hang_up,
        without_linger,
        conversation,
        nesting,
        keys_during_music,
        hostile_name,
        link_events,
        recordings,
        takeover,
    )
}
"""Every capture, by name."""

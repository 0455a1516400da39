"""One leg of a call on the practice switch: what it is, the commands that wait for it, and how its greenlet goes from state to
state. Knows no socket; what an application does is in applications.py, what a conversation is in conversation.py.
"""

from __future__ import annotations

import uuid as uuids
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event as Flag

from controller.practice.account import Q850, Account
from controller.practice.expansion import expand
from controller.practice.people import Person
from controller.practice.profile import SDP, Profile, final_variables, media_variables, reply_variables
from controller.practice.sound import FOR_EVER, RATE, Recording
from controller.practice.watching import Watched
from controller.practice.wire import Command, Headers

if TYPE_CHECKING:
    from controller.practice.listener import Listener
    from controller.practice.switch import PracticeSwitch

_DEEPEST = 32
"""Applications that may nest in one another."""


class Rest(Enum):
    """Why a wait ended."""

    TIME = auto()
    KEY = auto()
    DONE = auto()
    BROKEN = auto()
    GONE = auto()


class Channel(Account):
    """One leg. Its greenlet (`start`) is the only one that runs its applications; others queue commands and wake it."""

    def __init__(self, switch: PracticeSwitch, profile: Profile, variables: dict[str, str], person: Person) -> None:
        super().__init__(switch, profile, variables)
        self.person: Person = Watched(person, switch.watchers)
        self.hung_up_by_person = False
        self.begun = False
        """Its greenlet has taken it over from whoever rang it."""
        # What a command or another leg asks of the greenlet.
        self.moved = False
        """Sent elsewhere: whatever runs must end (a transfer, or a bridge by uuid_bridge)."""
        self.broken = False
        self.broadcast = False
        self.stopping_broadcast = False
        self.controlled = False
        self.queue: deque[Command] = deque()
        self.locks = 0
        self.depth = 0
        self.keys: deque[str] = deque()
        self.bridge_role = ""
        """What uuid_bridge made of this leg: "originator", "originatee" or nothing."""
        self.partner: Channel | None = None
        """Whom this leg talks with."""
        self.talk_role = ""
        self.recordings: dict[str, Recording] = {}
        self.let_go = Flag()
        """Set when no event socket controls it any more: only then is it destroyed."""
        self.gone = Flag()
        self.changed = Flag()
        """Set when it is answered or over: for whoever rings it."""
        self.actions: deque[tuple[str, str]] = deque()
        self.last_action = ("", "")
        self.keys_dialled = ""
        self.sockets: list[Listener] = []
        """The event sockets that control it."""
        self.voice_until = 0.0
        """Until when the person speaks, by the clock."""
        self.sounds: list[str] = []
        """What is being played, the innermost last."""
        self._wake = Flag()

    # --- states

    @property
    def ready(self) -> bool:
        """Whether an application may go on."""
        return not self.cause and not self.moved and self.state not in ("CS_RESET", "CS_ROUTING")

    def start(self) -> None:
        """A call from outside comes in: begin its life."""
        self.begun = True
        gevent.spawn(self._live)

    def begin(self, first: Callable[[], None] | None = None) -> None:
        """A leg that was rung goes on with its life, after `first`."""
        self.begun = True
        self.wake()
        gevent.spawn(self._begin, first)

    def _begin(self, first: Callable[[], None] | None) -> None:
        if first is not None:
            first()
        self.follow()

    def wake(self) -> None:
        """Make the greenlet look again at what it waits for."""
        self._wake.set()

    def _live(self) -> None:
        self.fire("CHANNEL_STATE")
        self.enter("CS_INIT")
        self.state = "CS_ROUTING"
        self.fire("CHANNEL_CREATE")
        self.follow()

    def follow(self) -> None:
        """The greenlet's life: from state to state until it is hung up and forgotten."""
        while not self.cause:
            if self.bridge_role:
                self.switch.conversations.meet(self)
            elif self.state == "CS_ROUTING":
                self._route()
            elif self.state == "CS_PARK":
                self.running = "CS_PARK"
                self.park()
                if self.state == "CS_PARK" and not self.moved and not self.cause:
                    self.hang_up()
            else:
                self._execute_actions()
        self._end()

    def _route(self) -> None:
        self.moved = False
        self.running = "CS_ROUTING"
        if self.profile.direction == "inbound" or self.hit_dialplan:
            self.set_callstate("RINGING")
        self.fire("CHANNEL_STATE")
        self.actions = deque(self.switch.dialplan.route(self))
        if self.cause or self.moved:
            return
        self.state = self.running = "CS_EXECUTE"
        if self.answered:
            self.set_callstate("ACTIVE")
        self.fire("CHANNEL_STATE")

    def _execute_actions(self) -> None:
        """The rest of the extension. One that runs out hangs up; a transfer or a bridge leaves the rest behind."""
        if self.running != "CS_EXECUTE":
            self.enter("CS_EXECUTE")
        self.moved = False
        while self.actions and self.state == "CS_EXECUTE" and not self.moved and not self.cause:
            application, argument = self.actions.popleft()
            self.execute(application, argument)
        if self.state == "CS_EXECUTE" and not self.moved and not self.cause:
            self.hang_up()

    def transfer(self, extension: str, context: str, dialplan: str = "XML") -> None:
        """Send the call through the dialplan, wherever it is now; "inline": `extension` is `APPLICATION:ARGUMENT` itself."""
        self.set("max_forwards", str(int(self.get("max_forwards", "70")) - 1))
        if self.get("max_forwards") == "0":
            self.hang_up("EXCHANGE_ROUTING_ERROR")
            return
        now = self.switch.clock.now()
        source = f"{int(now)}:{uuids.uuid4()}:bl_xfer:{extension}/{context}/{dialplan}"
        following = self.profile.next(now)
        following.rdnis, following.destination = self.profile.destination, extension
        following.context, following.dialplan = context, dialplan
        self.profile = following
        self.other_profile = None
        self.profile_changed()
        self.stamps["profile_start"] = now
        self.stamps.pop("bridge", None)
        self.set("signal_bond", None)
        self.moved = True
        self.bridge_role = ""
        self.state = "CS_ROUTING"
        self.fire_nothing_of_bridge()
        following.transfer_source = source
        self.remember_transfer(source)
        self.wake()

    def fire_nothing_of_bridge(self) -> None:
        """A caller taken out of a conversation takes the other side's leg down with it."""
        partner, self.partner = self.partner, None
        if partner is not None and partner.partner is self:
            partner.partner = None
            partner.hang_up("BLIND_TRANSFER")

    def remember_transfer(self, source: str) -> None:
        """Add to the variables that tell where the call has been."""
        history = self.get("transfer_history")
        if not history:
            self.set("transfer_history", source)
        else:
            self.set(
                "transfer_history", f"{history if history.startswith('ARRAY::') else 'ARRAY::' + history}|:{source}"
            )
        self.set("transfer_source", source)
        self.profile_changed()

    def hang_up(self, cause: str = "NORMAL_CLEARING", *, by_person: bool = False) -> None:
        """End this leg; nothing if it has ended."""
        if self.cause:
            return
        self.cause = cause
        self.hung_up_by_person = by_person
        self.acknowledged()
        self.state = "CS_HANGUP"
        if self.partner is not None:
            self.set("last_bridge_role", self.talk_role)
        if by_person:
            self.set("sip_term_status", "200")
            self.set("proto_specific_hangup_cause", "sip:200")
            self.set("sip_term_cause", str(Q850.get(cause, 16)))
        self.fire("CHANNEL_HANGUP")
        if by_person:
            self.set("sip_hangup_disposition", "recv_bye")
            if self.answered:
                self.set("sip_user_agent", "practice")
        self.changed.set()
        self.wake()
        if self.partner is not None:
            self.partner.wake()

    def refuse(self, cause: str) -> None:
        """The phone that is rung says no."""
        if self.answered or self.cause:
            return
        self._hear_back()
        status = {"USER_BUSY": "486", "CALL_REJECTED": "603", "NO_USER_RESPONSE": "480"}.get(cause, "503")
        self.set("sip_invite_failure_status", status)
        self.set("sip_invite_failure_phrase", "Refused")
        self.hang_up(cause, by_person=True)

    def _end(self) -> None:
        now = self.switch.clock.now()
        self.enter("CS_HANGUP")
        self.switch.conversations.left(self)
        if not self.answered and self.profile.direction == "outbound" and not self.get("sip_invite_failure_status"):
            self.set("sip_invite_failure_status", "487")
            self.set("sip_invite_failure_phrase", "Request Terminated")
        if not self.hung_up_by_person:
            self.set("sip_hangup_disposition", "send_bye" if self.answered else "send_refuse")
        for path in list(self.recordings):
            self.stop_recording(path)
        self.set("bridge_to", None)
        self.set("hangup_cause", self.cause)
        self.set("hangup_cause_q850", str(Q850.get(self.cause, 16)))
        self.profile.times["Hangup"] = now
        self.profile_changed()
        self.set_callstate("HANGUP")
        self.person.ended(self)
        self.enter("CS_REPORTING")
        self.set("digits_dialed", self.keys_dialled or "none")
        application, argument = self.last_action
        if application:
            self.set("last_app", application)
            self.set("last_arg", argument or None)
        if self.switch.bus.listening("CHANNEL_HANGUP_COMPLETE", self.uuid):
            self.stamps.setdefault("profile_start", self.stamps["start"])
            for name, value in final_variables(self.profile, self.stamps, now, self.early or self.answered).items():
                self.set(name, value)
        self.fire("CHANNEL_HANGUP_COMPLETE")
        self.gone.set()
        for listener in list(self.sockets):
            listener.hung_up()
        self.changed.set()
        if self.sockets:
            self.let_go.clear()
            self.let_go.wait()
        self.state = "CS_DESTROY"
        self.fire("CHANNEL_DESTROY")
        self.running = "CS_DESTROY"
        self.fire("CHANNEL_STATE")
        self.switch.forget(self)

    # --- media

    def early_media(self) -> None:
        """Sound before the call is answered."""
        if self.early or self.answered or self.cause:
            return
        for name, value in media_variables().items():
            self.set(name, value)
        self.set("endpoint_disposition", "EARLY MEDIA")
        self.early = True
        self._mark("Progress-Media")
        self.fire("CODEC")
        self.fire("CODEC")
        self.fire("CHANNEL_PROGRESS_MEDIA")
        self.set_callstate("EARLY")

    def answer(self) -> None:
        """The caller is answered."""
        if self.answered or self.cause:
            return
        self.early_media()
        self.answered = True
        self._mark("Answered")
        self.set("rtp_local_sdp_str", "v=0\r\no=FreeSWITCH 1 2 IN IP4 127.0.0.1\r\ns=FreeSWITCH\r\n")
        self.fire("CHANNEL_ANSWER")
        self.set("endpoint_disposition", "ANSWER")
        self.set_callstate("ACTIVE")
        self.changed.set()
        self.person.answered(self)

    def acknowledged(self) -> None:
        """By now the caller's phone has acknowledged the answer."""
        if self.answered and self.profile.direction == "inbound":
            self.set("sip_to_tag", self.uuid[:13])
            self.set("sip_cseq", "1")

    def progress(self) -> None:
        """The phone at the other end rings."""
        if not self.cause:
            self._hear_back()
            self._mark("Progress")
            self.fire("CHANNEL_PROGRESS")
            self.set_callstate("RINGING")

    def pick_up(self) -> None:
        """The phone at the other end is answered."""
        if self.answered or self.cause:
            return
        self._hear_back()
        for name, value in media_variables().items():
            self.set(name, value)
        self.set("ep_codec_string", "CORE_PCM_MODULE.PCMU@8000h@20i@64000b")
        self.set("switch_r_sdp", SDP)
        self.fire("CODEC")
        self.fire("CODEC")
        self._mark("Answered")
        self.answered = True
        self.fire("CHANNEL_ANSWER")
        self.set("endpoint_disposition", "ANSWER")
        self.set_callstate("ACTIVE")
        self.changed.set()
        self.wake()
        self.person.answered(self)

    def _hear_back(self) -> None:
        """The phone's first reply tells where it is."""
        if not self.profile.network:
            self.profile.network = "127.0.0.1"
            for name, value in reply_variables(self.uuid, self.profile.callee_number).items():
                self.set(name, value)

    def flip(self) -> None:
        """A leg that was rung and now runs something by itself shows whom it called, not who called."""
        profile = self.profile
        self.set("pre_transfer_caller_id_name", profile.name)
        self.set("pre_transfer_caller_id_number", profile.number)
        self.set("channel_cid_flipped", "true")
        profile.name, profile.number, profile.ani = profile.callee_name, profile.callee_number, profile.number
        profile.callee_name, profile.callee_number = self.get("pre_transfer_caller_id_name"), profile.ani
        self.profile_changed()

    def press(self, keys: str) -> None:
        """The person presses keys."""
        if not self.cause and (self.early or self.answered):
            self.keys.extend(keys)
            self.wake()

    def take_key(self) -> str:
        """The next key, with its event: a key that nobody takes raises none."""
        key = self.keys.popleft()
        self.keys_dialled += key
        self.fire("DTMF", [("DTMF-Digit", key), ("DTMF-Duration", "960"), ("DTMF-Source", "RTP")])
        return key

    def speak(self, seconds: float) -> None:
        """The person speaks for so long: whatever records them hears it."""
        now = self.switch.clock.now()
        self.voice_until = now + seconds
        for recording in self.recordings.values():
            recording.spoken(now, self.voice_until, 0)
        if self.partner is not None:
            for recording in self.partner.recordings.values():
                recording.spoken(now, self.voice_until, 1)
        self.wake()

    def start_recording(self, path: str, channels: int = 1) -> bool:
        """Record the call from here on; False if the file cannot be made."""
        recording = Recording(path, self.switch.clock.now(), channels)
        try:
            recording.open()
        except OSError:
            return False
        self.recordings[path] = recording
        self.fire("RECORD_START", [("Record-File-Path", path)])
        return True

    def stop_recording(self, path: str, *, message: bool = False) -> None:
        """End a recording of the whole call, or of a message."""
        recording = self.recordings.pop(path)
        seconds = recording.close(self.switch.clock.now())
        samples = int(seconds * RATE)
        size = str(44 + 2 * samples * recording.channels)
        told = [("Record-File-Path", path)]
        if message:
            self.set("record_record_file_size", size)
        else:
            self.set("record_completion_cause", "success-maxtime")
            told.append(("Record-Completion-Cause", "success-maxtime"))
        self.set("record_file_size", size)
        self.set("record_seconds", str(int(seconds)))
        self.set("record_ms", str(int(seconds * 1000)))
        self.set("record_samples", str(samples))
        self.fire("RECORD_STOP", told)

    # --- waiting, and commands that come meanwhile

    def rest(
        self,
        seconds: float,
        on_key: Callable[[str], bool] | None = None,
        *,
        ended: Callable[[], bool] | None = None,
        breakable: bool = True,
        commands: bool = True,
    ) -> Rest:
        """Wait so many of the clock's seconds, doing the commands that come: they nest in it, and its time stands still.

        `on_key` is given each key and says whether it ends the wait; without it keys stay where they are. `commands` False:
        they wait too.
        """
        clock = self.switch.clock
        until = clock.now() + seconds
        while True:
            if not self.ready:
                return Rest.GONE
            if breakable and self.broken:
                self.broken = False
                return Rest.BROKEN
            if commands and self.queue and not self.locks:
                began = clock.now()
                self.run_commands()
                until += clock.now() - began
                continue
            while on_key is not None and self.keys:
                if on_key(self.take_key()):
                    return Rest.KEY
            if ended is not None and ended():
                return Rest.DONE
            left = until - clock.now()
            if left <= 0:
                return Rest.TIME
            self._wake.clear()
            self._wake.wait(None if left == FOR_EVER else clock.wall(left))

    def command(self, command: Command) -> None:
        """Queue a `sendmsg`."""
        self.queue.append(command)
        self.wake()

    def run_commands(self) -> None:
        """Do what is queued, one after the other, unless one that runs holds the lock."""
        if self.depth > _DEEPEST:
            return
        self.depth += 1
        try:
            while self.queue and not self.locks:
                command = self.queue.popleft()
                going = self._perform(command)
                headers = [("Command", command.line.split(" ")[0]), *command.headers]
                self.fire("PRIVATE_COMMAND", before=headers, body=command.body or None)
                if not going:
                    break
        finally:
            self.depth -= 1

    def _perform(self, command: Command) -> bool:
        lock = command.get("event-lock").lower() in ("true", "yes", "on", "1")
        self.locks += lock
        try:
            match command.get("call-command"):
                case "execute":
                    self._perform_execute(command)
                case "hangup":
                    self.hang_up(command.get("hangup-cause") or "NORMAL_CLEARING")
        finally:
            self.locks -= lock
        return not self.broken

    def _perform_execute(self, command: Command) -> None:
        application = command.get("execute-app-name")
        if not application:
            return
        argument = command.get("execute-app-arg")
        if not argument and command.get("content-type").lower() == "text/plain":
            argument = command.body
        loops = int(command.get("loops") or 1)
        clock = self.switch.clock
        self.stopping_broadcast = False
        inner = self.broadcast and self.partner is None
        self.broadcast = True
        turn = 0
        while turn < loops or loops < 0:
            turn += 1
            began = clock.now()
            name = command.get("event-uuid")
            self.set("current_loop", str(turn))
            self.set("total_loops", str(loops))
            if not self.execute(application, argument, name):
                break
            if not self.ready or self.stopping_broadcast or clock.now() - began < 0.5:
                break
        self.set("current_loop", None)
        self.set("total_loops", None)
        if not inner:
            self.broadcast = False
        if self.stopping_broadcast:
            self.broadcast = False
            self.broken = True

    def stop_broadcast(self) -> None:
        """End what commands have started, loops and all."""
        if self.broadcast:
            self.stopping_broadcast = True
            self.broken = True
            self.wake()

    def execute(self, name: str, argument: str = "", uuid: str = "") -> bool:
        """Run an application to its end, between its two events. False if there is none of that name, or the call is over."""
        application = self.switch.applications.get(name)
        if self.cause and not (application is not None and application.works_after_hang_up):
            return False
        if application is None:
            self.hang_up("DESTINATION_OUT_OF_ORDER")
            return False
        if application.needs_sound:
            self.early_media()
        self.acknowledged()
        uuid = uuid or str(uuids.uuid4())
        if not self.true("app_disable_expand_variables"):
            argument = expand(argument, self.get, self.switch.api.run)
        self.set("current_application_data", argument or None)
        self.set("current_application", name)
        self.set("current_application_response", None)
        self.last_action = (name, argument)
        told: Headers = [("Application", name)]
        if argument:
            told.append(("Application-Data", argument))
        self.fire("CHANNEL_EXECUTE", [*told, ("Application-UUID", uuid)])
        self.broken = False
        application.run(self, argument)
        response = self.get("current_application_response") or "_none_"
        self.fire("CHANNEL_EXECUTE_COMPLETE", [*told, ("Application-Response", response), ("Application-UUID", uuid)])
        return True

    def park(self) -> Rest:
        """Wait for commands, until somebody takes the call elsewhere or lets go of it."""
        clock = self.switch.clock
        timeout, _, cause = self.get("park_timeout").partition(":")
        self.set("park_timeout", None)
        self.controlled = True
        self.fire("CHANNEL_PARK")
        until = clock.now() + float(timeout) if timeout else FOR_EVER
        ended = self.rest(until - clock.now(), lambda key: False, ended=lambda: not self.controlled, breakable=False)
        if ended is Rest.TIME:
            self.hang_up(cause or "NORMAL_CLEARING")
        self.controlled = False
        self.fire("CHANNEL_UNPARK")
        return ended

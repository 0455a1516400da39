"""What a leg tells of itself: its state, its variables, and the events about it. It does nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.practice.events import Event
from controller.practice.profile import Profile
from controller.practice.wire import Headers, encode, header_lines

if TYPE_CHECKING:
    from controller.practice.switch import PracticeSwitch

STATES = {
    "CS_NEW": 0,
    "CS_INIT": 1,
    "CS_ROUTING": 2,
    "CS_SOFT_EXECUTE": 3,
    "CS_EXECUTE": 4,
    "CS_EXCHANGE_MEDIA": 5,
    "CS_PARK": 6,
    "CS_CONSUME_MEDIA": 7,
    "CS_HIBERNATE": 8,
    "CS_RESET": 9,
    "CS_HANGUP": 10,
    "CS_REPORTING": 11,
    "CS_DESTROY": 12,
    "CS_NONE": 1,
}
_WITHOUT_VARIABLES = frozenset(
    {"CHANNEL_STATE", "CHANNEL_CALLSTATE", "CHANNEL_OUTGOING", "CODEC", "DTMF", "PRIVATE_COMMAND"}
)
_CODEC = header_lines(
    [
        (f"Channel-{side}-Codec-{name}", value)
        for side in ("Read", "Write")
        for name, value in (("Name", "PCMU"), ("Rate", "8000"), ("Bit-Rate", "64000"))
    ]
)
Q850 = {
    "NONE": 0,
    "UNALLOCATED_NUMBER": 1,
    "NORMAL_CLEARING": 16,
    "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19,
    "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21,
    "DESTINATION_OUT_OF_ORDER": 27,
    "NORMAL_UNSPECIFIED": 31,
    "NORMAL_TEMPORARY_FAILURE": 41,
    "RECOVERY_ON_TIMER_EXPIRE": 102,
    "NETWORK_OUT_OF_ORDER": 38,
    "OUTGOING_CALL_BARRED": 52,
    "ORIGINATOR_CANCEL": 487,
    "ALLOTTED_TIMEOUT": 602,
    "MANAGER_REQUEST": 503,
    "LOSE_RACE": 502,
    "BLIND_TRANSFER": 600,
    "USER_NOT_REGISTERED": 606,
    "EXCHANGE_ROUTING_ERROR": 25,
    "MEDIA_TIMEOUT": 604,
}
"""Hang-up causes and their Q.850 numbers."""


class Account:
    """Everything that an event about a leg says."""

    def __init__(self, switch: PracticeSwitch, profile: Profile, variables: dict[str, str]) -> None:
        self.switch = switch
        self.uuid = profile.uuid
        self.profile = profile
        self.other_profile: tuple[str, Profile] | None = None
        """("originator" or "originatee", theirs)."""
        self.state = "CS_NEW"
        """Where it is to be; `running` is where its greenlet has got to."""
        self.running = "CS_NEW"
        self.callstate = "DOWN"
        self.cause = ""
        self.answered = False
        self.early = False
        self.hit_dialplan = profile.direction == "inbound"
        self.stamps = {"start": profile.created}
        self._variables: dict[str, str] = {}
        self._lines: dict[str, str] = {}
        self._block: str | None = None
        self._profile_lines: str | None = None
        for name, value in variables.items():
            self.set(name, value)

    def get(self, name: str, default: str = "") -> str:
        """A variable's value, or one of the profile's fields by FreeSWITCH's name for it."""
        if name in self._variables:
            return self._variables[name]
        return {
            "destination_number": self.profile.destination,
            "caller_id_number": self.profile.number,
            "caller_id_name": self.profile.name,
            "context": self.profile.context,
        }.get(name, default)

    def true(self, name: str) -> bool:
        """Whether a variable says yes."""
        return self.get(name).lower() in ("true", "yes", "on", "1", "t", "y", "enabled", "active", "allow")

    def set(self, name: str, value: str | None) -> None:
        """Set a variable, or remove it (None, or nothing in it)."""
        if not value:
            if self._variables.pop(name, None) is not None:
                del self._lines[name]
                self._block = None
        elif self._variables.get(name) != value:
            self._variables[name] = value
            self._lines[name] = f"variable_{name}: {encode(value)}\n"
            self._block = None

    def variables(self) -> dict[str, str]:
        """A copy of all."""
        return dict(self._variables)

    def lines(self, name: str) -> str:
        """The header lines that an event of that name carries about this channel."""
        if self._profile_lines is None:
            self._profile_lines = self.profile.lines("Caller")
            if self.other_profile is not None:
                kind, other = self.other_profile
                self._profile_lines += f"Other-Type: {kind}\n" + other.lines("Other-Leg")
        basic = self._basic()
        if name in _WITHOUT_VARIABLES:
            return basic + self._profile_lines
        if self._block is None:
            self._block = "".join(self._lines.values())
        return basic + self._profile_lines + self._block

    def profile_changed(self) -> None:
        """Say the profile anew from the next event on."""
        self._profile_lines = None

    def fire(
        self, name: str, after: Headers | None = None, *, before: Headers | None = None, body: str | None = None
    ) -> None:
        """Fire an event about this channel."""
        bus = self.switch.bus
        heard = bus.listening(name, self.uuid)
        if not heard:
            return
        lines = bus.core(name) + header_lines(before or []) + self.lines(name) + header_lines(after or [])
        event = Event(name, lines, body, self.uuid, "", "")
        for listener in heard:
            listener.hear(event)

    def _basic(self) -> str:
        if self.cause:
            answer = "hangup"
        elif self.answered:
            answer = "answered"
        else:
            answer = "early" if self.early else "ringing"
        direction = self.profile.direction
        cause = f"Hangup-Cause: {self.cause}\n" if self.cause else ""
        codec = _CODEC if self.early or self.answered else ""
        return (
            f"Channel-State: {self.running}\nChannel-Call-State: {self.callstate}\n"
            f"Channel-State-Number: {STATES[self.state]}\nChannel-Name: {encode(self.profile.channel_name)}\n"
            f"Unique-ID: {self.uuid}\nCall-Direction: {direction}\nPresence-Call-Direction: {direction}\n"
            f"Channel-HIT-Dialplan: {'true' if self.hit_dialplan else 'false'}\n"
            f"Channel-Call-UUID: {self.get('call_uuid', self.uuid)}\nAnswer-State: {answer}\n{cause}{codec}"
        )

    @property
    def down(self) -> bool:
        """Hung up."""
        return bool(self.cause)

    def enter(self, state: str) -> None:
        """Be in a state, and say so."""
        self.state = self.running = state
        self.fire("CHANNEL_STATE")

    def set_callstate(self, callstate: str) -> None:
        """DOWN, RINGING, EARLY, ACTIVE, HANGUP."""
        if self.callstate != callstate:
            original, self.callstate = self.callstate, callstate
            self.fire("CHANNEL_CALLSTATE", before=[("Original-Channel-Call-State", original)])

    def _mark(self, what: str) -> None:
        now = self.switch.clock.now()
        self.profile.times[what] = now
        self.stamps[what.lower().replace("-", "_").replace("answered", "answer").replace("bridged", "bridge")] = now
        self.profile_changed()

    def mark(self, what: str) -> None:
        """Note the time of something the profile tells: Progress, Answered, Bridged."""
        self._mark(what)

"""Ringing phones: `originate` and the ringing half of `bridge`."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event as Flag

from controller.practice.channel import Channel
from controller.practice.profile import Profile, outbound_variables

if TYPE_CHECKING:
    from controller.practice.switch import PracticeSwitch

MOST_SECONDS = 60.0
"""How long it rings when nobody says otherwise."""


class WrongDialString(ValueError):
    """A dial string that cannot be read."""


@dataclass
class Destination:
    """One phone of a dial string: `endpoint/rest`, and the variables for its leg."""

    written: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """What is dialled: the last part, without a domain."""
        return self.written.rsplit("/", 1)[-1].split("@")[0]


def parse(dial_string: str) -> tuple[dict[str, str], list[list[Destination]]]:
    """`{all}[one]a/b,[two]c/d|e/f`: variables for all, and groups (| one after the other) of destinations (, at once)."""
    everywhere: dict[str, str] = {}
    while True:
        dial_string = dial_string.lstrip()
        if not dial_string.startswith(("{", "<")):
            break
        end = _end(dial_string, "}" if dial_string[0] == "{" else ">")
        everywhere |= _pairs(dial_string[1:end])
        dial_string = dial_string[end + 1 :]
    groups = []
    for alternative in _split(dial_string, "|"):
        group = []
        for one in _split(alternative, ","):
            variables: dict[str, str] = {}
            text = one.strip()
            while text.startswith("["):
                end = _end(text, "]")
                variables |= _pairs(text[1:end])
                text = text[end + 1 :]
            if not text:
                raise WrongDialString(dial_string)
            group.append(Destination(text, variables))
        groups.append(group)
    return everywhere, groups


def _end(text: str, closing: str) -> int:
    end = text.find(closing)
    if end < 0:
        raise WrongDialString(text)
    return end


def _split(text: str, separator: str) -> list[str]:
    """Outside of brackets."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if char == separator and not depth:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _pairs(text: str) -> dict[str, str]:
    separator = ","
    if text.startswith("^^"):
        separator, text = text[2], text[3:]
    found = {}
    for pair in re.split(rf"(?<!\\){re.escape(separator)}", text):
        name, equals, value = pair.partition("=")
        if equals:
            found[name.strip()] = value.replace("\\" + separator, separator).strip("'")
    return found


class Ringing:
    """Makes legs and rings them."""

    def __init__(self, switch: PracticeSwitch) -> None:
        self._switch = switch

    def originate(self, argument: str) -> str:
        """The API command: `DIAL &APP(ARGUMENT)`, or `DIAL EXTENSION [XML CONTEXT]`. Returns when it is answered or not."""
        dial_string, _, rest = _words(argument)
        if not rest:
            return "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>]\n"
        try:
            leg, cause = self.ring(dial_string, None)
        except WrongDialString:
            return "-ERR CHAN_NOT_IMPLEMENTED\n"
        if leg is None:
            return f"-ERR {cause}\n"
        words = rest.split(" ")
        if rest.startswith("&"):
            match = re.match(r"&([a-z_]+)(?:\((.*)\))?", rest)
            assert match is not None
            leg.flip()
            leg.actions.append((match[1], match[2] or ""))
            leg.state = "CS_EXECUTE"
        else:
            leg.hit_dialplan = True
            context = words[2] if len(words) > 2 else "default"
            leg.profile.destination, leg.profile.context = words[0], context
            leg.state = "CS_ROUTING"
        leg.begin()
        return f"+OK {leg.uuid}\n"

    def ring(self, dial_string: str, caller: Channel | None) -> tuple[Channel | None, str]:
        """Ring until somebody answers: their leg; or None and why not. A caller who hangs up meanwhile ends it."""
        everywhere, groups = parse(dial_string)
        cause = "NORMAL_TEMPORARY_FAILURE"
        for group in groups:
            leg, cause = self._ring_group(group, everywhere, caller)
            if leg is not None or (caller is not None and caller.down):
                return leg, cause
        return None, cause

    def _ring_group(
        self, group: list[Destination], everywhere: dict[str, str], caller: Channel | None
    ) -> tuple[Channel | None, str]:
        changed = Flag()
        legs: list[Channel] = []
        cause = "NORMAL_TEMPORARY_FAILURE"
        for destination in group:
            variables = {**self._inherited(caller), **everywhere, **destination.variables}
            leg, refused = self._make(destination, variables, caller)
            if leg is None:
                cause = refused
                continue
            leg.changed = changed
            legs.append(leg)
            gevent.spawn(self._ring_one, leg)
        if not legs:
            return None, cause
        seconds = self._seconds(everywhere, group, caller)
        until = self._switch.clock.now() + seconds
        if caller is not None:
            caller.changed = changed
        while True:
            answered = next((leg for leg in legs if leg.answered and not leg.down), None)
            gone = caller is not None and caller.down
            left = until - self._switch.clock.now()
            if answered is not None or gone or left <= 0 or all(leg.down for leg in legs):
                break
            changed.clear()
            changed.wait(self._switch.clock.wall(left))
        if answered is None:
            unanswered = "ORIGINATOR_CANCEL" if gone else "NO_ANSWER"
            cause = legs[0].cause if all(leg.down for leg in legs) else unanswered
        for leg in legs:
            if leg is not answered:
                leg.hang_up("LOSE_RACE" if answered is not None else cause)
        if answered is None and left > 0:
            # Refused by all: it is told when the legs are over. When time is up it is told at once.
            for leg in legs:
                leg.gone.wait()
        return answered, "SUCCESS" if answered is not None else cause

    def _seconds(self, everywhere: dict[str, str], group: list[Destination], caller: Channel | None) -> float:
        named = everywhere.get("originate_timeout") or everywhere.get("call_timeout")
        named = named or group[0].variables.get("leg_timeout") or everywhere.get("leg_timeout")
        if not named and caller is not None:
            named = caller.get("call_timeout") or caller.get("originate_timeout")
        return float(named) if named else MOST_SECONDS

    def _inherited(self, caller: Channel | None) -> dict[str, str]:
        if caller is None:
            return {}
        names = [name for name in caller.get("export_vars").split(",") if name]
        return {name: caller.get(name) for name in names}

    def _make(
        self, destination: Destination, variables: dict[str, str], caller: Channel | None
    ) -> tuple[Channel | None, str]:
        """A leg for one phone; or None and why there is none. An id that is taken is refused, and its leg untouched."""
        switch = self._switch
        wanted = variables.get("origination_uuid") or str(uuid.uuid4())
        if wanted in switch.channels:
            return None, "DESTINATION_OUT_OF_ORDER"
        person = switch.phones.reach(destination.written)
        if person is None:
            return None, "USER_NOT_REGISTERED" if destination.written.startswith(
                "user/"
            ) else "NORMAL_TEMPORARY_FAILURE"
        name = f"sofia/outside/{destination.number}"
        default = (
            caller.get("effective_caller_id_number", caller.profile.number) if caller is not None else "0000000000"
        )
        profile = Profile(
            uuid=wanted,
            channel_name=name,
            direction="outbound",
            logical="outbound",
            number=variables.get("origination_caller_id_number", default),
            name=variables.get("origination_caller_id_name", caller.profile.name if caller is not None else ""),
            callee_name="Outbound Call",
            callee_number=destination.number,
            destination=destination.number,
            source="src/switch_ivr_originate.c",
            created=switch.clock.now(),
        )
        leg = Channel(
            switch, profile, outbound_variables(wanted, name, destination.number, switch.next_session()), person
        )
        for key, value in variables.items():
            leg.set(key, value)
        switch.channels[wanted] = leg
        leg.running, leg.state = "CS_NONE", "CS_INIT"
        leg.fire("CHANNEL_OUTGOING")
        leg.enter("CS_INIT")
        leg.state = "CS_ROUTING"
        leg.fire("CHANNEL_CREATE")
        leg.fire("CHANNEL_ORIGINATE")
        leg.enter("CS_ROUTING")
        leg.enter("CS_CONSUME_MEDIA")
        return leg, ""

    def _ring_one(self, leg: Channel) -> None:
        """The leg's greenlet while it rings; when it ends unanswered, to its end."""
        leg.person.rung(leg)
        leg.rest(float("inf"), ended=lambda: leg.begun, breakable=False, commands=False)
        if not leg.begun:
            leg.follow()


def _words(argument: str) -> tuple[str, str, str]:
    """A dial string and the rest, parted at the first blank outside of brackets and quotes."""
    depth, quoted = 0, False
    for place, char in enumerate(argument):
        if char == "'":
            quoted = not quoted
        depth += (char in "{[<") - (char in "}]>")
        if char == " " and depth <= 0 and not quoted:
            return argument[:place], " ", argument[place + 1 :].strip()
    return argument, "", ""

"""A supervisor in a conversation, on one switch: their own phone is rung, and listens on our side's leg.

On that leg, and not on the caller's: it ends with the conversation, and so nobody listens to a caller who has gone on. The
supervisor's leg has its id from the order, so that it can exist only once; keys that they press do nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from controller.calls.call import Offer, Phone
from controller.freeswitch import arguments
from controller.freeswitch.arguments import Argument
from controller.freeswitch.connection import Disconnected, NoReply, Refused
from controller.freeswitch.link import Link
from controller.freeswitch.protocol import Message
from controller.queues.orders import Failure, ListenMode

log = structlog.get_logger(__name__)

RING_SECONDS = 30
"""How long the supervisor's phone rings."""
GRACE_SECONDS = 5.0
"""After which the switch should have said what came of ringing it."""

_NOT_ANSWERED = ("NO_ANSWER", "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT", "PROGRESS_TIMEOUT", "USER_BUSY", "CALL_REJECTED")

MODES = {
    ListenMode.LISTEN: {"eavesdrop_whisper_aleg": "false", "eavesdrop_whisper_bleg": "false"},
    ListenMode.WHISPER: {"eavesdrop_whisper_aleg": "false", "eavesdrop_whisper_bleg": "true"},
    ListenMode.BARGE: {"eavesdrop_whisper_aleg": "true", "eavesdrop_whisper_bleg": "true"},
}
"""What the switch is told of each. Measured on FreeSWITCH 1.10.12: with `bleg` whoever has the leg listened to hears the
supervisor, with `aleg` whoever they talk to."""


class NotListening(Exception):
    """The supervisor is not in the conversation."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.value)
        self.why = why


def leg_of(order: str) -> str:
    """The id of the supervisor's leg."""
    return Offer.make_id(order, 0, "listen")


class Listening:
    """What can be done with supervisors on one switch's link."""

    def __init__(self, link: Link, gateway: str = "careline") -> None:
        self._link = link
        self._gateway = gateway

    @property
    def link(self) -> Link:
        """The switch's."""
        return self._link

    def has(self, call: str) -> bool:
        """Whether the call is on this switch. Raises Disconnected, NoReply."""
        return self._link.api(f"uuid_exists {arguments.leg(call)}") == "true"

    def begin(self, order: str, call: str, phone: Phone, mode: ListenMode, name: str, gone: Callable[[], None]) -> None:
        """Ring a phone and let it listen to the conversation of a call; returns once it has been answered. `name`: shown on the
        phone; `gone` (which must not wait): they are no longer there. Raises NotListening."""
        leg = leg_of(order)
        try:
            command = self._originate(leg, phone, self._our_side(call), mode, name)
            over = _Over(gone)
            self._link.watch(leg, over.hear)
            try:
                said = self._link.background(command).wait(RING_SECONDS + GRACE_SECONDS)
            except BaseException:
                self._link.unwatch(leg, over.hear)
                raise
        except (arguments.ArgumentRefused, Disconnected, NoReply, Refused) as error:
            log.warning("not_listening", error=type(error).__name__)
            raise NotListening(Failure.UNREACHABLE) from error
        over.ended = lambda: self._link.unwatch(leg, over.hear)
        if not said.startswith("+OK"):
            over.ended()
            cause = said.removeprefix("-ERR").strip()
            raise NotListening(Failure.NOT_ANSWERED if cause in _NOT_ANSWERED else Failure.UNREACHABLE)

    def change(self, order: str, call: str, mode: ListenMode) -> None:
        """Be in it otherwise. Raises NotListening."""
        leg = arguments.leg(leg_of(order))
        try:
            target = self._our_side(call)
            changed = self._link.api(f"uuid_setvar_multi {leg} {arguments.settings(MODES[mode])}")
            if changed.startswith("+OK"):
                changed = self._link.api(f"uuid_transfer {leg} eavesdrop:{target} inline")
        except (Disconnected, NoReply) as error:
            raise NotListening(Failure.UNREACHABLE) from error
        if not changed.startswith("+OK"):
            raise NotListening(Failure.OVER)

    def end(self, order: str) -> None:
        """Hang up the supervisor's phone; nothing when it has been. Raises Disconnected, NoReply."""
        self._link.api(f"uuid_kill {arguments.leg(leg_of(order))} {arguments.cause('NORMAL_CLEARING')}")

    def _our_side(self, call: str) -> Argument:
        """The leg that a call is joined with."""
        found = self._link.api(f"uuid_getvar {arguments.leg(call)} {arguments.variable('signal_bond')}")
        try:
            return arguments.leg(found)
        except arguments.ArgumentRefused:
            raise NotListening(Failure.OVER) from None

    def _originate(self, leg: str, phone: Phone, target: Argument, mode: ListenMode, name: str) -> Argument:
        dial = (
            arguments.user(phone.address)
            if phone.kind == "inside"
            else arguments.trunk(phone.trunk or self._gateway, phone.address)
        )
        variables = {
            "origination_uuid": arguments.leg(leg),
            "originate_timeout": str(RING_SECONDS),
            "leg_timeout": str(RING_SECONDS),
            "app_disable_expand_variables": "true",
            "ignore_early_media": "true",
            "eavesdrop_enable_dtmf": "false",
            "eavesdrop_indicate_failed": "",
            "eavesdrop_indicate_idle": "",
            **MODES[mode],
        }
        names = {"origination_caller_id_name": name}
        return arguments.originate(dial, variables=variables, names=names, application="eavesdrop", argument=target)


class _Over:
    """Hears that the supervisor's leg has ended."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone
        self.ended: Callable[[], None] = lambda: None

    def hear(self, event: Message) -> None:
        """One of the leg's events."""
        if event.name == "CHANNEL_HANGUP":
            self.ended()
            self._gone()

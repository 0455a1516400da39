"""Calls to patients, on one switch's link: made in one breath with a note of it, so that it is known whether they were.

Once such a call is answered the dialplan hands it to a controller, as it does with calls that come in. The note is in the
switch's memory, as calls are: a switch that starts anew has neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent

from controller.callbacks import Patient, SwitchAway
from controller.calls.call import Answer
from controller.freeswitch import arguments, protocol
from controller.freeswitch.channel import BOOKMARK, CONTEXT, NUMBER, PATIENT, TAKEN
from controller.freeswitch.connection import Disconnected, NoReply, Refused
from controller.freeswitch.link import Link
from controller.freeswitch.staff import answer_of, hang_up
from controller.queues.states import Tried

NOTES = "careline_called"
"""The realm of the switch's hash that holds the ids of calls it was told to make."""
NOTED_FOR = 3600
"""Seconds for which such a note is kept: far longer than an attempt can take."""

_TRIED = {
    Answer.BUSY: Tried.BUSY,
    Answer.NO_ANSWER: Tried.NO_ANSWER,
    Answer.DECLINED: Tried.DECLINED,
    Answer.CANCELLED: Tried.UNKNOWN,
}


class CallingLink:
    """Implements `callbacks.CallingSwitch`."""

    def __init__(self, link: Link, gateway: str = "careline") -> None:
        self._link = link
        self._gateway = gateway

    @property
    def name(self) -> str:
        return self._link.name

    @property
    def up(self) -> bool:
        return self._link.up.is_set()

    def make(self, patient: Patient, told: Callable[[Tried], None]) -> None:
        """See CallingSwitch. A number that the switch cannot be given is unreachable."""
        try:
            leg = arguments.leg(patient.call)
            command = self._originate(patient)
        except arguments.ArgumentRefused:
            told(Tried.UNREACHABLE)
            return
        with _away():
            job = self._link.background(command, f"hash insert/{NOTES}/{leg}/1")
        job.tell(lambda said: self._said(said, told))
        with _away():
            self._link.api(f"sched_api +{NOTED_FOR} none hash delete/{NOTES}/{leg}")

    def _said(self, said: str | Exception, told: Callable[[Tried], None]) -> None:
        if isinstance(said, Exception) or said.startswith("+OK") or "DESTINATION_OUT_OF_ORDER" in said:
            return  # not known; answered, so that a controller has the call; there already
        gevent.spawn(told, _TRIED.get(answer_of(said.removeprefix("-ERR").strip()), Tried.UNREACHABLE))

    def _originate(self, patient: Patient) -> arguments.Argument:
        seconds = arguments.number(patient.seconds, 1, 3600)
        variables = {
            "origination_uuid": arguments.leg(patient.call),
            "originate_timeout": seconds,
            "leg_timeout": seconds,
            "ignore_early_media": "true",
            "origination_caller_id_number": patient.shown,
            # As the dialplan sets them for calls that come in.
            NUMBER: patient.shown,
            "app_disable_expand_variables": "true",
            "media_timeout": "300000",
            "media_hold_timeout": "1800000",
            "force_transfer_context": "careline_phones",
            PATIENT: patient.number,
            BOOKMARK: patient.bookmark,
        }
        return arguments.originate(
            arguments.trunk(patient.trunk or self._gateway, patient.number),
            variables=variables,
            names={"origination_caller_id_name": patient.name},
            place=arguments.extension("careline_again", CONTEXT),
        )

    def made(self, call: str) -> bool:
        """See CallingSwitch."""
        with _away():
            return self._link.api(f"hash select/{NOTES}/{arguments.leg(call)}").strip() == "1"

    def there(self, call: str) -> bool:
        """See CallingSwitch."""
        with _away():
            return self._link.api(f"uuid_exists {arguments.leg(call)}").strip() == "true"

    def end(self, call: str) -> None:
        """See CallingSwitch. One that a controller has is told there that it is over."""
        with _away():
            if self._link.api(f"uuid_getvar {arguments.leg(call)} {TAKEN}").strip() != "1":
                gevent.spawn(hang_up, self._link, call, "ORIGINATOR_CANCEL")


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (Disconnected, NoReply, Refused, protocol.CommandRefused) as error:
        raise SwitchAway(str(error) or type(error).__name__) from error

"""Calling patients back who kept their place in line: exactly one call for each attempt, whatever dies.

An attempt stands in SQL, with an agent reserved, before anything is dialled. A controller claims it there, and has the switch
note the call's id and make the call in one breath: either both were done or neither. So whoever comes after one that died knows
whether the call was made, by asking the switch that was to make it: noted, it is never made again, and only what became of it
counts. The call itself needs no controller until it is answered; then it comes to one as every call does, and goes on by its
bookmark. Knows neither FreeSWITCH nor SQL.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from controller.calls.bookmark import Bookmark, BookmarkRefused, Phase
from controller.dialling import NotDialable, costly
from controller.flows.clinic import Clinic
from controller.queues.called import CALLED, held_for
from controller.queues.states import Tried

log = structlog.get_logger(__name__)

CLAIMED_FOR = 3.0
"""Seconds for which whoever has claimed an attempt is left alone with it."""
AT_ONCE = 1.0
"""Seconds within which whoever has claimed an attempt has it dialled, or leaves it to others."""
SURE_AFTER = 1.5
"""Seconds after which a call that was made and is not on the switch is over, and not only just beginning."""


class SwitchAway(Exception):
    """The switch cannot be asked now."""


@dataclass(frozen=True)
class Attempt:
    """One call to a patient. `call`: its id. `dialled`: the clinic's number that is shown. `bookmark`: sealed, of the call that
    asked for it. `by`: the controller that has claimed it ("": none), at `since`, on `switch`."""

    place: str
    call: str
    number: str
    dialled: str
    bookmark: str
    location: str | None
    name: str
    ring_seconds: int
    by: str = ""
    switch: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Patient:
    """What a switch needs to know to call a patient. `shown`: our number, as the patient sees it. `bookmark`: sealed, for this
    call."""

    call: str
    number: str
    shown: str
    bookmark: str
    seconds: float
    trunk: str | None
    name: str = ""


class Attempts(Protocol):
    """The attempts as SQL has them (store/queues/callbacks.py)."""

    def attempts(self) -> Sequence[Attempt]: ...
    def claim(self, attempt: Attempt, switch: str) -> bool: ...
    def not_reached(self, place: str, call: str, said: Tried) -> None: ...
    def cancelled(self) -> Sequence[tuple[str, str]]: ...


class CallingSwitch(Protocol):
    """A switch on which patients are called (freeswitch/callbacks.py). Each raises SwitchAway; `make` also when it is not known
    whether it was done."""

    @property
    def name(self) -> str: ...
    @property
    def up(self) -> bool: ...
    def make(self, patient: Patient, told: Callable[[Tried], None]) -> None:
        """Note the call's id and make the call. `told` is told if it is not answered; not if the link breaks meanwhile."""

    def made(self, call: str) -> bool:
        """Whether it has noted that it was to make this call."""

    def there(self, call: str) -> bool:
        """Whether the call rings or goes on."""

    def end(self, call: str) -> None:
        """End it, if nobody has answered."""


class Preparing:
    """What to dial for an attempt, and where the call goes on: at the node at which the patient asked for it, which is told that
    it is they who are being called. `key`: the installation's."""

    def __init__(self, clinic: Clinic, key: bytes) -> None:
        self._clinic = clinic
        self._key = key

    def __call__(self, attempt: Attempt) -> Patient:
        """Raises NotToBeCalled."""
        try:
            number = self._clinic.outside_number(attempt.number, attempt.location)
            if costly(number):
                raise NotToBeCalled("a number that costs more than a call")
            mark = Bookmark.unseal(attempt.bookmark, self._key, held_for(attempt.number))
        except (NotDialable, BookmarkRefused) as error:
            raise NotToBeCalled(str(error)) from error
        mark.phase = Phase(CALLED, {"place": attempt.place})
        place = self._clinic.location(attempt.location) if attempt.location else None
        return Patient(
            call=attempt.call,
            number=number,
            shown=attempt.dialled,
            bookmark=mark.seal(self._key, attempt.call),
            seconds=attempt.ring_seconds,
            trunk=self._clinic.trunk(attempt.location),
            name=place.name if place else "",
        )


class CallingBack:
    """The patients that one controller calls. `prepare`: what to dial for an attempt; raises NotToBeCalled."""

    def __init__(
        self,
        attempts: Attempts,
        switches: Sequence[CallingSwitch],
        prepare: Callable[[Attempt], Patient],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._attempts = attempts
        self._switches = {switch.name: switch for switch in switches}
        self._prepare = prepare
        self._monotonic = monotonic
        self._claims: dict[tuple[str, str, datetime | None], float] = {}
        """Claims on attempts: since when we know of them, by our own clock, since the database's may step."""
        self._missing: dict[str, float] = {}
        """Calls that were made and are not on their switch: since when we know."""
        self._ended: set[str] = set()

    def look(self) -> None:
        """Make the calls that are to be made, and see what became of those that nobody hears of. Raises the database's errors."""
        under_way = self._attempts.attempts()
        now = self._monotonic()
        claims = {(each.call, each.by, each.since) for each in under_way}
        self._claims = {claim: self._claims.get(claim, now) for claim in claims}
        calls = {attempt.call for attempt in under_way}
        self._missing = {call: since for call, since in self._missing.items() if call in calls}
        for attempt in under_way:
            try:
                if not attempt.by:
                    self._claim(attempt)
                elif now - self._claims[attempt.call, attempt.by, attempt.since] > CLAIMED_FOR:
                    self._see_to(attempt)
            except SwitchAway:
                log.info("callback_switch_away", switch=attempt.switch)
        self._end_others()

    def _claim(self, attempt: Attempt) -> None:
        switch = next((each for each in self._switches.values() if each.up), None)
        if switch is not None:
            self._make(attempt, switch)

    def _make(self, attempt: Attempt, switch: CallingSwitch) -> None:
        begun = self._monotonic()
        if not self._attempts.claim(attempt, switch.name):
            return
        try:
            patient = self._prepare(attempt)
        except NotToBeCalled as error:
            log.warning("not_called_back", place=attempt.place, why=str(error))
            self._attempts.not_reached(attempt.place, attempt.call, Tried.FORBIDDEN)
            return
        if self._monotonic() - begun > AT_ONCE:
            return  # we were held up: somebody else may have it by now
        log.info("calls_back", place=attempt.place, call=attempt.call, switch=switch.name)

        def told(said: Tried) -> None:
            self._attempts.not_reached(attempt.place, attempt.call, said)

        switch.make(patient, told)

    def _see_to(self, attempt: Attempt) -> None:
        """A call that somebody had made, or was about to: who may have died since, or have missed what became of it."""
        switch = self._switches.get(attempt.switch)
        if switch is None or not switch.up:
            return
        if switch.there(attempt.call):
            self._missing.pop(attempt.call, None)
            return
        if not switch.made(attempt.call):
            self._missing.pop(attempt.call, None)
            self._make(attempt, switch)
        elif self._monotonic() - self._missing.setdefault(attempt.call, self._monotonic()) > SURE_AFTER:
            self._attempts.not_reached(attempt.place, attempt.call, Tried.UNKNOWN)

    def _end_others(self) -> None:
        """Patients who are being called for a place that somebody has ended."""
        ended = self._attempts.cancelled()
        self._ended &= {call for call, _ in ended}
        for call, name in ended:
            switch = self._switches.get(name)
            if call in self._ended or switch is None or not switch.up:
                continue
            try:
                switch.end(call)
            except SwitchAway:
                continue
            self._ended.add(call)


class NotToBeCalled(Exception):
    """The dial rules do not allow this number, or there is no telling where the call would go on."""

"""Careline as it runs, twice: controllers as processes on a practice switch and on a real FreeSWITCH; no scenario can tell which.

People are told what to do: callers outside, and staff at their desk phones and on their mobiles.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tests.freeswitch.installation import MOBILE, NUMBER, Installation
from tests.freeswitch.softphone import PhoneCall, Softphone, talk
from tests.freeswitch.switch import wait_until
from tests.scenarios.practice_process import PracticeProcess

PATIENCE = 10.0


class Party(ABC):
    """Somebody's side of a call."""

    @abstractmethod
    def press(self, keys: str) -> None: ...
    @abstractmethod
    def hang_up(self) -> None: ...
    @abstractmethod
    def answer(self) -> None: ...
    @abstractmethod
    def decline(self) -> None: ...
    @property
    @abstractmethod
    def ended(self) -> bool: ...

    def wait_ended(self) -> None:
        """Raises AssertionError when it goes on."""
        wait_until(lambda: self.ended, PATIENCE, "it does not end")


class World(ABC):
    """Where a scenario takes place. `name` says on which switch."""

    name: str

    def __init__(self, installation: Installation) -> None:
        self.clinic = installation

    @abstractmethod
    def dial(self, caller: str = "+13125550142") -> Party:
        """Somebody outside calls the clinic, and is answered."""

    @abstractmethod
    def rung(self, phone: str, seconds: float = PATIENCE) -> Party:
        """The next call that comes to a phone; it rings. Raises AssertionError when none does."""

    @abstractmethod
    def times_rung(self, phone: str) -> int:
        """How often a phone was rung so far."""

    @abstractmethod
    def talk(self, one: Party, other: Party) -> None:
        """Wait until they hear each other. Raises AssertionError when they do not."""

    @abstractmethod
    def wait_asked(self, staff: Party) -> None:
        """Until whoever answered is being asked something."""

    def nothing_left(self) -> None:
        """Wait until nobody is on the switch. Raises AssertionError when somebody stays."""
        wait_until(
            lambda: self.clinic.switch.api("show channels count").strip().startswith("0 "), PATIENCE, "a channel stays"
        )


class PracticeWorld(World):
    """On a practice switch that is a process of its own."""

    name = "practice"

    def __init__(self, installation: Installation, switch: PracticeProcess) -> None:
        super().__init__(installation)
        self._switch = switch
        self._taken: set[str] = set()
        for phone in ("1001", "1002", MOBILE, MOBILE.lstrip("+")):
            switch.do("phone", number=phone, manner="waits", talks=None)

    def dial(self, caller: str = "+13125550142") -> Party:
        return _PracticeParty(self._switch, str(self._switch.do("call", number=NUMBER, caller=caller)))

    def rung(self, phone: str, seconds: float = PATIENCE) -> Party:
        found: list[str] = []

        def there() -> bool:
            found[:] = [leg["call"] for leg in self._legs(phone) if leg["call"] not in self._taken]
            return bool(found)

        wait_until(there, seconds, f"{phone} is not rung")
        self._taken.add(found[0])
        return _PracticeParty(self._switch, found[0])

    def _legs(self, phone: str) -> list[dict[str, Any]]:
        return self._switch.legs(phone.lstrip("+"))

    def times_rung(self, phone: str) -> int:
        number = phone.lstrip("+")
        return sum(
            event["Channel-Name"].rpartition("/")[2].partition("@")[0].lstrip("+") == number
            for event in self._switch.seen("CHANNEL_CREATE")
            if event["Call-Direction"] == "outbound"
        )

    def talk(self, one: Party, other: Party) -> None:
        assert isinstance(one, _PracticeParty)
        assert isinstance(other, _PracticeParty)

        def together() -> bool:
            return any(leg["call"] == one.leg and leg["talking_with"] == other.leg for leg in self._switch.do("legs"))

        wait_until(together, PATIENCE, "they do not hear each other")

    def wait_asked(self, staff: Party) -> None:
        assert isinstance(staff, _PracticeParty)
        wait_until(
            lambda: any(leg["call"] == staff.leg and leg["sounds"] for leg in self._switch.do("legs")),
            PATIENCE,
            "nothing is asked",
        )


class _PracticeParty(Party):
    def __init__(self, switch: PracticeProcess, leg: str) -> None:
        self._switch = switch
        self.leg = leg

    def press(self, keys: str) -> None:
        self._switch.do("press", call=self.leg, keys=keys)

    def hang_up(self) -> None:
        self._switch.do("hang up", call=self.leg)

    def answer(self) -> None:
        self._switch.do("answer", call=self.leg)

    def decline(self) -> None:
        self._switch.do("decline", call=self.leg)

    @property
    def ended(self) -> bool:
        return all(leg["call"] != self.leg for leg in self._switch.do("legs"))


class RealWorld(World):
    """On a real FreeSWITCH, with softphones."""

    name = "freeswitch"

    def __init__(self, installation: Installation) -> None:
        super().__init__(installation)
        self._phones = {
            "1001": installation.phone("1001"),
            "1002": installation.phone("1002"),
            MOBILE: installation.carrier(),
        }
        self._callers: list[Softphone] = []

    def dial(self, caller: str = "+13125550142") -> Party:
        phone = Softphone(self.clinic.switch.outside, caller)
        self._callers.append(phone)
        call = phone.dial(NUMBER)
        call.wait_answered(PATIENCE)
        return RealParty(call)

    def rung(self, phone: str, seconds: float = PATIENCE) -> Party:
        call = self._phones[phone].next_call(seconds)
        call.ring()
        return RealParty(call)

    def times_rung(self, phone: str) -> int:
        return self._phones[phone].calls_came

    def talk(self, one: Party, other: Party) -> None:
        assert isinstance(one, RealParty)
        assert isinstance(other, RealParty)
        talk(one.call, other.call)

    def wait_asked(self, staff: Party) -> None:
        assert isinstance(staff, RealParty)
        staff.call.sound.wait_for_sound(PATIENCE)

    def close(self) -> None:
        """End what callers there are."""
        for phone in self._callers:
            phone.close()


class RealParty(Party):
    """A side of a call on a softphone."""

    def __init__(self, call: PhoneCall) -> None:
        self.call = call

    def press(self, keys: str) -> None:
        self.call.press(keys)

    def hang_up(self) -> None:
        self.call.hang_up()

    def answer(self) -> None:
        self.call.answer()

    def decline(self) -> None:
        self.call.decline()

    @property
    def ended(self) -> bool:
        return self.call.ended


def until(true: Callable[[], object], complaint: str, seconds: float = 15.0) -> None:
    """Ask until it is true; `complaint` otherwise."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)

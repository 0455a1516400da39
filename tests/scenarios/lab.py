"""One telephone world for scenarios, twice: on the practice switch and on a real FreeSWITCH. A scenario cannot tell which.

Both have a caller outside, phones that the switch rings, a stand-in controller, and control sockets; every event socket passes
through a recording proxy (tests/captures/tap.py).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from controller.practice.channel import Channel
from controller.practice.staff import Habit, Manner
from controller.practice.switch import PracticeSwitch
from tests.captures.tap import Tap
from tests.freeswitch.event_socket import Connection, StandInController, connect
from tests.freeswitch.softphone import PhoneCall, Softphone
from tests.freeswitch.switch import PASSWORD, SECRET, Switch

NUMBER = "3125550100"
CALLER = "3125550111"
PATIENCE = 5.0


class Party(Protocol):
    """Somebody's side of a call: the caller's, or that of a phone that is rung."""

    def press(self, keys: str) -> None: ...
    def hang_up(self) -> None: ...
    def wait_answered(self, timeout: float = PATIENCE) -> None: ...
    def wait_ended(self, timeout: float = PATIENCE) -> object: ...


class Rung(Party, Protocol):
    """A phone that is being rung."""

    def ring(self) -> None: ...
    def answer(self) -> None: ...
    def decline(self, status: int = 603) -> None: ...


class Phone(Protocol):
    """A phone the switch can ring: `destination` for a dial string."""

    destination: str

    def next_call(self, timeout: float = PATIENCE) -> Rung: ...


class Lab(ABC):
    """What a scenario works with. Seconds are the wall clock's."""

    name: str
    folder: Path

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._controllers: list[StandInController] = []
        self._links: list[Connection] = []
        self._closing: list[Callable[[], object]] = []
        self.outbound_taps: list[Tap] = []
        self.link_taps: list[Tap] = []
        self._plain: Connection | None = None

    @property
    def controller(self) -> StandInController:
        """The first controller."""
        return self._controllers[0]

    def controllers(self, count: int) -> list[StandInController]:
        """So many new controllers, listed on the switch in this order; those before are gone."""
        self._end_controllers()
        self._controllers = [StandInController() for _ in range(count)]
        self.outbound_taps = [Tap(controller.address, "switch") for controller in self._controllers]
        self.list_controllers(*(tap.address for tap in self.outbound_taps))
        return self._controllers

    def list_controllers(self, *addresses: str) -> None:
        """Make these the controllers that calls are handed to."""
        for place in range(8):
            self.api(f"hash delete/careline_controllers/{place}")
        for place, address in enumerate(addresses):
            self.api(f"hash insert/careline_controllers/{place}/{address}")

    def link(self, *events: str) -> Connection:
        """A control socket of one's own, subscribed to these events."""
        host, port = self.event_socket()
        tap = Tap(f"{host}:{port}", "controller")
        self.link_taps.append(tap)
        address, _, tapped = tap.address.rpartition(":")
        connection = connect(address, int(tapped), PASSWORD)
        self._links.append(connection)
        if events:
            connection.command("event plain " + " ".join(events))
        return connection

    def api(self, command: str) -> str:
        """Run an API command; its answer."""
        if self._plain is None or self._plain.closed:
            self._plain = connect(*self.event_socket(), PASSWORD)
        return self._plain.api(command)

    def ring(self, link: Connection, phone: Phone, leg: str, variables: str = "") -> Rung:
        """Ring a phone on the link, as a controller rings staff, until it is answered and parked."""
        more = f",{variables}" if variables else ""
        link.command(f"bgapi originate {{origination_uuid={leg}{more}}}{phone.destination} &park\nJob-UUID: {leg}")
        rung = phone.next_call()
        rung.ring()
        rung.answer()
        link.wait_for("BACKGROUND_JOB", **{"Job-UUID": leg})
        return rung

    def wait_until(self, true: Callable[[], object], complaint: str, timeout: float = PATIENCE) -> None:
        """Ask until it is true."""
        deadline = time.monotonic() + timeout
        while not true():
            assert time.monotonic() < deadline, complaint
            time.sleep(0.01)

    def clear(self) -> None:
        """Leave nothing of a scenario behind."""
        self.list_controllers()
        self._end_controllers()
        for action in self._closing:
            action()
        for connection in self._links:
            connection.close()
        for tap in self.link_taps:
            tap.close()
        self._links, self._closing, self.link_taps = [], [], []
        self.api("hupall")
        self.wait_until(lambda: self.api("show channels count").startswith("0 total"), "a channel stays")

    def _end_controllers(self) -> None:
        for controller in self._controllers:
            controller.die()
        for tap in self.outbound_taps:
            tap.close()
        self._controllers, self.outbound_taps = [], []

    @abstractmethod
    def event_socket(self) -> tuple[str, int]:
        """Where the switch's event socket listens."""

    @abstractmethod
    def dial(self, number: str = NUMBER, caller: str = CALLER, name: str = "") -> Party:
        """Somebody outside dials one of our numbers."""

    @abstractmethod
    def phone(self, number: str) -> Phone:
        """A phone that does what it is told."""

    @abstractmethod
    def outside(self, number: str) -> Phone:
        """A phone out in the world, behind the trunk."""

    @abstractmethod
    def close(self) -> None:
        """End it all."""


# --- the practice switch


class PracticeParty:
    """A side of a call on the practice switch."""

    def __init__(self, leg: Channel) -> None:
        self._leg = leg

    def press(self, keys: str) -> None:
        self._leg.press(keys)

    def ring(self) -> None:
        pass  # it has rung since it came

    def answer(self) -> None:
        self._leg.pick_up()

    def decline(self, status: int = 603) -> None:
        self._leg.refuse({603: "CALL_REJECTED", 486: "USER_BUSY"}[status])

    def hang_up(self) -> None:
        self._leg.hang_up(by_person=True)

    def wait_answered(self, timeout: float = PATIENCE) -> None:
        _wait(lambda: self._leg.answered, timeout, "nobody answers")

    def wait_ended(self, timeout: float = PATIENCE) -> str:
        _wait(lambda: self._leg.down, timeout, "it does not end")
        return self._leg.cause


class PracticePhone:
    """A phone on the practice switch that rings until it is told what to do."""

    def __init__(self, switch: PracticeSwitch, number: str) -> None:
        self.destination = f"sofia/outside/{number}@127.0.0.1"
        self._switch = switch
        self._number = number
        self._taken: set[str] = set()
        switch.phones.put(number, Habit(Manner.WAITS, talks=None))

    def next_call(self, timeout: float = PATIENCE) -> PracticeParty:
        found: list[Channel] = []

        def rung() -> bool:
            found[:] = [
                leg
                for leg in self._switch.channels.values()
                if leg.profile.direction == "outbound"
                and leg.get("channel_name").endswith(f"/{self._number}")
                and leg.uuid not in self._taken
            ]
            return bool(found)

        _wait(rung, timeout, f"no call for {self._number}")
        self._taken.add(found[0].uuid)
        return PracticeParty(found[0])


class PracticeLab(Lab):
    """On the practice switch, in this process, as fast as the wall clock."""

    name = "practice"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.switch = PracticeSwitch(password=PASSWORD, secret=SECRET)
        self.switch.start()

    def event_socket(self) -> tuple[str, int]:
        return self.switch.address

    def dial(self, number: str = NUMBER, caller: str = CALLER, name: str = "") -> PracticeParty:
        leg, _ = self.switch.call(number, caller, name=name)
        return PracticeParty(leg)

    def phone(self, number: str) -> PracticePhone:
        return PracticePhone(self.switch, number)

    def outside(self, number: str) -> PracticePhone:
        return PracticePhone(self.switch, number)

    def close(self) -> None:
        if self._plain is not None:
            self._plain.close()
        self.switch.stop()


# --- a real FreeSWITCH


class RealPhone:
    """A softphone that a real switch rings."""

    def __init__(self, softphone: Softphone) -> None:
        self.softphone = softphone
        self.destination = f"sofia/outside/{softphone.number}@127.0.0.1:{softphone.port}"

    def next_call(self, timeout: float = PATIENCE) -> PhoneCall:
        return self.softphone.next_call(timeout)


class RealLab(Lab):
    """On a real FreeSWITCH with freeswitch_conf/, callers and phones over SIP and RTP."""

    name = "freeswitch"

    def __init__(self, folder: Path, binary: Path) -> None:
        super().__init__(folder / "lab")
        self._trunk = Softphone(("127.0.0.1", 9), "trunk")
        self.switch = Switch(binary, folder, {"CARELINE_TRUNK_HOST": f"127.0.0.1:{self._trunk.port}"}).start()
        self._trunk.server = ("127.0.0.1", self.switch.outside_port)

    def event_socket(self) -> tuple[str, int]:
        return "127.0.0.1", self.switch.port

    def _softphone(self, number: str) -> Softphone:
        softphone = Softphone(("127.0.0.1", self.switch.outside_port), number)
        self._closing.append(softphone.close)
        return softphone

    def dial(self, number: str = NUMBER, caller: str = CALLER, name: str = "") -> PhoneCall:
        return self._softphone(caller).dial(number, name=name)

    def phone(self, number: str) -> RealPhone:
        return RealPhone(self._softphone(number))

    def outside(self, number: str) -> RealPhone:
        return RealPhone(self._trunk)

    def close(self) -> None:
        if self._plain is not None:
            self._plain.close()
        self._trunk.close()
        self.switch.stop()


def _wait(true: Callable[[], object], timeout: float, complaint: str) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, f"{complaint} within {timeout} s"
        time.sleep(0.005)

"""A controller's place in a switch's dead-man list: the dialplan hands calls to the controllers listed there.

Each place is a key in the switch's memory that the switch itself deletes three seconds after the last beat, so that a
controller that died or hung, or whose machine is gone, drops out with nobody's help (freeswitch.md: 2.5 s measured).
"""

from __future__ import annotations

from collections.abc import Callable

REALM = "careline_controllers"
PLACES = 8
"""How many controllers a switch can list; freeswitch_conf/ reads as many."""
LIFETIME = 3
"""Seconds a place stays without a beat."""


class NoPlace(Exception):
    """Every place in the switch's list is taken by another controller."""


class Presence:
    """One controller, as listed on one switch. `beat` once a second; `leave` when no more calls are wanted."""

    def __init__(self, api: Callable[[str], str], address: str) -> None:
        """`api` runs a command on the switch and returns its answer; `address` is host:port as the switch reaches it."""
        self._api = api
        self._address = address
        self._place: int | None = None
        self._turn = 0

    def beat(self) -> None:
        """Take a place or keep it. Raises NoPlace, and whatever `api` raises."""
        if self._place is None or not self._keep(self._place):
            self._place = self._find()
        # The new deletion is scheduled before the old one is cancelled: at every moment one is pending.
        group = f"careline-{self._address}-"
        delete = f"hash delete_ifmatch/{REALM}/{self._place}/{self._address}"
        self._api(f"sched_api +{LIFETIME} {group}{self._turn} {delete}")
        self._turn = 1 - self._turn
        self._api(f"sched_del {group}{self._turn}")

    def leave(self) -> None:
        """Give the place up at once: the next call goes to another controller."""
        if self._place is not None:
            self._api(f"hash delete_ifmatch/{REALM}/{self._place}/{self._address}")
            self._place = None

    def others(self) -> bool:
        """Whether another controller is listed too. Raises what `api` raises."""
        return any(holder not in ("", self._address) for holder in map(self._holder, range(PLACES)))

    def listed(self) -> bool:
        """Whether this controller is listed now, also when another process keeps its place. Raises what `api` raises."""
        return self._address in map(self._holder, range(PLACES))

    def _keep(self, place: int) -> bool:
        self._api(f"hash insert_ifempty/{REALM}/{place}/{self._address}")
        return self._holder(place) == self._address

    def _holder(self, place: int) -> str:
        # An empty answer reaches us as "-ERR no reply".
        answer = self._api(f"hash select/{REALM}/{place}").strip()
        return "" if answer.startswith("-ERR") else answer

    def _find(self) -> int:
        holders = [self._holder(place) for place in range(PLACES)]
        if self._address in holders:
            return holders.index(self._address)
        for place, holder in enumerate(holders):
            if not holder and self._keep(place):
                return place
        raise NoPlace(f"all {PLACES} places are taken")

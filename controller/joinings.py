"""Callers in line who were joined with an agent by a controller that died before it could say that they hear each other: it is
found out by asking the switch. Otherwise the queues would take it to have come to nothing, and ring somebody else for them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from controller.queues.waiting import Superseded, Ticket


@dataclass(frozen=True)
class Joining:
    """A call whose caller and agent are about to be joined, as far as SQL knows; `offer`: the agent's who has accepted."""

    ticket: Ticket
    call: str
    offer: str


class Joinings:
    """Those of one switch."""

    def __init__(
        self,
        api: Callable[[str], str],
        joining: Callable[[], Iterable[Joining]],
        talking: Callable[[Ticket, str], None],
    ) -> None:
        """`api` runs a command on the switch and returns its answer. `joining`: those that have not moved for some seconds."""
        self._api = api
        self._joining = joining
        self._talking = talking

    def look(self) -> int:
        """Say of each pair that talks that it does; of how many it was said. Raises what `api` raises, and the database's."""
        said = 0
        for one in self._joining():
            if self._together(one.call):
                with contextlib.suppress(Superseded):
                    self._talking(one.ticket, one.offer)
                    said += 1
        return said

    def _together(self, call: str) -> bool:
        leg = self._api(f"uuid_getvar {call} bridge_uuid").strip()
        return leg.count("-") == 4 and self._api(f"uuid_exists {leg}").strip() == "true"

"""Calls that no controller holds: callers who talk, and what a controller that died has left. Their ends are noted here, so
that no row stays live, and what callers left behind (a message half said) is put where it belongs.

While a caller talks no controller holds the call. If staff hang up, it comes back as a new connection; if the caller does, the
switch's link tells. What no link told (a controller died, a link was down) is found by asking the switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from controller.calls.bookmark import BookmarkRefused
from controller.calls.departed import LeftCall
from controller.calls.journal import CallEnded, Ending, Journal

log = structlog.get_logger(__name__)

SETTLED = timedelta(seconds=3)
"""How long ago a call must have moved for a sweep to look at it: before, whoever moved it is about to tell."""
TELLING = 2.0
"""Seconds that another controller, which has just heard a caller hang up, may take to do what is to be done and say so."""


class LiveCalls(Protocol):
    """Which calls SQL takes for live (store/live.py)."""

    def on(self, switch: str, before: datetime) -> Iterable[LeftCall]:
        """Each call on the switch that has not moved since `before`."""


class Unattended:
    """The calls of one switch that nobody here holds."""

    def __init__(
        self,
        switch: str,
        api: Callable[[str], str],
        journal: Journal,
        live: LiveCalls,
        now: Callable[[], datetime],
        settle: Callable[[LeftCall], None],
        wait: Callable[[float], object],
        gone: Callable[[str], None] = lambda call: None,
    ) -> None:
        """`api` runs a command on the switch named `switch` and returns its answer. `settle` does what the node at which a
        call was left owes a caller who has gone. `wait` lets so many seconds pass. `gone` tells the queues of a call that is
        over: whoever talked with the caller is free again."""
        self._switch = switch
        self._api = api
        self._journal = journal
        self._live = live
        self._now = now
        self._settle = settle
        self._wait = wait
        self._gone = gone
        self._held: set[str] = set()

    def hold(self, call: str) -> None:
        """This controller has the call now: whoever walks it says how it ends."""
        self._held.add(call)

    def release(self, call: str) -> None:
        """This controller no longer has the call."""
        self._held.discard(call)

    def hung_up(self, call: str, cause: str) -> None:
        """The link heard a caller hang up in a conversation."""
        if call not in self._held:
            self._end(call, "caller hung up", cause)

    def sweep(self) -> int:
        """End in SQL what is no longer on the switch; how many. Raises what `api` raises."""
        missing = {left.id for left in self._left() if self._api(f"uuid_exists {left.id}").strip() != "true"}
        if not missing:
            return 0
        self._wait(TELLING)
        gone = 0
        for left in self._left():
            # Held by now: another sweep of ours has it in hand.
            if left.id in missing and left.id not in self._held:
                self.hold(left.id)
                try:
                    self._leave(left)
                finally:
                    self.release(left.id)
                gone += 1
        return gone

    def _left(self) -> list[LeftCall]:
        """Live calls that none of us holds."""
        self._journal.flush()
        return [left for left in self._live.on(self._switch, self._now() - SETTLED) if left.id not in self._held]

    def _leave(self, left: LeftCall) -> None:
        log.info("ended_unseen", call=left.id, phase=left.phase)
        if left.phase == "talking":
            self._end(left.id, "caller hung up", "")
            return
        if left.sealed:
            try:
                self._settle(left)
            except BookmarkRefused as refused:
                log.error("bookmark_refused", call=left.id, why=str(refused))
        self._end(left.id, "lost", "")

    def _end(self, call: str, ending: Ending, cause: str) -> None:
        self._journal.ended(CallEnded(call, self._now(), ending, cause))
        self._gone(call)

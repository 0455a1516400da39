"""A call reaches this controller: where it stands, and so where the walk begins.

New calls stand at the start of the flow that their number has. Calls that another controller had, or that come back from
a conversation, bring a bookmark. Knows neither FreeSWITCH nor SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from controller.calls.bookmark import Bookmark, BookmarkRefused
from controller.calls.call import Caller
from controller.calls.journal import CallBegan, Journal
from controller.flows.clinic import Clinic, NumberAnswer
from controller.flows.walker import Version, Walker

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Standing:
    """Where a call stands. Without a flow for it the mark is of no version, and the walker goes to the backup line."""

    mark: Bookmark
    number: NumberAnswer | None


class Arrivals:
    """Decides where calls stand, and tells the journal of new ones."""

    def __init__(
        self, clinic: Clinic, journal: Journal, key: bytes, controller: str, now: Callable[[], datetime]
    ) -> None:
        self._clinic = clinic
        self._journal = journal
        self._key = key
        self._controller = controller
        self._now = now

    def place(
        self,
        call: str,
        caller: Caller,
        dialled: str,
        *,
        switch: str,
        sealed: str | None = None,
        recovered: bool = False,
        test: bool = False,
    ) -> Standing:
        """Where the call stands. `sealed`: the bookmark it brings; `recovered`: the switch went down and brought the call
        back as it was when it was answered, so that the bookmark on it is old.

        A bookmark that cannot be read is as none: the caller begins again, which is better than silence.
        """
        number = self._clinic.number(dialled)
        mark = self._brought(call, sealed, recovered)
        if mark is None:
            version = self._answering(number)
            mark = Walker.beginning(version) if version is not None else Bookmark(version="", node="")
            if version is None:
                log.error("no_flow_for_number", call=call, number=number.id if number else None)
        # Also of calls that come back: a controller killed within the journal's first batch never wrote their row.
        # One that is there stays as it is.
        self._journal.began(
            CallBegan(
                call=call,
                at=self._now(),
                caller=caller.number,
                caller_name=caller.name,
                dialled=dialled,
                number=number.id if number else None,
                location=number.location if number else None,
                flow=number.flow if number else None,
                version=mark.version or None,
                switch=switch,
                controller=self._controller,
                test=test or (number is not None and number.testing),
            )
        )
        return Standing(mark, number)

    def _answering(self, number: NumberAnswer | None) -> Version | None:
        """What answers a new call: what is live of the number's flow, or of the default line's."""
        for flow in (number.flow if number is not None else None, self._clinic.default_flow()):
            if flow is not None and (version := self._clinic.live_version(flow)) is not None:
                return version
        return None

    def _brought(self, call: str, sealed: str | None, recovered: bool) -> Bookmark | None:
        """The bookmark a call brings, if it can be read."""
        if recovered:
            sealed = self._journal.bookmark(call) or sealed
        if sealed:
            try:
                return Bookmark.unseal(sealed, self._key, call)
            except BookmarkRefused as refused:
                log.error("bookmark_refused", call=call, why=str(refused))
        return None

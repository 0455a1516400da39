"""`careline call watch`: calls being walked, a line for each step, as they happen."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import gevent
from gevent.event import Event
from sqlalchemy import select

from controller import heartbeat
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.models import CallRecord, CallStep
from flow_editor.calls.service import Titles

LATE = timedelta(seconds=60)
"""How late a journal may write a step: no look goes further back."""


@dataclass(frozen=True)
class Line:
    """What a call did: it left a node by an exit, or it ended (`ending`, with `node`, `exit` None)."""

    at: datetime
    call: str
    caller: str | None
    node: str | None
    exit: str | None
    ending: str | None = None
    seconds: float | None = None
    """How long the call took, at its end."""

    def __str__(self) -> str:
        if self.ending is not None:
            what = f"= {self.ending}, after {self.seconds:.0f} s"
        else:
            what = f"{self.node} -> {self.exit}" if self.exit else str(self.node)
        return f"{self.at.astimezone():%H:%M:%S}  {self.call[:8]}  {self.caller or 'withheld':<14} {what}"


class Watch:
    """Reads what the journal has written since the last look, whenever the bus says that there is something."""

    def __init__(self, database: Database, say: Callable[[Line], None]) -> None:
        self._database = database
        self._say = say
        self._since = datetime.now(UTC)
        self._said: set[tuple[str, int, str | None]] = set()
        """Steps with their exits (a step is told anew when a conversation has followed), and ends as step -1; only those
        that a look may find again."""

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        over, news = Event(), Event()

        def end() -> None:
            over.set()
            news.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, end)
        bus = Bus(self._database)
        bus.subscribe(lambda notice: news.set())
        bus.start()
        heartbeat.start()
        while not over.is_set():
            news.wait()
            news.clear()
            self.look()
        bus.stop()

    def look(self) -> None:
        """Say every step and every end that has not been said yet."""
        since = max(self._since, datetime.now(UTC) - LATE)
        steps = (
            select(CallStep, CallRecord)
            .join(CallRecord, CallRecord.id == CallStep.call_id)
            .where(CallStep.left_at >= since)
            .order_by(CallStep.left_at)
        )
        ends = select(CallRecord).where(CallRecord.ended_at >= since).order_by(CallRecord.ended_at)
        found: list[tuple[int, Line]] = []
        with self._database.read() as session:
            titles = Titles(session)
            for step, call in session.execute(steps):
                node = titles.node(step.version_id, step.node)
                found.append((step.step, Line(step.left_at, call.id, call.caller, node, step.exit)))
            for call in session.scalars(ends):
                assert call.ended_at is not None
                seconds = (call.ended_at - call.began_at).total_seconds()
                found.append((-1, Line(call.ended_at, call.id, call.caller, None, None, call.ending, seconds)))
        for number, line in sorted(found, key=lambda found: found[1].at):
            if (line.call, number, line.exit) not in self._said:
                self._say(line)
        self._said = {(line.call, number, line.exit) for number, line in found}

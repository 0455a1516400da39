"""How many callers are at each node now, and what calls have done there today: counted once for all browsers of a process.

Where callers are is one short query for each notice, at most ten a second. What they have done today is counted once when
somebody begins to look, and then kept up to date by the calls that moved, once a second.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import gevent
import structlog
from gevent.event import Event
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from controller.store.bus import Bus
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import CallRecord, CallStep, FlowVersion
from controller.store.notices import Notice
from controller.store.zones import midnight, zone_of
from flow_editor.calls.schemas import CallersHere, CallsToday, NodeToday

log = structlog.get_logger(__name__)

PACE = 0.1
"""Seconds between two looks at where callers are, at least."""
TODAY = 1.0
"""Seconds between two looks at what calls have done, at least."""
SLICE = timedelta(hours=1)
"""Calls that began within so long are read at once when the day is counted, and the loop turns between."""
NEWEST = timedelta(seconds=30)
"""Calls that began within so long may have begun and ended between two looks."""
HANGS_UP = "hang_up"
"""The kind of node at which a call is meant to end: nobody drops off there."""

Key = tuple[str, str, str]
"""Flow, node, and the exit; "" where the caller hung up."""


@dataclass
class _Day:
    """A day's counts: those of calls that are over, and of each call that may still move. `settled`: calls that are over, and
    have been counted for good; of those from before we began to count only the newest, which might be met again."""

    began: datetime
    over: Counter[Key] = field(default_factory=Counter)
    moving: dict[str, Counter[Key]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def settle(self, call: str) -> None:
        """This call moves no more."""
        self.over.update(self.moving.pop(call, Counter()))
        self.settled.add(call)

    def total(self) -> Counter[Key]:
        """All of them."""
        total = Counter(self.over)
        for counts in self.moving.values():
            total.update(counts)
        return total


class Overlay:
    """One per process. `follow` and `leave` say for which flows there is somebody to tell."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        tell_here: Callable[[CallersHere], None],
        tell_today: Callable[[CallsToday], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._tell_here = tell_here
        self._tell_today = tell_today
        self._now = now
        self._followed: Counter[str] = Counter()
        self._flows: dict[str, str | None] = {}
        """Version to its flow; None for one that is no published version."""
        self._here: dict[str, dict[str, int]] = {}
        self._today: dict[str, dict[str, NodeToday]] = {}
        self._day: _Day | None = None
        self._live: set[str] = set()
        self._changed = Event()
        self._unsubscribe = bus.subscribe(self._heard, CallRecord.__tablename__)
        self._looking: gevent.Greenlet[..., None] | None = None

    def stop(self) -> None:
        """Tell no more."""
        self._unsubscribe()
        if self._looking is not None:
            self._looking.kill()

    def follow(self, flow: str) -> tuple[CallersHere, CallsToday]:
        """There is somebody to tell of a flow: how it is now."""
        if not self._followed:
            self._start()
        self._followed[flow] += 1
        return (
            CallersHere(flow=flow, here=self._here.get(flow, {})),
            CallsToday(flow=flow, nodes=self._today.get(flow, {})),
        )

    def leave(self, flow: str) -> None:
        """One who followed does not any more."""
        self._followed[flow] -= 1
        if self._followed[flow] <= 0:
            del self._followed[flow]
        if not self._followed and self._looking is not None:
            self._looking.kill()
            self._looking = None

    def _start(self) -> None:
        """Nobody has looked for a while: what is known is old."""
        self._day, self._here, self._today = None, {}, {}
        try:
            with self._database.read() as session:
                self._look_where(session)
                self._count_day(session)
        except (SQLAlchemyError, DatabaseBusy) as error:
            log.warning("calls_not_counted", error=type(error).__name__)
        self._looking = gevent.spawn(self._keep_looking)

    def _heard(self, notice: Notice) -> None:
        self._changed.set()

    def _keep_looking(self) -> None:
        today_at = time.monotonic()
        while True:
            self._changed.wait()
            self._changed.clear()
            try:
                with self._database.read() as session:
                    self._look_where(session)
                    if time.monotonic() >= today_at:
                        today_at = time.monotonic() + TODAY
                        self._count_day(session)
                    elif not self._changed.is_set():
                        # The last word of a burst is counted too, a moment later.
                        gevent.spawn_later(TODAY, self._changed.set)
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("calls_not_counted", error=type(error).__name__)
            except Exception:
                log.exception("calls_not_counted")
            gevent.sleep(PACE)

    # -- where callers are

    def _look_where(self, session: Session) -> None:
        live = select(CallRecord.id, CallRecord.at_version_id, CallRecord.node).where(
            CallRecord.ended_at.is_(None), CallRecord.test.is_(False)
        )
        rows = session.execute(live).all()
        self._live = {row.id for row in rows}
        here: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for _, version, node in rows:
            flow = self._flow(session, version)
            if flow is not None and node is not None:
                here[flow][node] += 1
        before, self._here = self._here, {flow: dict(nodes) for flow, nodes in here.items()}
        for flow in self._followed:
            if self._here.get(flow, {}) != before.get(flow, {}):
                self._tell_here(CallersHere(flow=flow, here=self._here.get(flow, {})))

    def _flow(self, session: Session, version: str | None) -> str | None:
        if version is None:
            return None
        if version not in self._flows:
            self._flows[version] = session.scalar(select(FlowVersion.flow_id).where(FlowVersion.id == version))
        return self._flows[version]

    # -- what calls have done today

    def _count_day(self, session: Session) -> None:
        began = midnight(self._now(), zone_of(session, None))
        if self._day is None or self._day.began != began:
            self._day = self._first_count(session, began)
        else:
            self._count_moving(session, self._day)
        before, self._today = self._today, self._by_flow(self._day.total())
        for flow in self._followed:
            if self._today.get(flow, {}) != before.get(flow, {}):
                self._tell_today(CallsToday(flow=flow, nodes=self._today.get(flow, {})))

    def _first_count(self, session: Session, began: datetime) -> _Day:
        day = _Day(began)
        since, end = began, self._now() + timedelta(minutes=5)
        while since < end:
            until = since + SLICE
            those = (
                CallRecord.began_at >= since,
                CallRecord.began_at < until,
                CallRecord.test.is_(False),
                CallRecord.ended_at.isnot(None),
            )
            steps = (
                select(CallStep.version_id, CallStep.node, CallStep.kind, CallStep.exit, func.count().label("count"))
                .join(CallRecord, CallRecord.id == CallStep.call_id)
                .where(*those)
                .group_by(CallStep.version_id, CallStep.node, CallStep.kind, CallStep.exit)
            )
            for version, node, kind, exit, count in session.execute(steps):
                for key in self._keys(session, version, node, kind, exit):
                    day.over[key] += count
            since = until
            gevent.sleep(0)
        day.settled = self._newest(session) - self._live
        self._read_moving(session, day, self._live)
        return day

    def _count_moving(self, session: Session, day: _Day) -> None:
        """Those on the line, those that were when we last looked, and those that were too short to be seen there: of those
        that are over, once more and no more."""
        those = (self._live | day.moving.keys() | self._newest(session)) - day.settled
        self._read_moving(session, day, those)
        for call in those - self._live:
            day.settle(call)

    def _newest(self, session: Session) -> set[str]:
        newest = select(CallRecord.id).where(CallRecord.began_at > self._now() - NEWEST, CallRecord.test.is_(False))
        return set(session.scalars(newest))

    def _read_moving(self, session: Session, day: _Day, calls: Iterable[str]) -> None:
        asked = list(calls)
        for place in range(0, len(asked), 200):
            some = asked[place : place + 200]
            taken = (
                select(CallStep.call_id, CallStep.version_id, CallStep.node, CallStep.kind, CallStep.exit)
                .join(CallRecord, CallRecord.id == CallStep.call_id)
                .where(CallStep.call_id.in_(some), CallRecord.began_at >= day.began)
            )
            for call in some:
                day.moving[call] = Counter()
            for call, version, node, kind, exit in session.execute(taken):
                for key in self._keys(session, version, node, kind, exit):
                    day.moving[call][key] += 1

    def _keys(self, session: Session, version: str, node: str, kind: str, exit: str) -> list[Key]:
        flow = self._flow(session, version)
        if flow is None:
            return []
        if not exit and kind == HANGS_UP:
            return [(flow, node, HANGS_UP)]
        return [(flow, node, exit)]

    @staticmethod
    def _by_flow(counts: Mapping[Key, int]) -> dict[str, dict[str, NodeToday]]:
        found: defaultdict[str, dict[str, NodeToday]] = defaultdict(dict)
        for (flow, node, exit), count in counts.items():
            here = found[flow].setdefault(node, NodeToday(came=0, exits={}, hung_up=0))
            here.came += count
            if not exit:
                here.hung_up += count
            elif exit != HANGS_UP:
                here.exits[exit] = here.exits.get(exit, 0) + count
        return dict(found)

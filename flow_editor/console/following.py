"""Which agents have their page open in this process, and whom a notice of the bus concerns.

What concerns somebody beside their own row: the entry and the call they have in hand, looked up again whenever their row
changes; and who is to be called back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from controller.store.bus import Bus
from controller.store.engine import Database, DatabaseBusy
from controller.store.models import (
    Agent,
    CallNote,
    CallRecord,
    Entry,
    HeldPlace,
    Order,
    Phone,
    Preference,
    QueueTeam,
    TeamMember,
)
from controller.store.notices import Notice

log = structlog.get_logger(__name__)

PACE = 0.1
"""Seconds between two times that somebody is told, at least."""

OF_THE_CALL = frozenset(kind.__tablename__ for kind in (Entry, CallRecord, CallNote, Order))
OF_ALL = frozenset(kind.__tablename__ for kind in (HeldPlace, Phone, Preference, QueueTeam, TeamMember))


@dataclass(frozen=True)
class _InHand:
    """The entry and call that somebody has, and how their row and the entry stand."""

    ids: frozenset[str] = frozenset()
    standing: tuple[Any, ...] = ()


class Followers:
    """`tell` is called with the person whose page has changed."""

    def __init__(self, database: Database, bus: Bus, tell: Callable[[str], None]) -> None:
        self._database = database
        self._tell = tell
        self._people: Counter[str] = Counter()
        self._in_hand: dict[str, _InHand] = {}
        """By person."""
        self._due: set[str] = set()
        self._look_up: set[str] = set()
        self._telling: gevent.Greenlet[..., None] | None = None
        self._end = bus.subscribe(self._heard, Agent.__tablename__, *OF_THE_CALL, *OF_ALL)

    def stop(self) -> None:
        """Tell no more."""
        self._end()
        if self._telling is not None:
            self._telling.kill()

    def follow(self, person: str) -> None:
        """They have their page open, once more."""
        self._people[person] += 1
        self._look_up.add(person)
        self._soon(person)

    def leave(self, person: str) -> None:
        """They have closed it, once."""
        self._people[person] -= 1
        if self._people[person] <= 0:
            del self._people[person]
            self._in_hand.pop(person, None)

    def _heard(self, notice: Notice) -> None:
        if not self._people:
            return
        for person in list(self._people):
            if not notice.topic:
                # Notices may have been lost: it is looked, and told if anything is new.
                self._look_up.add(person)
                self._soon()
            elif notice.topic == Agent.__tablename__ and notice.key in ("", person):
                self._look_up.add(person)
                self._soon(person)
            elif self._concerns(notice, person):
                self._soon(person)

    def _concerns(self, notice: Notice, person: str) -> bool:
        if notice.topic in OF_THE_CALL:
            mine = self._in_hand.get(person, _InHand()).ids
            if notice.topic == Order.__tablename__:
                return bool(mine)  # its key is the order's own
            return notice.key in mine if notice.key else bool(mine)
        return notice.topic in OF_ALL

    def _soon(self, *people: str) -> None:
        self._due.update(people)
        if self._telling is None or self._telling.dead:
            self._telling = gevent.spawn(self._tell_on)

    def _tell_on(self) -> None:
        while self._due or self._look_up:
            due, self._due = self._due, set()
            look_up, self._look_up = self._look_up & self._people.keys(), set()
            try:
                due |= self._find(look_up) if look_up else set()
            except (SQLAlchemyError, DatabaseBusy) as error:
                log.warning("console_not_read", error=type(error).__name__)
            for person in due:
                if person in self._people:
                    self._tell(person)
            gevent.sleep(PACE)

    def _find(self, people: set[str]) -> set[str]:
        """Look up what people have in hand; those of whom it was not known so."""
        query = (
            select(Agent.person_id, Agent.generation, Entry.id, Entry.call_id, Entry.state)
            .outerjoin(Entry, Entry.id == Agent.entry_id)
            .where(Agent.person_id.in_(people))
        )
        with self._database.read() as session:
            found = {
                row.person_id: _InHand(frozenset(it for it in (row.id, row.call_id) if it), tuple(row))
                for row in session.execute(query)
            }
        before = {person: self._in_hand.get(person, _InHand()) for person in people}
        self._in_hand.update({person: found.get(person, _InHand()) for person in people})
        return {person for person in people if self._in_hand[person] != before[person]}

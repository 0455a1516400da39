"""The rows of the queues within one transaction: entries, offers and agents, read, changed, and remembered as changed.

Everything here runs with the queues that share agents locked (acting.py), so that nobody else changes them meanwhile. What was
read is nevertheless named when it is written upon: should two processes ever know the set-up differently, the second is told so
by `Raced`, keeps nothing, and begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, text, update

from controller.queues.agents import Doing
from controller.queues.states import AgentMode, EntryKind, HeldState, OfferState
from controller.store.models import Agent, Entry, HeldPlace, HelpingTeam, QueueOffer
from controller.store.notices import Notice
from controller.store.queues.setup import Setup

_ENTRIES = Entry.__table__.c
_OFFERS = QueueOffer.__table__.c
_AGENTS = Agent.__table__.c
_HELD = HeldPlace.__table__.c
_DOING = tuple(Doing.__slots__)

_ENTRY = select(Entry.__table__).where(_ENTRIES.id == bindparam("entry")).with_for_update()
_AGENT = select(Agent.__table__).where(_AGENTS.person_id == bindparam("person")).with_for_update()
_SIGNED_IN = text("SELECT person_id FROM agents WHERE mode <> 'signed_out'")
_OPEN_OFFERS = select(QueueOffer.__table__).where(_OFFERS.entry_id == bindparam("entry"), _OFFERS.ended_at.is_(None))


class Raced(Exception):
    """Somebody else has changed what this transaction goes by."""


class Rows:
    """`now`: by the database's clock. What is changed is told when it is committed: `told`."""

    def __init__(
        self,
        connection: Connection,
        setup: Setup,
        components: Sequence[str],
        now: datetime,
        expected: Mapping[str, float] = {},
        answering: dict[tuple[Any, ...], str] | None = None,
    ) -> None:
        """`expected`: the wait of whoever would come now, in seconds, of the queues of which it is known.
        `answering`: who was last found to be signed in and able to answer, by queue and skills."""
        self.connection = connection
        self.setup = setup
        self.components = frozenset(components)
        self.now = now
        self.expected = expected
        self.answering = {} if answering is None else answering
        self.entries: set[str] = set()
        """Those that stand differently from before."""
        self.agents: set[str] = set()
        self.rung: set[str] = set()
        """Agents who have been matched."""
        self.queues: set[str] = set()
        """Whose line is another one."""
        self.held = False
        """Whether held places have changed."""
        self.helping = False
        """Whether teams have come to help out, or gone."""
        self.soonest: datetime | None = None
        """The first deadline that was set."""

    def told(self) -> list[Notice]:
        """What others are to look at."""
        return [
            *(Notice(Entry.__tablename__, entry) for entry in sorted(self.entries)),
            *(Notice(Agent.__tablename__, person) for person in sorted(self.agents)),
            *([Notice(HeldPlace.__tablename__)] if self.held else []),
            *([Notice(HelpingTeam.__tablename__)] if self.helping else []),
        ]

    # -- entries

    def entry(self, id: str) -> Row[Any] | None:
        """An entry as it stands, locked."""
        return self.connection.execute(_ENTRY, {"entry": id}).one_or_none()

    def open_entry_of(self, call: str) -> Row[Any] | None:
        """The entry that a call has in some line, or is talking in; it has one at most."""
        found = select(Entry.__table__).where(_ENTRIES.call_id == call, _ENTRIES.ended_at.is_(None)).with_for_update()
        return self.connection.execute(found).one_or_none()

    def add_entry(self, row: dict[str, Any]) -> None:
        """A new entry."""
        self.connection.execute(insert(Entry), row)
        self._deadline(row["deadline_at"])
        self.entries.add(row["id"])
        self.queues.add(row["queue_id"])

    def set_entry(self, entry: Row[Any], **values: Any) -> None:
        """Change an entry. A change of state says since when."""
        if "state" in values:
            values.setdefault("since", self.now)
            values.setdefault("deadline_at", None)
        self._deadline(values.get("deadline_at"))
        self.connection.execute(update(Entry).where(_ENTRIES.id == entry.id), values)
        self.entries.add(entry.id)
        self.queues.add(entry.queue_id)

    def waited(self, entry: Row[Any]) -> float:
        """Seconds in line."""
        joined_at: datetime = entry.joined_at
        return max(0.0, (self.now - joined_at).total_seconds())

    def until(self, entry: Row[Any]) -> datetime | None:
        """When whoever waits has waited too long."""
        return self.until_in(entry.queue_id, entry.kind, entry.wanted_id, entry.entered_at)

    def until_in(
        self, queue: str, kind: EntryKind, wanted: str | None, entered_at: datetime | None = None
    ) -> datetime | None:
        """When whoever comes to a queue (by default now) has waited too long; None: never."""
        known = self.setup.queues.get(queue)
        longest = known.rules.longest(kind, wanted) if known is not None else 0
        return (entered_at or self.now) + timedelta(seconds=longest) if longest else None

    def held_place(self, entry: str) -> Row[Any] | None:
        """The place that an entry keeps, or kept."""
        return self.connection.execute(select(HeldPlace.__table__).where(_HELD.entry_id == entry)).one_or_none()

    def set_held(self, entry: str, **values: Any) -> None:
        """Change a held place."""
        self._deadline(values.get("until"))
        self._deadline(values.get("next_at"))
        self.connection.execute(update(HeldPlace).where(_HELD.entry_id == entry), values)
        self.held = True

    def end_held(self, entry: str, by: str | None = None) -> None:
        """Nobody is to be called back any more. `by`: the person who said so."""
        over = {"state": HeldState.OVER, "ended_at": self.now, "next_at": None, "ended_by": by}
        self.connection.execute(update(HeldPlace).where(_HELD.entry_id == entry, _HELD.ended_at.is_(None)), over)
        self.held = True

    # -- offers

    def offer(self, id: str) -> Row[Any] | None:
        """An offer, whatever became of it."""
        return self.connection.execute(select(QueueOffer.__table__).where(_OFFERS.id == id)).one_or_none()

    def open_offers(self, entry: str) -> Sequence[Row[Any]]:
        """Those that ring."""
        return self.connection.execute(_OPEN_OFFERS, {"entry": entry}).all()

    def end_offer(self, offer: Row[Any], state: OfferState) -> None:
        """It rings no longer."""
        done = self.connection.execute(
            update(QueueOffer).where(_OFFERS.id == offer.id, _OFFERS.ended_at.is_(None)),
            {"state": state, "ended_at": self.now},
        )
        if not done.rowcount:
            raise Raced

    # -- agents

    def agent(self, person: str) -> tuple[Doing, int] | None:
        """What somebody is doing, and its generation; None for whoever has never signed in."""
        row = self.connection.execute(_AGENT, {"person": person}).one_or_none()
        return None if row is None else doing_of(row)

    def is_signed_in(self, person: str) -> bool:
        """Whether somebody takes queues' calls now, whatever they do."""
        mode = select(_AGENTS.mode).where(_AGENTS.person_id == person)
        return self.connection.execute(mode).scalar() not in (None, AgentMode.SIGNED_OUT)

    def signed_in(self) -> frozenset[str]:
        """Everybody who takes queues' calls now, whatever they do."""
        return frozenset(person for (person,) in self.connection.execute(_SIGNED_IN).all())

    def generation_of(self, person: str) -> int:
        """Of an agent who has one."""
        found: int = self.connection.execute(select(_AGENTS.generation).where(_AGENTS.person_id == person)).scalar_one()
        return found

    def set_agent(self, person: str, doing: Doing, generation: int) -> None:
        """They do something else now. Raises Raced."""
        changed = self.connection.execute(
            update(Agent).where(_AGENTS.person_id == person, _AGENTS.generation == generation),
            {**_columns(doing), "generation": generation + 1},
        )
        if not changed.rowcount:
            raise Raced
        self._deadline(doing.deadline_at)
        self.agents.add(person)

    def new_agent(self, person: str, doing: Doing) -> None:
        """Somebody signs in for the first time."""
        self.connection.execute(insert(Agent), {"person_id": person, "generation": 0, **_columns(doing)})
        self.agents.add(person)

    @property
    def today(self) -> date:
        """The day, where the organisation is."""
        return self.now.astimezone(self.setup.zone).date()

    def _deadline(self, at: datetime | None) -> None:
        if at is not None and (self.soonest is None or at < self.soonest):
            self.soonest = at


def doing_of(row: Row[Any]) -> tuple[Doing, int]:
    """An agent's row as what they are doing, and its generation."""
    return Doing(**{name: getattr(row, name) for name in _DOING}), row.generation


def _columns(doing: Doing) -> dict[str, Any]:
    return {name: getattr(doing, name) for name in _DOING}

"""What a call in line asks of the queues: the protocol `Queues`, implemented over SQL by store/queues/.

Whoever holds a call has a `Ticket` for its entry. Everything said with a ticket counts only while its generation is the entry's:
a controller that was thought dead, and whose call another one has taken over, is told so by `Superseded` and lets go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from controller.calls.call import Answer
from controller.queues.states import EntryState, Outcome, Tried


class Superseded(Exception):
    """Another controller, or staff, have acted on the entry since: what was to be done with this ticket must not be done."""


class Refused(StrEnum):
    """Why nobody may wait here now; each is an exit of the queue node."""

    CLOSED = "closed"
    FULL = "full"
    NOBODY = "nobody"  # no agent is signed in who might ever answer
    GONE = "gone"  # the queue has been deleted


@dataclass(frozen=True)
class Wish:
    """Who wants to wait, and for whom. `rank`: 0 normal, 1 soon, 2 urgent. `required`, `preferred`: skill id to level.

    `waited_since`: from when they count as waiting, for a call that brings its time along; None: from now.
    `wanted`: only this person may answer. `sent_by`: the person who transferred the call.
    """

    queue: str
    call: str
    step: int
    caller: str | None = None
    caller_name: str = ""
    language: str = "en"
    location: str | None = None
    rank: int = 0
    required: Mapping[str, int] = field(default_factory=dict)
    preferred: Mapping[str, int] = field(default_factory=dict)
    waited_since: datetime | None = None
    wanted: str | None = None
    note: str = ""
    sent_by: str | None = None
    test: bool = False


@dataclass(frozen=True)
class Ticket:
    """A controller's hold on an entry."""

    entry: str
    generation: int


@dataclass(frozen=True)
class Ringing:
    """An agent to be rung for an entry. `id`: also of the agent's leg, so that it can exist only once."""

    id: str
    person: str
    seconds: float
    phone: str | None = None
    """Only this phone of theirs; None: their phones, in order."""


@dataclass(frozen=True)
class Wait:
    """An estimate, in seconds from now on. See estimate.py."""

    mean: float
    p50: float
    p90: float


@dataclass(frozen=True)
class Standing:
    """How an entry stands. `position`: 1 is next. `offers`: those open. `wait`: None when nothing is known."""

    ticket: Ticket
    state: EntryState
    queue: str
    joined_at: datetime
    position: int
    offers: tuple[Ringing, ...] = ()
    wait: Wait | None = None
    until: datetime | None = None
    """When they have waited too long (QueueRules.longest_seconds)."""
    outcome: Outcome | None = None
    person: str | None = None
    """Who has accepted, or answered."""


@dataclass(frozen=True)
class Outlook:
    """How it is with a queue, for whoever would come now with these skills and this rank. `agents`: signed in and able to
    answer it, whatever they do; `free`: of those, who could be rung now. `joined`: callers in the last hour."""

    open: bool
    waiting: int
    longest: float
    agents: int
    free: int
    joined: int
    wait: Wait | None = None


class Outlooks(Protocol):
    """How it is with queues: all that deciding where a call goes needs to know of them."""

    def outlook(
        self, queue: str, *, rank: int = 0, required: Mapping[str, int] = {}, preferred: Mapping[str, int] = {}
    ) -> Outlook | None:
        """None: there is no such queue."""


class Callbacks(Protocol):
    """Calling back whoever kept their place; a place is named by its entry. Raises the database's errors."""

    def allowed(self, queue: str) -> bool:
        """Whether this queue calls back now."""

    def kept(self, queue: str, number: str) -> str | None:
        """The place that is kept in this queue for a number (E.164)."""

    def withdraw(self, place: str) -> bool:
        """The patient no longer wants to be called. False: it was over already, or they are talking."""

    def reached(self, place: str, call: str, step: int) -> bool:
        """The patient, called by this call, wants to talk: the entry is the call's from now on, as if it had joined at this step;
        whoever is reserved is rung. May be said twice. False: the attempt is over by now."""

    def not_reached(self, place: str, call: str, said: Tried) -> None:
        """This call to the patient came to nothing: whoever was reserved is free. May be said by anybody, and twice."""


class Queues(Outlooks, Protocol):
    """Each is one short transaction, or a read. Raises the database's errors, and Superseded for a ticket that is old."""

    def join(self, wish: Wish) -> Standing | Refused:
        """Take a place in line, and be matched at once if somebody is free (`Standing.offers`). Said again for the same call and
        step, it finds the same entry and takes it over from whoever held it; also one that is over, with its outcome. Said for
        another step of a call, the entry of the former one is over (LOST): a call has one at most."""

    def standing(self, entry: str) -> Standing | None:
        """How it stands now; None when there is no such entry."""

    def watch(self, entry: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called whenever the entry may stand differently. Returns what ends it."""

    def answered(self, ticket: Ticket, offer: str, answer: Answer) -> Standing:
        """What became of ringing an agent. ACCEPTED claims the agent for this caller: raises Superseded when the offer is no
        longer open. After any other answer whoever is next is matched."""

    def talking(self, ticket: Ticket, offer: str) -> None:
        """They hear each other: waiting is over."""

    def not_joined(self, ticket: Ticket, offer: str) -> Standing:
        """Whoever accepted was gone before they heard each other: the caller keeps the place."""

    def talked(self, entry: str) -> None:
        """The conversation is over; the agent's wrap-up begins. May be said by anybody, and twice."""

    def leave(self, ticket: Ticket, outcome: Outcome) -> None:
        """The caller leaves the line. Agents being rung are free again."""

    def gone(self, call: str) -> None:
        """A call has ended, wherever it stood: its entry is over. May be said by anybody, and twice."""

    def announced(
        self, ticket: Ticket, *, wait: Wait | None, position: int, least: float | None, most: float | None
    ) -> None:
        """What the caller has just been told."""

    def hold(self, ticket: Ticket, number: str, bookmark: str, *, dialled: str = "") -> bool:
        """Keep the place for whoever is to be called back at `number` (E.164); the caller leaves with Outcome.CALLBACK. False:
        a place is kept there already for this number, and stays the only one.

        `bookmark`: sealed; where the call stands. `dialled`: the clinic's number, which is shown when calling back."""

    @property
    def callbacks(self) -> Callbacks:
        """The places that are kept."""

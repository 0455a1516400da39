"""What a flow may ask about the organisation, and the few effects it may have on it, as of a given time.

The protocol `Clinic` is implemented from SQL by store/clinic.py, and by rehearsals on top of that without effects.
Every answer is small, plain and read-only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from controller.calls.call import Phone
from controller.choices import Choices
from controller.queues.rules import QueueRules
from controller.queues.waiting import Queues
from controller.texts import T

if TYPE_CHECKING:
    from controller.flows.walker import Version


class Opening(Choices):
    """What opening hours say of a moment; each is an exit of the hours node."""

    OPEN = "open", T("Open")
    BREAK = "break", T("Break")
    CLOSED = "closed", T("Closed")
    HOLIDAY = "holiday", T("Holiday")
    EMERGENCY = "emergency", T("Emergency closure")
    """The emergency closure that staff flip."""


@dataclass(frozen=True)
class HoursAnswer:
    """State at the time asked, when it next changes (None: not within a year), and the reason (a holiday's name).

    `zone`: in whose time `until` is to be said.
    """

    state: Opening
    until: datetime | None = None
    reason: str = ""
    zone: ZoneInfo | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ContactAnswer:
    """A known caller: a patient, a pharmacy, a hospital."""

    id: str
    name: str
    language: str | None = None
    lists: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PersonAnswer:
    """A member of staff and their phones, in the order in which they want them rung."""

    id: str
    name: str
    phones: tuple[Phone, ...] = ()
    languages: tuple[str, ...] = ()
    available: bool = True
    last_answered: datetime | None = None


@dataclass(frozen=True)
class LocationAnswer:
    """A place of the clinic."""

    id: str
    name: str
    zone: ZoneInfo
    number: str | None = None
    area_codes: tuple[str, ...] = ()
    post_codes: tuple[str, ...] = ()
    """Whole ones, or how they begin."""
    hours: str | None = None
    """The hours that hold here unless a flow names others."""


@dataclass(frozen=True)
class PromptAnswer:
    """A recorded prompt: its file and its text by language."""

    id: str
    name: str
    recordings: Mapping[str, Path] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MailboxAnswer:
    """Where messages are left, and what callers hear there."""

    id: str
    name: str
    greeting: Mapping[str, str] = field(default_factory=dict)
    """Text by language."""
    recordings: Mapping[str, Path] = field(default_factory=dict)
    most_seconds: float = 180


@dataclass(frozen=True)
class NumberAnswer:
    """A number that patients dial."""

    id: str
    number: str
    location: str | None
    flow: str | None
    """None: the default line's answers."""
    backup: str | None
    testing: bool = False
    """Calls to it count as tests."""


@dataclass(frozen=True)
class QueueTeamAnswer:
    """A team that answers a queue; the times (seconds of the wait to be expected) are those of models.QueueTeam."""

    team: str
    joins_after: int | None = None
    leaves_below: int | None = None


@dataclass(frozen=True)
class QueueAnswer:
    """A queue as staff set it up. `hours`: when it is open; None: always. `teams`: in the order in which they answer."""

    id: str
    name: str
    location: str | None = None
    hours: str | None = None
    callback_hours: str | None = None
    teams: tuple[QueueTeamAnswer, ...] = ()
    rules: QueueRules = field(default_factory=QueueRules)


@dataclass(frozen=True)
class AbsenceAnswer:
    """A provider is away; `cover`: the provider whose care team takes their callers meanwhile."""

    begins: datetime
    ends: datetime
    cover: str | None = None


@dataclass(frozen=True)
class ExpectedAnswer:
    """A provider wants to be put through to whoever calls from this number or is on this list; with neither, to everybody
    who asks for them."""

    until: datetime
    label: str = ""
    number: str | None = None
    list: str | None = None


@dataclass(frozen=True)
class ProviderAnswer:
    """A doctor, a therapist ... and the queue of the care team. Who takes their callers at a time: flows/providers.py."""

    id: str
    name: str
    spoken: str = ""
    location: str | None = None
    person: str | None = None
    queue: str | None = None
    absences: tuple[AbsenceAnswer, ...] = ()
    expected: tuple[ExpectedAnswer, ...] = ()


@dataclass(frozen=True)
class WebRequest:
    """A question to a web service. `idempotency_key` is of call and step: a repeat after a takeover is recognised."""

    url: str
    method: str = "POST"
    body: Mapping[str, Any] | None = None
    seconds: float = 5.0
    retries: int = 2
    idempotency_key: str = ""


@dataclass(frozen=True)
class WebAnswer:
    """`status` 0: no answer; `error` says why in plain words. `fields`: the JSON object's scalars, as text."""

    status: int
    fields: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


class Clinic(Protocol):
    """Read: by id, None for what does not exist (any more). Times are aware."""

    def number(self, dialled: str) -> NumberAnswer | None: ...
    def numbers(self) -> Sequence[NumberAnswer]:
        """Every number that patients dial: for checks."""

    def default_flow(self) -> str | None:
        """The flow that answers calls for which no other is there: to a number without a flow, or one nobody knows of."""

    def emergency_sentence(self) -> Mapping[str, str]:
        """What the clinic wants said first to whoever calls ("If this is an emergency, hang up and dial 911"), by
        language; empty when it wants none. A preference; for checks."""

    def announcement(self, location: str | None, at: datetime) -> Mapping[str, str]:
        """What callers of a location are told today (announcements.py), by language: the location's own, or the
        organisation's; empty when there is nothing to tell."""

    def live_version(self, flow: str) -> Version | None:
        """The live version of a flow, ready to be walked; None when nothing of it is live."""

    def version(self, version: str) -> Version | None:
        """Any version ever published (calls that began on it keep walking it)."""

    def hours(self, hours: str, at: datetime) -> HoursAnswer | None: ...
    def contact(self, number: str | None) -> ContactAnswer | None: ...
    def listed(self, list_id: str, number: str | None, at: datetime) -> bool: ...
    def location(self, location: str) -> LocationAnswer | None: ...
    def locations(self) -> Sequence[LocationAnswer]: ...
    def person(self, person: str) -> PersonAnswer | None: ...
    def team(self, team: str) -> Sequence[PersonAnswer] | None:
        """The members, in the team's order."""

    def on_call(self, rota: str, at: datetime) -> Sequence[Sequence[Phone]] | None:
        """Whom to ring now, in order of escalation: each step's phones in order. An answering service is a member too."""

    def rota_members(self, rota: str) -> Sequence[PersonAnswer | Phone] | None:
        """Everybody whom a rota may ever call: people, with or without phones, and numbers outside."""

    def queue(self, queue: str) -> QueueAnswer | None: ...
    def provider(self, provider: str) -> ProviderAnswer | None: ...
    @property
    def queues(self) -> Queues:
        """The queues as they are now, and places in them."""

    def prompt(self, prompt: str) -> PromptAnswer | None: ...
    def mailbox(self, mailbox: str) -> MailboxAnswer | None: ...
    def trunk(self, location: str | None) -> str | None:
        """The line by which calls from this location leave."""

    def outside_number(self, given: str, location: str | None) -> str:
        """A number as staff or callers wrote it, in E.164, when dial rules let calls from this location go there.

        Raises dialling.NotDialable; always for an emergency number."""

    def beep(self) -> Path:
        """The tone after which a caller speaks."""

    def names(self, noun: str) -> Mapping[str, str]:
        """Id to name of everything of a kind (`document.Referable.noun`): for checks, differences and summaries."""

    # -- effects

    def turn(self, key: str, of: int) -> int:
        """The next of `of` in rotation for `key`: 0, 1 ... of - 1, 0 ...; shared by all controllers."""

    def answered(self, person: str, at: datetime) -> None:
        """Remember that this person has just taken a call (longest idle goes by it)."""

    def message_path(self, call: str, step: int) -> Path:
        """Where the switch is to record a message left at this step; the same after a takeover."""

    def leave_message(
        self,
        *,
        mailbox: str,
        call: str,
        step: int,
        path: Path,
        seconds: float,
        at: datetime,
        caller: str | None,
        caller_name: str,
        language: str,
        urgent: bool = False,
    ) -> None:
        """Put a recorded message in a mailbox; once, however often it is said for the same call and step."""

    def recording_path(self, call: str, at: datetime) -> Path:
        """Where the switch is to record a whole call."""

    def may_ask(self, url: str) -> bool:
        """Whether flows may ask this address; `send` refuses others. For checks."""

    def send(self, request: WebRequest) -> WebAnswer:
        """Ask a web service; never raises for what the service or the network does."""

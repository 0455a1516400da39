"""A caller and a switch in memory, on a clock of their own: what outlives a controller in a rehearsal.

Knows nothing of flows, nor of how a rehearsal is written: see rehearsals.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from controller.calls.call import (
    Answer,
    Caller,
    CallerGone,
    Conversation,
    Offer,
    Phone,
    RecordingState,
    Utterance,
)


class Does(StrEnum):
    """What becomes of ringing a phone."""

    ACCEPTS = "accepts"
    DECLINES = "declines"
    NO_ANSWER = "no answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    VOICEMAIL = "voicemail"
    """A machine answers: it takes the call, unless whoever answers must press 1."""
    VANISHES = "vanishes"
    """Accepts, and is gone before they hear each other."""


@dataclass(frozen=True)
class Reaction:
    """What somebody does when rung: `after` so many seconds; then they talk for `talks` seconds, and one of them hangs up."""

    does: Does = Does.NO_ANSWER
    after: float = 4.0
    talks: float = 60.0
    caller_hangs_up: bool = False


@dataclass(frozen=True)
class Message:
    """What the caller says when recorded, and how it ends."""

    seconds: float = 0.0
    ended: Literal["key", "silence", "hang-up"] = "key"


class Script(Protocol):
    """What people do in a rehearsal."""

    def keys(self, node: str) -> str:
        """What the caller presses when asked at this node ("" for nothing); asked once each time."""

    def reaction(self, phone: Phone) -> Reaction:
        """What happens when this phone is rung; asked once each time."""

    def message(self, node: str) -> Message:
        """What the caller says when recorded at this node; asked once each time."""

    def leaves_after(self, node: str) -> float | None:
        """After how many seconds of ringing at this node the caller presses the key to leave, if they do."""


@dataclass(frozen=True)
class Heard:
    """Something the caller heard, so many seconds into the call, at a node; `recording`: the name of the file played."""

    seconds: float
    version: str
    node: str
    language: str
    text: str
    recording: str = ""


@dataclass
class Leg:
    """A phone being rung: what will become of it, and when."""

    offer: Offer
    at: datetime
    answer: Answer
    reaction: Reaction
    state: Literal["ringing", "accepted", "joined", "over"] = "ringing"


@dataclass
class RehearsedLine:
    """A caller on a switch in memory.

    `patience`: seconds after which the caller hangs up. `told`: told of everything that happens on the line, in order
    ("bookmark", "rang", "joined" ...); what it raises goes through whoever caused it.
    """

    id: str
    caller: Caller
    dialled: str
    now: datetime
    script: Script
    patience: float = 1800.0
    fails: frozenset[str] = frozenset()
    """What this switch cannot do: "play", "collect", "ring", "record", "recording"."""
    told: Callable[[str], None] = lambda what: None
    sealed: str | None = None
    answered: bool = False
    music: bool = False
    legs: dict[str, Leg] = field(default_factory=dict)
    rung: list[Phone] = field(default_factory=list)
    joined: list[Phone] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    staff_heard: list[Utterance] = field(default_factory=list)
    recordings: list[RecordingState] = field(default_factory=list)
    conversation: Conversation | None = None
    gone: str | None = None
    backup: bool = False
    ended: bool = False
    alarms: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.now

    @property
    def seconds(self) -> float:
        """How long the call has been going."""
        return (self.now - self.began).total_seconds()

    def hang_up(self, cause: str) -> None:
        """The caller hangs up: phones that ring stop."""
        self.gone = cause
        for leg in self.legs.values():
            leg.state = "over"
        self.told("gone")

    def check(self) -> None:
        """Raises CallerGone when the caller is no longer there."""
        if self.gone is not None or self.ended:
            raise CallerGone(self.gone or "ended")

    def wait(self, seconds: float) -> None:
        """Let time go by. Raises CallerGone when the caller's patience ends meanwhile."""
        self.check()
        left = self.patience - self.seconds
        until = self.now + timedelta(seconds=max(0.0, min(seconds, left)))
        while (due := min((at for at, _ in self.alarms), default=until)) < until:
            self.now = max(self.now, due)
            self.ring_alarms()
        self.now = until
        self.ring_alarms()
        if seconds >= left:
            self.hang_up("the caller gave up")
            self.check()

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Have something done when so much time has gone by."""
        self.alarms.append((self.now + timedelta(seconds=seconds), do))

    def ring_alarms(self) -> None:
        """Do what is due."""
        due = [alarm for alarm in self.alarms if alarm[0] <= self.now]
        self.alarms = [alarm for alarm in self.alarms if alarm[0] > self.now]
        for _, do in due:
            do()

    def leg(self, offer: Offer) -> Leg:
        """The leg of an offer; rung now when there is none yet."""
        leg = self.legs.get(offer.id)
        if leg is None:
            reaction = self.script.reaction(offer.phone)
            answer, after = _outcome(offer, reaction)
            leg = self.legs[offer.id] = Leg(offer, self.now + timedelta(seconds=after), answer, reaction)
            self.rung.append(offer.phone)
            self.told("rang")
        return leg


def _outcome(offer: Offer, reaction: Reaction) -> tuple[Answer, float]:
    """What becomes of ringing, and after how many seconds."""
    match reaction.does:
        case Does.UNREACHABLE:
            return Answer.UNREACHABLE, 0.0
        case Does.BUSY:
            return Answer.BUSY, 1.0
        case Does.DECLINES if reaction.after < offer.seconds:
            return Answer.DECLINED, reaction.after
        case Does.ACCEPTS | Does.VANISHES if reaction.after < offer.seconds:
            return Answer.ACCEPTED, reaction.after
        case Does.VOICEMAIL if reaction.after < offer.seconds and not offer.confirm:
            return Answer.ACCEPTED, reaction.after
    return Answer.NO_ANSWER, offer.seconds

"""What an agent's page and the server tell each other."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import RecordingState
from controller.flows.document import Language
from controller.flows.transfers import LONGEST_NOTE as LONGEST_SENT
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState

LONGEST_NOTE = 4000


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class StatusAsked(_Asked):
    """What somebody wants to do now. `reason`: of a pause."""

    what: Literal["sign_in", "sign_out", "pause", "ready", "more_time"]
    reason: str = Field(default="", max_length=200)


class PhoneAsked(_Asked):
    """Which of one's phones is to be rung; none: all of them, in order."""

    phone: str | None = Field(default=None, max_length=40)


class NoteAsked(BaseModel):
    """What somebody writes about a call that they have or had, by its place in line; empty: nothing (any more)."""

    model_config = ConfigDict(extra="forbid")

    entry: str = Field(max_length=40)
    text: str = Field(max_length=LONGEST_NOTE)


class OrderAsked(_Asked):
    """What is to be done with the call in hand. `to`, `id`: whom it is sent to, or a colleague who is to be talked to first;
    `language`, `rank`: as it goes on, when that is to be another one; `line`: which third party is brought in."""

    entry: str = Field(max_length=40)
    what: Literal[
        "hold", "take back", "pause recording", "record on", "send", "consult", "bring in", "let go", "hand over"
    ]
    to: Literal["queue", "person", "flow"] | None = None
    id: str = Field(default="", max_length=40)
    note: str = Field(default="", max_length=LONGEST_SENT)
    language: Language | None = None
    rank: int | None = Field(default=None, ge=0, le=2)
    line: Literal["interpreter", "dispatch"] | None = None


class TargetOut(BaseModel):
    """Somebody, a queue or a flow to whom calls may be sent. `about`: what helps to choose; `ready`: likely to be taken now."""

    id: str
    name: str
    about: str
    ready: bool


class TargetsOut(BaseModel):
    people: list[TargetOut]
    queues: list[TargetOut]
    flows: list[TargetOut]
    languages: list[str]


class ThirdOut(BaseModel):
    """A colleague or a third party: being rung, or there. `colleague`: talked to while the caller is on hold."""

    name: str
    colleague: bool
    there: bool


class LineOut(BaseModel):
    """A third party who can be brought in: the caller's interpreters, the location's emergency dispatch."""

    line: Literal["interpreter", "dispatch"]
    name: str
    number: str


class PhoneOut(BaseModel):
    """One of one's phones; `address`: its extension or number, as people read it."""

    id: str
    label: str
    kind: str
    address: str


class StatusNow(BaseModel):
    """What somebody is doing. `words`: the same, to be read; `told`: why no calls come, or none came; `then`: what they
    go to after the call and its after-call work."""

    mode: AgentMode
    words: str
    since: datetime
    until: datetime | None
    reason: str
    then: AgentMode | None
    then_reason: str
    told: str
    calls: int


class StepTold(BaseModel):
    """A step that the call took, in words: what it is called, what happened in it, and how it was left."""

    title: str
    notes: list[str]
    way: str
    at: datetime


class NoteOut(BaseModel):
    """What somebody has written about an earlier call of the same caller, or about this one."""

    who: str
    at: datetime
    text: str
    this_call: bool


class ContactOut(BaseModel):
    """Who the caller is known as. `details`: what is kept about them, by name."""

    id: str
    name: str
    language: str | None
    details: dict[str, str]


class CallInHand(BaseModel):
    """The call that somebody is rung for, talks in, or works on after it. `waited`: seconds in line, once that is over;
    `rank`: 0 normal, 1 soon, 2 urgent; `note`: what whoever sent it wrote; `mine`: what I have written about it.
    `busy`: something I ordered is being done; `failed`: why what I ordered last was not."""

    entry: str
    call: str | None
    kind: EntryKind
    state: EntryState
    queue: str
    location: str
    caller: str
    caller_name: str
    language: str
    rank: int
    joined_at: datetime
    answered_at: datetime | None
    talked_until: datetime | None
    waited: float | None
    note: str
    sent_by: str
    contact: ContactOut | None
    path: list[StepTold]
    notes: list[NoteOut]
    mine: str
    held: bool
    recording: RecordingState
    third: ThirdOut | None
    lines: list[LineOut]
    busy: bool
    failed: str


class CallbackNow(BaseModel):
    """Somebody who is to be called back, from a queue of mine. `next_at`: not before then."""

    id: str
    queue: str
    number: str
    caller_name: str
    language: str
    state: HeldState
    since: datetime
    next_at: datetime | None
    attempts: int
    said: str


class ConsoleNow(BaseModel):
    """All that an agent's page shows. `at`: the time by which the others are told; `queues`: those that my teams answer."""

    at: datetime
    queues: list[str]
    phones: list[PhoneOut]
    phone: str | None
    reasons: list[str]
    status: StatusNow
    call: CallInHand | None
    callbacks: list[CallbackNow]


class ConsoleChanged(BaseModel):
    """Something of it is not as it was."""


class Following(BaseModel):
    """I am told of changes of my page from now on."""

"""What browsers and the server tell each other about calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.journal import Ending
from flow_editor.drafts.schemas import NodeLook


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallsAsked(_Asked):
    """Which calls, the newest first. `state`: on the line now, or over; `flow` and `node`: that have been there (with
    `state` "live": that are there now), `exit`: and left by it (empty: hung up there); `text`: in numbers, names and ids.

    `before`: only those that began before the call with this id, for the next page.
    """

    state: Literal["all", "live", "ended"] = "all"
    flow: str | None = Field(default=None, max_length=40)
    node: str | None = Field(default=None, max_length=40)
    exit: str | None = Field(default=None, max_length=60)
    location: str | None = Field(default=None, max_length=40)
    ending: Ending | None = None
    since: datetime | None = None
    until: datetime | None = None
    tests: bool = False
    text: str = Field(default="", max_length=80)
    before: str | None = Field(default=None, max_length=64)
    limit: int = Field(default=50, ge=1, le=200)


class Here(BaseModel):
    """Where a call is, or was when it ended."""

    flow: str | None
    node: str
    title: str


class CallOut(BaseModel):
    """A call as lists show it. `caller`: empty where it was withheld, or (`hidden`) the reader may not see who calls.

    `ended`: how it ended, in words; `version`: the number of the version it began on, none for a draft that was tried.
    """

    id: str
    began_at: datetime
    ended_at: datetime | None
    seconds: float | None
    ending: Ending | None
    ended: str
    caller: str
    caller_name: str
    hidden: bool
    dialled: str
    location: str | None
    flow: str | None
    flow_name: str
    version: int | None
    test: bool
    here: Here | None


class CallsOut(BaseModel):
    """`more`: the id to ask with as `before` for those after these; none when these are all."""

    calls: list[CallOut]
    more: str | None


class StepOut(BaseModel):
    """A step that a call took: `way`: how it was left, in words; `notes`: what happened in it, in words, in order."""

    step: int
    version: str
    version_number: int | None
    flow: str | None
    flow_name: str
    node: str
    title: str
    kind: str
    kind_title: str
    entered_at: datetime
    seconds: float
    exit: str
    way: str
    notes: list[str]
    error: str | None


class CallWithSteps(BaseModel):
    call: CallOut
    steps: list[StepOut]


class WalkedVersion(BaseModel):
    """A version as calls walked it. `number`: none for a draft that was tried; `nodes`: what its cards show that only the
    server knows."""

    id: str
    flow: str
    flow_name: str
    number: int | None
    document: dict[str, Any]
    nodes: dict[str, NodeLook]


class FollowFlow(_Asked):
    """A flow on whose canvas the callers are to be shown."""

    flow: str = Field(max_length=40)
    on: bool = True


class NodeToday(BaseModel):
    """How many calls have come to a node today, by which exits they left, and how many callers hung up in it."""

    came: int
    exits: dict[str, int]
    hung_up: int


class CallersHere(BaseModel):
    """How many callers are at each node of a flow now; nodes where nobody is are left out."""

    flow: str
    here: dict[str, int]


class CallsToday(BaseModel):
    """What calls have done today, node by node. The day is that of the organisation."""

    flow: str
    nodes: dict[str, NodeToday]


class Followed(BaseModel):
    here: CallersHere
    today: CallsToday

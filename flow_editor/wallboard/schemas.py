"""What browsers and the server tell each other about queues as they are now. Times are by the database's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from controller.queues.orders import ListenMode, What
from controller.queues.rules import Alerts
from controller.queues.states import AgentMode, EntryKind, EntryState, HeldState, Tried


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Accuracy(BaseModel):
    """Waits as they were announced today, against those that came. `error`, `bias`: seconds on average, `bias` positive where
    too long was said; `covered`: the share that waited no longer than nine in ten were expected to."""

    model_config = ConfigDict(frozen=True)

    count: int
    error: float
    bias: float
    covered: float


class QueueToday(BaseModel):
    """What became of a queue's callers today, by its location's zone. `level`: the share answered in time (within the queue's
    `answer_within`) of those who were answered and of those who waited longer and were not; none: nobody yet."""

    model_config = ConfigDict(frozen=True)

    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    counted: int = 0
    """What `level` is a share of."""
    level: float | None = None
    mean_wait: float | None = None
    accuracy: Accuracy | None = None


class QueueNow(BaseModel):
    """A queue now. `oldest_at`: since when whoever has waited longest has; `expected`, `expected_p90`: seconds that somebody who
    came now would wait, none where nothing is known. `staffed`: agents signed in who answer it, `free`: of those, available."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    location: str | None
    open: bool
    waiting: int
    oldest_at: datetime | None
    expected: float | None
    expected_p90: float | None
    staffed: int
    free: int
    held: int
    within: int
    alerts: Alerts
    today: QueueToday


class AgentNow(BaseModel):
    """Somebody who is signed in as an agent. `queue`: whose caller they are rung for or talk to; `until`: when the state is over
    by itself; `entry`: the caller's, while they talk."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    location: str | None
    mode: AgentMode
    since: datetime
    until: datetime | None
    reason: str
    then: AgentMode | None
    queue: str | None
    entry: str | None
    calls: int


class WaitingNow(BaseModel):
    """A caller in line. `rank`: 0 normal, 1 soon, 2 urgent; `head_start`: seconds. In line goes by `joined_at` less `head_start`.
    `hidden`: the reader may not see who it is."""

    model_config = ConfigDict(frozen=True)

    id: str
    queue: str
    kind: EntryKind
    state: EntryState
    joined_at: datetime
    head_start: int
    rank: int
    language: str
    caller: str
    caller_name: str
    hidden: bool


class HeldNow(BaseModel):
    """A place in line kept for somebody who is to be called back. `next_at`: not to be tried again before then. `said`: what came
    of the last attempt; `state` "over": it was the last one."""

    model_config = ConfigDict(frozen=True)

    id: str
    queue: str
    state: HeldState
    joined_at: datetime
    made_at: datetime
    next_at: datetime | None
    attempts: int
    said: Tried | None
    number: str
    caller_name: str
    hidden: bool


class FollowBoard(_Asked):
    """Be told of the queues, or no longer. `working`: with the callers in line one by one, for whoever supervises."""

    on: bool = True
    working: bool = False


class BoardNow(BaseModel):
    """Everything that the reader may see. `seq`: what is told next counts on from it; `at`: the time now. `program`: another one
    after Careline has been renewed: pages that stay open are loaded anew."""

    seq: int
    at: datetime
    program: str
    queues: list[QueueNow]
    agents: list[AgentNow]
    waiting: list[WaitingNow]
    held: list[HeldNow]


class BoardFollowed(BaseModel):
    """`now`: how it is, for who wants to be told of it."""

    now: BoardNow | None


Part = Literal["queues", "agents", "waiting", "held"]


class BoardChanged(BaseModel):
    """What is new since the message before (`seq` less one), often nothing: then it says that what is shown is still so."""

    seq: int
    at: datetime
    queues: list[QueueNow] = []
    agents: list[AgentNow] = []
    waiting: list[WaitingNow] = []
    held: list[HeldNow] = []
    gone: dict[Part, list[str]] = {}


# -- whoever supervises


class MoveTo(_Asked):
    queue: str = Field(max_length=40)


class AgentDoes(_Asked):
    do: Literal["sign_in", "sign_out", "pause", "ready"]
    reason: str = Field(default="", max_length=200)


class ListenTo(_Asked):
    agent: str = Field(max_length=40)
    mode: ListenMode = ListenMode.LISTEN


class ListenAs(_Asked):
    mode: ListenMode


class ListeningOut(BaseModel):
    """`said`: why it is over, where it never began."""

    id: str
    agent: str
    mode: ListenMode
    state: Literal["ringing", "listening", "over"]
    said: str


class SupervisedOut(BaseModel):
    """Something that a supervisor did. `about`: whose conversation or state; `until`: when listening ended; `failed`: why not."""

    id: str
    what: What
    at: datetime
    by: str
    about: str
    call: str | None
    mode: ListenMode | None
    do: Literal["sign_in", "sign_out", "pause", "ready"] | None
    detail: str
    until: datetime | None
    failed: str


class RecordOut(BaseModel):
    done: list[SupervisedOut]

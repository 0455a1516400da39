"""A queue's rules, as staff set them: one document of its row. Each says what it is called, for histories in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from controller.choices import Choices
from controller.queues.states import EntryKind
from controller.texts import T, Text

WANTED_SECONDS = 60
"""How long a call waits for the only person who may answer it."""


class Strategy(Choices):
    """Which of several free agents is rung, among those whose skills suit the call equally well."""

    LONGEST_IDLE = "longest_idle", T("whoever has waited longest for a call")
    FEWEST_CALLS = "fewest_calls", T("whoever has had the fewest calls today")
    BEST_SKILL = "best_skill", T("whoever can do it best, then who has waited longest")
    IN_ORDER = "in_order", T("in the order of the teams and their members")
    RING_ALL = "ring_all", T("everybody at once")


class Relaxation(BaseModel):
    """From so many seconds of waiting on, the skill levels required are lower by so much; one that falls to 0 is no longer
    required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_seconds: int = Field(ge=1, le=7200)
    levels: int = Field(ge=1, le=5)


class _Told(BaseModel):
    """Rules whose changes are told by their fields' titles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def changes_from(self, before: Any, person: Callable[[str], str]) -> list[Text]:
        """What is different from these rules before, one sentence each."""
        return list(_differences(before, self))


class Alerts(_Told):
    """When the wallboard says that it is too much; 0: never."""

    waiting: Annotated[int, T("alert when so many wait")] = Field(default=0, ge=0, le=1000)
    longest_seconds: Annotated[int, T("alert when somebody has waited so long (seconds)")] = Field(
        default=0, ge=0, le=7200
    )
    service_level: Annotated[int, T("alert when fewer are answered in time (per cent)")] = Field(
        default=0, ge=0, le=100
    )
    """Per cent answered within `QueueRules.answer_within` today, below which it is too little."""


class CallbackRules(_Told):
    """Calling back whoever kept a place in line without staying on the line."""

    attempts: Annotated[int, T("tries to call back")] = Field(default=3, ge=1, le=10)
    again_after_minutes: Annotated[int, T("minutes between two tries to call back")] = Field(default=10, ge=1, le=240)
    ring_seconds: Annotated[int, T("seconds the patient's telephone rings")] = Field(default=25, ge=10, le=60)


class QueueRules(_Told):
    """Times in seconds unless a name says otherwise."""

    strategy: Annotated[Strategy, T("who is rung")] = Strategy.LONGEST_IDLE
    ring_seconds: Annotated[int, T("seconds each phone rings")] = Field(default=20, ge=5, le=120)
    """How long each phone of an agent rings."""
    wrap_up_seconds: Annotated[int, T("time after a call (seconds)")] = Field(default=30, ge=0, le=1800)
    """After-call work: until the next call is offered."""
    misses: Annotated[int, T("calls not answered before no more come")] = Field(default=1, ge=1, le=10)
    """After so many calls in a row not answered an agent is set aside ..."""
    set_aside_seconds: Annotated[int, T("no calls for so long then (seconds)")] = Field(default=120, ge=10, le=3600)
    """... for so long."""
    capacity: Annotated[int, T("callers who may wait at most")] = Field(default=0, ge=0, le=1000)
    """How many may wait at most; 0: as many as come."""
    longest_seconds: Annotated[int, T("longest wait (seconds)")] = Field(default=0, ge=0, le=14400)
    """After so long a caller leaves by the exit for those who have waited too long; 0: never."""
    answer_within: Annotated[int, T("answered in time within (seconds)")] = Field(default=60, ge=1, le=3600)
    """What counts as answered in time (the service level)."""
    soon_seconds: Annotated[int, T("head start of “soon” (seconds)")] = Field(default=300, ge=0, le=7200)
    """The head start of calls that are to be answered soon ..."""
    urgent_seconds: Annotated[int, T("head start of “urgent” (seconds)")] = Field(default=1800, ge=0, le=14400)
    """... and of urgent ones."""
    relaxation: Annotated[tuple[Relaxation, ...], T("less skill needed as the wait grows")] = Field(
        default=(), max_length=10
    )
    callback: CallbackRules = CallbackRules()
    alerts: Alerts = Alerts()

    @model_validator(mode="after")
    def _in_order(self) -> QueueRules:
        after = [step.after_seconds for step in self.relaxation]
        if after != sorted(set(after)):
            raise ValueError("each step of relaxation must come later than the one before")
        return self

    def longest(self, kind: EntryKind, wanted: str | None) -> int:
        """Seconds after which somebody has waited too long; 0: never. A call that only one person may answer (`wanted`), as it
        was sent to them or comes back to them, goes on sooner: they may be away."""
        if kind is EntryKind.HELD:
            return 0
        return WANTED_SECONDS if wanted is not None else self.longest_seconds

    def head_start(self, rank: int) -> int:
        """Seconds of a call's rank: 0 normal, 1 soon, 2 urgent (as the bookmark keeps it)."""
        return (0, self.soon_seconds, self.urgent_seconds)[max(0, min(2, rank))]

    def rank(self, head_start: int) -> int:
        """The highest rank that has this head start, as the rules are now."""
        return max((rank for rank in (1, 2) if head_start >= self.head_start(rank)), default=0) if head_start else 0

    def relaxed(self, required: dict[str, int], waited: float) -> dict[str, int]:
        """The levels still required (skill to level) of somebody who has waited so long."""
        less = max((step.levels for step in self.relaxation if waited >= step.after_seconds), default=0)
        return {skill: level - less for skill, level in required.items() if level > less}


def _differences(before: BaseModel, now: BaseModel) -> Iterator[Text]:
    for name, info in type(now).model_fields.items():
        was, is_ = getattr(before, name), getattr(now, name)
        if was == is_:
            continue
        if isinstance(is_, BaseModel):
            yield from _differences(was, is_)
        else:
            yield T("{field}: {before} → {after}", field=_title(info), before=_said(was), after=_said(is_))


def _title(info: FieldInfo) -> Text:
    return next(it for it in info.metadata if isinstance(it, Text))


def _said(value: Any) -> Text | str:
    if isinstance(value, Choices):
        return value.words
    if isinstance(value, tuple):
        steps = [T("{levels} less after {seconds} s", levels=it.levels, seconds=it.after_seconds) for it in value]
        said = steps[0] if steps else T("nothing")
        for step in steps[1:]:
            said = T("{first} · {then}", first=said, then=step)
        return said
    return str(value)

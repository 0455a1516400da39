"""Rehearsals as the pages show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from controller.flows.rehearsals import ENDS
from flow_editor.rehearsals.service import OfFlow, Ran


class RehearsedStep(BaseModel):
    """A step on the call's way. `own`: it belongs to the flow itself, and is on its canvas."""

    node: str
    title: str
    kind: str
    exit: str
    seconds: float
    own: bool
    error: str | None


class RehearsedHeard(BaseModel):
    seconds: float
    language: str
    text: str


class RanOut(BaseModel):
    """How a rehearsal went. `why`: what was not as expected, in words; `before`: it fails with what is live now, too."""

    id: str
    title: str
    passed: bool
    before: bool
    why: list[str]
    path: list[RehearsedStep]
    heard: list[RehearsedHeard]
    reached: list[str]
    end: str
    end_text: str
    seconds: float

    @classmethod
    def of(cls, ran: Ran, language: str) -> RanOut:
        result = ran.result
        end = result.end if result else ""
        own = result.path[0].version if result and result.path else ""
        return cls(
            id=ran.id,
            title=ran.title,
            passed=ran.passed,
            before=ran.before,
            why=[text.render(language) for text in ran.why],
            path=[
                RehearsedStep(
                    node=step.node,
                    title=step.title or step.node,
                    kind=step.kind,
                    exit=step.exit,
                    seconds=step.seconds,
                    own=step.version == own,
                    error=step.error,
                )
                for step in (result.path if result else ())
            ],
            heard=[
                RehearsedHeard(seconds=heard.seconds, language=heard.language, text=heard.text)
                for heard in (result.heard if result else ())
            ],
            reached=list(result.reached if result else ()),
            end=end,
            end_text=ENDS[end].render(language) if end in ENDS else end,
            seconds=result.seconds if result else 0.0,
        )


class OfFlowOut(BaseModel):
    """The rehearsals of one flow. `own`: the flow in question, and not one that uses it."""

    flow: str
    name: str
    own: bool
    rehearsals: list[RanOut]

    @classmethod
    def of(cls, found: OfFlow, language: str) -> OfFlowOut:
        ran = [RanOut.of(one, language) for one in found.ran]
        return cls(flow=found.flow, name=found.name, own=found.own, rehearsals=ran)


class RunAsked(BaseModel):
    """`rehearsals`: those to run, by id, as they stand in the page; left out: all of the draft's."""

    model_config = ConfigDict(extra="forbid")

    rehearsals: dict[str, dict[str, Any]] | None = Field(default=None, max_length=200)


class RunOut(BaseModel):
    """`milliseconds`: how long they took, all together. `seq`: the draft's update that they were run on."""

    rehearsals: list[RanOut]
    milliseconds: float
    seq: int


class NamedChoice(BaseModel):
    """Something to choose. `detail`: what tells it from others of that name."""

    id: str
    name: str
    detail: str = ""


class ChoicesOut(BaseModel):
    """What a rehearsal's form offers. `zone`: that in which times are meant (IANA)."""

    numbers: list[NamedChoice]
    people: list[NamedChoice]
    mailboxes: list[NamedChoice]
    hours: list[NamedChoice]
    queues: list[NamedChoice]
    openings: list[NamedChoice]
    """What opening hours can say: to be taken as open, closed ..., whatever the time."""
    does: list[NamedChoice]
    """What somebody does when rung."""
    ends: list[NamedChoice]
    """How a call can be expected to end."""
    zone: str
    now: datetime

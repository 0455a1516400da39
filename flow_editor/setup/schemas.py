"""What the set-up pages show."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class StepName(StrEnum):
    """The steps of setting up a clinic, in order."""

    ORGANISATION = "organisation"
    LOCATIONS = "locations"
    HOURS = "hours"
    PEOPLE = "people"
    NUMBER = "number"
    FLOW = "flow"
    TEST_CALL = "test_call"
    GO_LIVE = "go_live"


class StepOut(BaseModel):
    """`done`: as far as SQL can tell. `things`: what there is of it already, by name."""

    name: StepName
    done: bool
    skipped: bool
    things: list[str]


class GoLiveItem(BaseModel):
    """Something that must be so before patients call: whether it is, and if not, what is missing, and the step that puts it
    right; none: it is for whoever runs the machines."""

    code: str
    step: StepName | None
    text: str
    done: bool
    missing: list[str]


class DemoOut(BaseModel):
    """What of the demo is still there. `goes`: how many things one click takes away; `stays`: those that somebody has changed
    or that something of the clinic's own depends on, by name."""

    goes: int
    stays: list[str]


class SetUpOut(BaseModel):
    steps: list[StepOut]
    go_live: list[GoLiveItem]
    demo: DemoOut | None
    may_change: bool


class Skip(BaseModel):
    model_config = ConfigDict(extra="forbid")

    step: StepName
    skipped: bool


class DemoGone(BaseModel):
    """`change`: what to undo."""

    change: str
    gone: int
    stays: list[str]

"""Every kind of node, case by case: tests/flows/cases/<kind>.yaml. A kind without cases fails.

A case walks a flow of this one node. `settings` are the node's; `clinic` is what SampleClinic takes; `script` is what a
rehearsal takes (keys, people, messages, webhooks, hours, at ...); `mark` sets fields of the bookmark at the beginning.
Expected: `exit` (by which the node is left; "" when the call ends in it), and, where given, `hears` (in this order),
`phases` (exactly), `rung` and `joined` (addresses, exactly), `messages` (mailboxes), `requests` (addresses asked), `recording`
(states), `variables`, `language`, `end`, `error`.

Each case is then walked again and again with controllers that die: at every bookmark written, every phone rung, every
recording begun. The next controller must come to the same exit, and do nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from controller.calls.journal import StepTaken
from controller.flows.document import Document
from controller.flows.registry import FAILED, kinds, make
from controller.flows.rehearsals import Rehearsal, Stage
from controller.flows.rehearsed import RehearsedCall, carry
from controller.flows.walker import Version, Walker
from tests.calls.switchboard import ControllerDied
from tests.flows.clinic import SampleClinic

CASES = Path(__file__).parent / "cases"
DEADLY = ("bookmark", "rang", "joined", "recording")


class Case(BaseModel):
    """One case, as the module says."""

    model_config = ConfigDict(extra="forbid")

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)
    clinic: dict[str, Any] = Field(default_factory=dict)
    script: dict[str, Any] = Field(default_factory=dict)
    mark: dict[str, Any] = Field(default_factory=dict)
    switch_fails: list[str] = Field(default_factory=list)
    exit: str
    hears: list[str] | None = None
    staff_hear: list[str] | None = None
    phases: list[str] | None = None
    rung: list[str] | None = None
    joined: list[str] | None = None
    messages: list[str] | None = None
    requests: list[str] | None = None
    recording: list[str] | None = None
    variables: dict[str, str] | None = None
    language: str | None = None
    end: str | None = None
    error: str | None = None
    takeover: Literal["same", "not tried"] = "same"


def cases(kind: str) -> list[Case]:
    """The cases of a kind; none where there is no file."""
    path = CASES / f"{kind}.yaml"
    return [Case.model_validate(row) for row in yaml.safe_load(path.read_text())] if path.is_file() else []


EVERY = [pytest.param(kind, case, id=f"{kind}: {case.name}") for kind in kinds() for case in cases(kind)]


class Walk:
    """One walking of a case, its controller dying when `dies` events have happened."""

    def __init__(self, kind: str, case: Case, dies: int | None = None) -> None:
        exits = [exit_.name for exit_ in make(kind, case.settings).exits()]
        document = Document.model_validate(
            {
                "languages": ["en", "es"],
                "start": "node",
                "catch_all": "end",
                "nodes": {"node": {"kind": kind, "settings": case.settings}, "end": {"kind": "hang_up"}},
                "edges": {"node": dict.fromkeys(exits, "end")},
            }
        )
        version = Version.read("tested-1", "tested", document)
        assert "node" in version.nodes, "the settings cannot be read"
        script = {"at": "2026-11-23T14:00:00-06:00", "dialled": "+13125550100", "caller": "+13125550142", **case.script}
        self.clinic = SampleClinic(case.clinic)
        self.stage = Stage.set(version, Rehearsal.model_validate(script), self.clinic)
        self.stage.line.fails = frozenset(case.switch_fails)
        self.stage.line.told = self._told
        self.phases: list[str] = []
        self.events = 0
        self.calls: list[RehearsedCall] = []
        self._mark = case.mark
        self._dies = dies
        walker = Walker(self.stage.clinic, self.stage.journal)
        while True:
            try:
                self.walked = carry(self.stage.line, walker, self.stage.journal, self._call)
                break
            except ControllerDied:
                continue

    def _call(self) -> RehearsedCall:
        call = self.stage.call()
        if not self.calls:
            for name, value in self._mark.items():
                setattr(call.mark, name, value)
        self.calls.append(call)
        return call

    def _told(self, what: str) -> None:
        phase = self.calls[-1].mark.phase.name if self.calls else ""
        if what == "bookmark" and phase:
            self.phases.append(phase)
        if what in DEADLY:
            self.events += 1
            if self.events == self._dies:
                raise ControllerDied

    @property
    def step(self) -> StepTaken:
        return self.stage.journal.steps[0]

    @property
    def rung(self) -> list[str]:
        return [phone.address for phone in self.stage.line.rung]


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_has_cases(kind: str) -> None:
    assert len(cases(kind)) >= 2, f"write several cases in tests/flows/cases/{kind}.yaml"


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_is_born_valid(kind: str) -> None:
    node = make(kind, {})
    names = [exit_.name for exit_ in node.exits()]
    assert len(names) == len(set(names))
    assert node.title.message
    assert node.purpose.message
    assert node.icon
    assert (node.__doc__ or "").strip().splitlines()[0].endswith(".")


@pytest.mark.parametrize(("kind", "case"), EVERY)
def test_case(kind: str, case: Case) -> None:
    walk = Walk(kind, case)
    line, journal = walk.stage.line, walk.stage.journal
    assert (walk.step.exit, walk.step.error) == (case.exit, walk.step.error), walk.step
    assert bool(walk.step.error) == (case.exit == FAILED or case.error is not None), walk.step.error
    if case.error is not None:
        assert case.error in (walk.step.error or "")
    heard = [said.text or said.recording for said in line.heard]
    for expected, wanted in [(case.hears, heard), (case.staff_hear, [said.text for said in line.staff_heard])]:
        _assert_in_order(expected or [], wanted)
        assert expected != [] or wanted == []
    found = {
        "phases": walk.phases,
        "rung": walk.rung,
        "joined": [phone.address for phone in line.joined],
        "messages": [message["mailbox"] for message in walk.stage.clinic.messages],
        "requests": [request.url for request in walk.stage.clinic.requests],
        "recording": [str(state.value) for state in line.recordings],
        "language": walk.calls[-1].language,
        "end": journal.endings[0].ending,
    }
    for name, value in found.items():
        assert getattr(case, name) in (None, value), name
    for name, text in (case.variables or {}).items():
        assert walk.calls[-1].variables.get(name) == text


def _assert_in_order(expected: list[str], heard: list[str]) -> None:
    rest: Iterator[str] = iter(heard)
    for text in expected:
        assert any(text in said for said in rest), f"{text!r} was not heard, or not in this order, in {heard}"


@pytest.mark.parametrize(("kind", "case"), [p for p in EVERY if p.values[1].takeover == "same"])  # type: ignore[attr-defined]
def test_a_takeover_anywhere_changes_nothing(kind: str, case: Case) -> None:
    whole = Walk(kind, case)
    for dies in range(1, whole.events + 1):
        walk = Walk(kind, case, dies)
        where = f"died at event {dies} of {whole.events}"
        assert walk.step.exit == whole.step.exit, where
        assert sorted(walk.rung) == sorted(whole.rung), where
        assert walk.stage.line.joined == whole.stage.line.joined, where
        keys = {request.idempotency_key for request in walk.stage.clinic.requests}
        assert len(keys) == len({request.idempotency_key for request in whole.stage.clinic.requests}), where
        assert len(walk.stage.clinic.messages) == len(whole.stage.clinic.messages), where
        assert len(walk.stage.journal.endings) == 1, where
        assert walk.stage.journal.endings[0].ending == whole.stage.journal.endings[0].ending, where

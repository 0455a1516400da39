"""Walk another flow, then go on here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call
from controller.flows import document
from controller.flows.clinic import Clinic
from controller.flows.document import Ref
from controller.flows.nodes.return_ import Return
from controller.flows.registry import (
    DONE,
    FAILED,
    CheckContext,
    Enter,
    Exit,
    Family,
    Node,
    Problem,
    Result,
    Severity,
    Undrawn,
)
from controller.texts import T, Text


class Subflow(Node):
    """Walk another flow, then go on here by its outcome.

    What several flows share is drawn once. Its "Return" steps name the outcomes; a flow that comes to its end without one
    comes to "done". Calls enter the version that is live at that moment.
    """

    kind: ClassVar = "subflow"
    family: ClassVar = Family.SHAPE
    title: ClassVar = T("Another flow")
    purpose: ClassVar = T("Walk another flow, then go on here.")
    icon: ClassVar = "sitemap"

    flow: Ref[document.Flow] = Field(default_factory=Ref[document.Flow], title="Flow")
    outcomes: tuple[str, ...] = Field(default=(DONE,), min_length=1, max_length=20, title="Outcomes")

    def exits(self) -> Sequence[Exit]:
        return [
            *(Exit(outcome, _label(outcome)) for outcome in dict.fromkeys(self.outcomes) if outcome != FAILED),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        return Enter(self.flow.id)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        name = names.get("flow", {}).get(self.flow.id, self.flow.name)
        return T("Walk “{flow}”", flow=name) if name else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        if not self.flow:
            yield Problem("no_flow", T("Choose the flow to walk."), node, setting="flow")
            return
        version = context.clinic.live_version(self.flow.id)
        if version is None:
            return
        named = {kind.outcome or DONE for kind in version.nodes.values() if isinstance(kind, Return)}
        for outcome in sorted(named - {*self.outcomes, FAILED}):
            text = T("The flow may come to “{outcome}”, which leads nowhere here. Add the outcome.", outcome=outcome)
            yield Problem("outcome_missing", text, node, setting="outcomes", severity=Severity.WARNING)
        for outcome in sorted(set(self.outcomes) - named - {DONE, FAILED}):
            text = T("The flow never comes to “{outcome}”. Take the outcome away.", outcome=outcome)
            yield Problem("outcome_unknown", text, node, exit=outcome, setting="outcomes", severity=Severity.WARNING)


def _label(outcome: str) -> Text:
    return T("Done") if outcome == DONE else T("{name}", name=outcome)

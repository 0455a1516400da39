"""End a subflow with an outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call
from controller.flows import registry
from controller.flows.clinic import Clinic
from controller.flows.registry import DONE, CheckContext, Exit, Family, Node, Problem, Result
from controller.texts import T, Text


class Return(Node):
    """End this flow and go back to the one that entered it, with an outcome.

    The step that entered this flow goes on by the outcome of the same name. Where nothing entered it, the call ends.
    """

    kind: ClassVar = "return"
    family: ClassVar = Family.SHAPE
    title: ClassVar = T("Return")
    purpose: ClassVar = T("Go back to the flow that entered this one.")
    icon: ClassVar = "arrow-back-up"

    outcome: str = Field(default=DONE, max_length=40, title="Outcome")

    def exits(self) -> Sequence[Exit]:
        return []

    def run(self, call: Call, clinic: Clinic) -> Result:
        return registry.Return(self.outcome or DONE)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        return T("“{outcome}”", outcome=self.outcome or DONE)

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not self.outcome:
            yield Problem("no_outcome", T("Name the outcome."), context.node, setting="outcome")

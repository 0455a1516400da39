"""Decide by what is known of the call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from controller.calls.call import Call
from controller.choices import Choices
from controller.flows.clinic import Clinic
from controller.flows.registry import CheckContext, Exit, Family, Node, Problem, Result
from controller.texts import T, Text


class Relation(Choices):
    """How the value known and the one given are to stand to each other."""

    IS = "is", T("the same as")
    IS_NOT = "is_not", T("not the same as")
    CONTAINS = "contains", T("with this in it")
    BEGINS_WITH = "begins_with", T("beginning with")
    ONE_OF = "one_of", T("one of")
    AT_LEAST = "at_least", T("at least")
    AT_MOST = "at_most", T("at most")
    EMPTY = "empty", T("empty")


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _in_order(left: str, right: str) -> bool:
    """Whether left <= right, as numbers. What is not a number stands in no order to anything."""
    low, high = _number(left), _number(right)
    return low is not None and high is not None and low <= high


_HOLDS: Mapping[Relation, Callable[[str, str], bool]] = {
    Relation.IS: lambda known, given: known == given,
    Relation.IS_NOT: lambda known, given: known != given,
    Relation.CONTAINS: lambda known, given: given in known,
    Relation.BEGINS_WITH: lambda known, given: known.startswith(given),
    Relation.ONE_OF: lambda known, given: known in {item.strip() for item in given.split(",")},
    Relation.AT_LEAST: lambda known, given: _in_order(given, known),
    Relation.AT_MOST: lambda known, given: _in_order(known, given),
    Relation.EMPTY: lambda known, given: not known,
}


class Compare(Node):
    """Go on by "Yes" or "No", comparing what is known of the call with a value.

    Upper and lower case, and spaces around, make no difference. "At least" and "at most" compare numbers; where either is
    not a number, the answer is "No". Besides what the flow keeps, there are caller.number, caller.name, dialled and language.
    """

    kind: ClassVar = "compare"
    family: ClassVar = Family.DECIDE
    title: ClassVar = T("Compare")
    purpose: ClassVar = T("Go on by what callers typed, or a web service answered.")
    icon: ClassVar = "arrows-split"

    variable: Annotated[str, StringConstraints(pattern=r"^([A-Za-z_][A-Za-z0-9_.\-]{0,79})?$")] = Field(
        default="", title="What to look at"
    )
    relation: Relation = Field(default=Relation.IS, title="Is it")
    value: str = Field(default="", max_length=500, title="Value", description="For “one of”: separated by commas.")

    def exits(self) -> Sequence[Exit]:
        return [Exit("yes", T("Yes")), Exit("no", T("No"))]

    def run(self, call: Call, clinic: Clinic) -> Result:
        known = call.values().get(self.variable, "").strip().casefold()
        return "yes" if _HOLDS[self.relation](known, self.value.strip().casefold()) else "no"

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if not self.variable:
            return None
        values = {"name": self.variable, "value": self.value}
        return {
            Relation.IS: T("{name} is “{value}”?", **values),
            Relation.IS_NOT: T("{name} is not “{value}”?", **values),
            Relation.CONTAINS: T("{name} contains “{value}”?", **values),
            Relation.BEGINS_WITH: T("{name} begins with “{value}”?", **values),
            Relation.ONE_OF: T("{name} is one of {value}?", **values),
            Relation.AT_LEAST: T("{name} is at least {value}?", **values),
            Relation.AT_MOST: T("{name} is at most {value}?", **values),
            Relation.EMPTY: T("{name} is empty?", **values),
        }[self.relation]

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not self.variable:
            yield Problem("nothing_to_compare", T("Say what to look at."), context.node, setting="variable")
        if self.relation in (Relation.AT_LEAST, Relation.AT_MOST) and _number(self.value.strip()) is None:
            text = T("“{value}” is not a number.", value=self.value)
            yield Problem("not_a_number", text, context.node, setting="value")
        elif self.relation is not Relation.EMPTY and not self.value.strip():
            text = T("Give the value to compare with, or choose “empty”.")
            yield Problem("no_value", text, context.node, setting="value")

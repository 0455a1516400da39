"""Keep something about the call: values, how urgent it is, and what whoever takes it must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call
from controller.choices import Choices
from controller.flows import document
from controller.flows.clinic import Clinic
from controller.flows.document import Ref
from controller.flows.places import Name, filled
from controller.flows.registry import CheckContext, Exit, Family, Node, Problem, Result
from controller.texts import T, Text

LONGEST = 500
"""Characters of a value that are kept: it travels with the call."""


class Priority(Choices):
    """How urgent a call is. The bookmark keeps its rank; how long a head start that is, is the queue's matter."""

    UNCHANGED = "unchanged", T("as before")
    NORMAL = "normal", T("normal")
    SOON = "soon", T("soon")
    URGENT = "urgent", T("urgent")


RANKS = {Priority.NORMAL: 0, Priority.SOON: 1, Priority.URGENT: 2}


class Value(BaseModel):
    """A name and what is kept under it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(default="", title="Keep as")
    value: str = Field(
        default="", max_length=LONGEST, title="Value", description="May hold {caller.number} and the like."
    )


class Need(Choices):
    """How much a skill matters."""

    REQUIRED = "required", T("whoever takes the call must have it")
    PREFERRED = "preferred", T("those who have it are asked first")
    NOT_NEEDED = "not_needed", T("no longer needed")


class NeededSkill(BaseModel):
    """What whoever takes the call must be able to do, and how well."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skill: Ref[document.Skill] = Field(default_factory=Ref[document.Skill], title="Skill")
    need: Need = Field(default=Need.REQUIRED, title="How much it matters")
    level: int = Field(default=1, ge=1, le=5, title="Level at least", description="1: a little; 5: an expert.")


class Set(Node):
    """Keep something about the call: values for later, how urgent it is, which skills it needs.

    Values may be used by later texts, comparisons and web requests.
    """

    kind: ClassVar = "set"
    family: ClassVar = Family.SHAPE
    title: ClassVar = T("Set")
    purpose: ClassVar = T("Keep a value, how urgent the call is, or the skills it needs.")
    icon: ClassVar = "tag"

    values: tuple[Value, ...] = Field(default=(), max_length=20, title="Values")
    priority: Priority = Field(default=Priority.UNCHANGED, title="How urgent")
    skills: tuple[NeededSkill, ...] = Field(default=(), max_length=10, title="Skills needed")

    def exits(self) -> Sequence[Exit]:
        return [Exit("next", T("Next"))]

    def run(self, call: Call, clinic: Clinic) -> Result:
        for value in self.values:
            if value.name:
                call.variables[value.name] = filled(value.value, call.values())[:LONGEST]
        if self.priority in RANKS:
            call.mark.priority = RANKS[self.priority]
        for needed in self.skills:
            id = needed.skill.id
            call.mark.skills.pop(id, None)
            call.mark.preferred.pop(id, None)
            if needed.need is Need.REQUIRED:
                call.mark.skills[id] = needed.level
            elif needed.need is Need.PREFERRED:
                call.mark.preferred[id] = needed.level
        return "next"

    def variables(self) -> Iterable[str]:
        return [value.name for value in self.values if value.name]

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        set_: list[Text] = [
            T("{name} = {value}", name=value.name, value=value.value) for value in self.values if value.name
        ]
        if self.priority is not Priority.UNCHANGED:
            set_.append(T("priority: {priority}", priority=self.priority.words))
        for needed in self.skills:
            if needed.skill:
                name = names.get("skill", {}).get(needed.skill.id, needed.skill.name)
                set_.append(_IN_SHORT[needed.need](name))
        if not set_:
            return None
        summary = set_[0]
        for part in set_[1:]:
            summary = T("{first} · {then}", first=summary, then=part)
        return summary

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        if not self.values and not self.skills and self.priority is Priority.UNCHANGED:
            yield Problem("sets_nothing", T("Nothing is set here. Say what, or take this step away."), node)
        if not all(value.name for value in self.values):
            text = T("A value has no name. Give it one, or take it away.")
            yield Problem("value_without_name", text, node, setting="values")
        if not all(needed.skill for needed in self.skills):
            text = T("A skill has not been chosen. Choose it, or take it away.")
            yield Problem("no_skill", text, node, setting="skills")


_IN_SHORT: Mapping[Need, Callable[[str], Text]] = {
    Need.REQUIRED: lambda name: T("needs {skill}", skill=name),
    Need.PREFERRED: lambda name: T("better with {skill}", skill=name),
    Need.NOT_NEEDED: lambda name: T("no longer needs {skill}", skill=name),
}

"""Split calls by share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call
from controller.flows.clinic import Clinic
from controller.flows.registry import CheckContext, Exit, Family, Node, Problem, Result
from controller.texts import T, Text


class Part(BaseModel):
    """A way, and how many calls of a hundred go it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=40, title="Name of the way")
    percent: int = Field(default=0, ge=0, le=100, title="Percent")


class Share(Node):
    """Split calls by share: so many of a hundred go each way.

    Which way a call goes is settled by the call itself: it goes the same way however often it comes by.
    """

    kind: ClassVar = "share"
    family: ClassVar = Family.DECIDE
    title: ClassVar = T("Split by share")
    purpose: ClassVar = T("So many calls of a hundred go each way.")
    icon: ClassVar = "chart-pie"

    parts: tuple[Part, ...] = Field(
        default=(Part(name="A", percent=50), Part(name="B", percent=50)), max_length=20, title="Shares"
    )

    def exits(self) -> Sequence[Exit]:
        named = {part.name: part for part in self.parts if part.name}
        return [Exit(name, T("{name}: {percent} %", name=name, percent=part.percent)) for name, part in named.items()]

    def run(self, call: Call, clinic: Clinic) -> Result:
        named = [part for part in self.parts if part.name]
        total = sum(part.percent for part in named)
        if not total:
            return named[0].name if named else ""
        drawn = hashlib.blake2b(f"{call.id}:{call.mark.node}".encode(), digest_size=8).digest()
        left = int.from_bytes(drawn) % total
        for part in named:
            left -= part.percent
            if left < 0:
                return part.name
        raise AssertionError("shares add up to their total")

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        shares = [f"{part.name}: {part.percent} %" for part in self.parts if part.name]
        return T("{shares}", shares=" · ".join(shares)) if shares else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        total = sum(part.percent for part in self.parts)
        if total != 100:
            text = T("The shares add up to {total} percent. Make it 100.", total=total)
            yield Problem("shares_not_100", text, node, setting="parts")
        if not all(part.name for part in self.parts):
            text = T("A share has no name. Give it one, or take it away.")
            yield Problem("share_without_name", text, node, setting="parts")
        for name, times in Counter(part.name for part in self.parts if part.name).items():
            if times > 1:
                text = T("Two shares are named {name}. Give one of them another name.", name=name)
                yield Problem("share_twice", text, node, exit=name, setting="parts")

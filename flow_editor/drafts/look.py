"""What there is to see of a flow that is being drawn: each node's exits and its one line, and what is wrong. Pure: the words are
chosen later, since several people look at one draft in several languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from controller.flows.checks import check
from controller.flows.clinic import Clinic
from controller.flows.document import REFERABLE, Document, DrawnNode
from controller.flows.registry import Exit, Node, Problem, Undrawn, UnknownKind, kinds, make
from controller.texts import T, Text
from flow_editor.drafts.schemas import DrawnExit, DrawnProblem, NodeLook


@dataclass(frozen=True)
class Seen:
    """A node as it is seen."""

    exits: tuple[Exit, ...]
    gone: tuple[str, ...]
    """Exits by which an arrow leaves though the node does not have them (any more)."""
    summary: Text | None

    def said(self, language: str) -> NodeLook:
        """In a language."""
        exits = [DrawnExit(name=way.name, label=way.label.render(language), undrawn=way.undrawn) for way in self.exits]
        exits += [DrawnExit(name=name, label=name, undrawn=Undrawn.PROBLEM, gone=True) for name in self.gone]
        return NodeLook(summary=self.summary.render(language) if self.summary else None, exits=exits)


@dataclass(frozen=True)
class Look:
    """All of a flow, as it is seen."""

    nodes: Mapping[str, Seen] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def problems_in(self, language: str) -> list[DrawnProblem]:
        """What is wrong, worst first, in a language."""
        return [
            DrawnProblem(
                code=found.code,
                text=found.text.render(language),
                node=found.node,
                exit=found.exit,
                setting=found.setting,
                severity=found.severity,
            )
            for found in self.problems
        ]


def look(document: Document, clinic: Clinic, now: datetime, flow: str | None) -> Look:
    """Look at a flow as it is `now`. `flow`: its id, where it has one."""
    names = Names(clinic)
    nodes = {id: _seen(drawn, document.edges.get(id, {}), names) for id, drawn in document.nodes.items()}
    return Look(nodes, tuple(check(document, clinic, now, flow)))


def refused(reason: Text) -> Look:
    """What is seen of a draft that cannot be read."""
    return Look(problems=(Problem("unreadable", T("The flow cannot be read: {why}", why=reason)),))


class Names(Mapping[str, Mapping[str, str]]):
    """The clinic's names by noun, for summaries: asked for when they are needed."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._known: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, noun: str) -> Mapping[str, str]:
        if noun not in self._known:
            self._known[noun] = self._clinic.names(noun)
        return self._known[noun]

    def __iter__(self) -> Iterator[str]:
        return iter(REFERABLE)

    def __len__(self) -> int:
        return len(REFERABLE)


def _seen(drawn: DrawnNode, edges: Mapping[str, str], names: Names) -> Seen:
    node = _made(drawn)
    if node is None:
        return Seen((), tuple(edges), None)
    exits = tuple(node.exits())
    known = {way.name for way in exits}
    return Seen(exits, tuple(name for name in edges if name not in known), node.summary(names))


def _made(drawn: DrawnNode) -> Node | None:
    """The node; as it is born where its settings cannot be read; None for a kind that this program does not have."""
    try:
        return make(drawn.kind, drawn.settings)
    except ValidationError:
        return kinds()[drawn.kind]()
    except UnknownKind:
        return None

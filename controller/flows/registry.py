"""Every kind of node. A kind is a class in flows/nodes/; the palette, the form, the checks, the reference page and the
tests all come from here, and no second list exists."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict

from controller.calls.bookmark import Phase
from controller.calls.call import Call
from controller.flows.clinic import Clinic
from controller.flows.document import Document
from controller.flows.speech import Speech
from controller.texts import Text


class Family(StrEnum):
    """How kinds are grouped in the palette."""

    TALK = "talk"
    DECIDE = "decide"
    CONNECT = "connect"
    SHAPE = "shape"


class Undrawn(StrEnum):
    """Where a call goes by an exit that has no edge."""

    PROBLEM = "problem"  # the flow cannot be published so; at run time it is a failure
    CATCH_ALL = "catch_all"  # to the flow's catch-all: every failure exit
    HANG_UP = "hang_up"  # the call has reached a natural end


@dataclass(frozen=True)
class Exit:
    """A way out of a node: `name` in the document, `label` on the canvas, `words` in a sentence (by default “label”)."""

    name: str
    label: Text
    undrawn: Undrawn = Undrawn.PROBLEM
    words: Text | None = None


@dataclass(frozen=True)
class Enter:
    """Result of a node: walk another flow, then leave this node by the exit its `Return` names.

    A flow that comes to a natural end returns `DONE`; one that fails without a catch-all of its own returns `FAILED`.
    """

    flow: str


@dataclass(frozen=True)
class Return:
    """Result of a node: end this subflow with an outcome; in a flow that was not entered from another one, hang up."""

    outcome: str


@dataclass(frozen=True)
class Ended:
    """Result of a node: the call is over."""


Result: TypeAlias = "str | Enter | Return | Ended"
"""What a node's run comes to: usually the name of an exit."""


FAILED = "failed"
"""The exit by which a node leaves when it cannot do its work; undrawn, it goes to the catch-all."""

DONE = "done"
"""The outcome of a subflow that came to its natural end without naming another."""


class NodeFailed(Exception):
    """A node could not do its work; `reason` is for staff. The call leaves by the failure exit, or by the catch-all."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Severity(StrEnum):
    """An error keeps a flow from being published; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """What is wrong, in words staff understand, and what to do; at a node, and its exit or setting when it is about one."""

    code: str
    text: Text
    node: str | None = None
    exit: str | None = None
    setting: str | None = None
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class CheckContext:
    """What a kind's own checks may look at."""

    document: Document
    nodes: Mapping[str, Node]
    clinic: Clinic
    node: str
    """Which node is being checked."""


class Node(BaseModel, ABC):
    """One node's settings, and what it does. A kind subclasses this in a file of its own and declares its class variables.

    Born valid: every setting has a default, and an empty one is a problem in `problems`, not a validation error.
    The first line of the docstring is the kind's entry in the reference; the rest explains it to staff.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    family: ClassVar[Family]
    """Kinds of the family CONNECT bring the caller to people: the emergency sentence must have been said before."""
    title: ClassVar[Text]
    purpose: ClassVar[Text]
    """One sentence for the palette."""
    icon: ClassVar[str]
    """Name in the Tabler icon set."""
    everyday: ClassVar[bool] = False
    """Whether the palette shows it without "More"."""
    waits_for_caller: ClassVar[bool] = False
    """Whether it lets the caller press or speak: a loop without such a node never ends."""
    said_to_staff: ClassVar[frozenset[str]] = frozenset()
    """Settings that are a `Speech` for staff, not for callers."""

    @abstractmethod
    def exits(self) -> Sequence[Exit]:
        """The ways out, in the order of the canvas; they may depend on the settings."""

    @abstractmethod
    def run(self, call: Call, clinic: Clinic) -> Result:
        """Do it. May raise what `Call` raises, and NodeFailed."""

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        """Go on after a takeover or a conversation, from a phase that `run` wrote."""
        return self.run(call, clinic)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        """One line on the card: what it does. `names`: noun to id to name."""
        return None

    def opening(self) -> Speech | None:
        """What every caller who enters hears first: by default the first of the settings that is a `Speech`."""
        return next(
            (value for name in type(self).model_fields if isinstance(value := getattr(self, name), Speech)), None
        )

    def holds_caller(self) -> bool:
        """Whether the caller is asked something here, brought to people, or sent away: the day's announcement must have been
        heard before."""
        return self.waits_for_caller or self.family is Family.CONNECT

    def variables(self) -> Iterable[str]:
        """Names of the variables it gives the call, for the check of texts; "order.*" stands for all that begin so."""
        return ()

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        """What only this kind can know to be wrong with its settings; references and exits are checked for all kinds."""
        return iter(())


@functools.cache
def kinds() -> Mapping[str, type[Node]]:
    """Every kind by name, from the files in flows/nodes/."""
    from controller.flows import nodes

    found: dict[str, type[Node]] = {}
    for module in pkgutil.iter_modules(nodes.__path__, nodes.__name__ + "."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Node) and kind.__module__ == module.name and "kind" in vars(kind):
                if kind.kind in found:
                    raise TypeError(f"two kinds of node are named {kind.kind!r}")
                found[kind.kind] = kind
    return dict(sorted(found.items()))


class UnknownKind(LookupError):
    """A kind of node that this program does not have."""


def make(kind: str, settings: Mapping[str, Any]) -> Node:
    """The node with these settings. Raises UnknownKind, or pydantic's ValidationError."""
    try:
        node = kinds()[kind]
    except KeyError:
        raise UnknownKind(kind) from None
    return node.model_validate(dict(settings))

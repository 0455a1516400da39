"""Decide by how it is with a queue: the wait to be expected, who waits, who answers, how many have called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call
from controller.choices import Choices
from controller.flows import document
from controller.flows.clinic import Clinic
from controller.flows.document import Ref
from controller.flows.registry import (
    FAILED,
    CheckContext,
    Exit,
    Family,
    Node,
    NodeFailed,
    Problem,
    Result,
    Undrawn,
)
from controller.queues.waiting import Outlook
from controller.texts import T, Text

OTHERWISE = "otherwise"


class Measure(Choices):
    """What is looked at."""

    WAIT = "wait", T("minutes to wait")
    WAITING = "waiting", T("callers waiting")
    LONGEST = "longest", T("minutes the first has waited")
    AGENTS = "agents", T("staff who answer it now")
    FREE = "free", T("of these, staff who are free")
    CALLS = "calls", T("callers in the last hour")


class Bound(Choices):
    """How it is compared."""

    AT_LEAST = "at_least", T("at least")
    AT_MOST = "at_most", T("at most")


_MEASURED: Mapping[Measure, Callable[[Outlook], float | None]] = {
    Measure.WAIT: lambda outlook: None if outlook.wait is None else outlook.wait.mean / 60,
    Measure.WAITING: lambda outlook: outlook.waiting,
    Measure.LONGEST: lambda outlook: outlook.longest / 60,
    Measure.AGENTS: lambda outlook: outlook.agents,
    Measure.FREE: lambda outlook: outlook.free,
    Measure.CALLS: lambda outlook: outlook.joined,
}


class Condition(BaseModel):
    """A way, and when calls go it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=40, title="Name of the way")
    measure: Measure = Field(default=Measure.WAIT, title="What to look at")
    bound: Bound = Field(default=Bound.AT_LEAST, title="Is it")
    value: float = Field(default=5, ge=0, le=10_000, title="Number")

    def holds(self, outlook: Outlook) -> bool:
        """Nothing holds of what is not known."""
        measured = _MEASURED[self.measure](outlook)
        if measured is None:
            return False
        return measured >= self.value if self.bound is Bound.AT_LEAST else measured <= self.value


class QueueConditions(Node):
    """Go on by how busy a queue is: the first condition that holds, from the top, decides the way.

    The wait to be expected is that of this call, as urgent as it is and with the skills it needs ("Set"). While nobody answers
    the queue no wait is known, and no condition about it holds: put "staff who answer it now at most 0" first. Offer those who
    would wait long another way, such as a message or another location, before they stand in line.
    """

    kind: ClassVar = "queue_conditions"
    family: ClassVar = Family.DECIDE
    title: ClassVar = T("How busy it is")
    purpose: ClassVar = T("Go on by the wait, the staff or the calls of a queue.")
    icon: ClassVar = "gauge"

    queue: Ref[document.Queue] = Field(default_factory=Ref[document.Queue], title="Queue")
    conditions: tuple[Condition, ...] = Field(
        default=(Condition(name="Long wait"),),
        max_length=20,
        title="Conditions",
        description="The first that holds decides.",
    )

    def exits(self) -> Sequence[Exit]:
        names = dict.fromkeys(condition.name for condition in self.conditions if condition.name)
        return [
            *(Exit(name, Text(name)) for name in names),
            Exit(OTHERWISE, T("Otherwise")),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        mark = call.mark
        outlook = clinic.queues.outlook(
            self.queue.id, rank=mark.priority, required=mark.skills, preferred=mark.preferred
        )
        if outlook is None:
            raise NodeFailed(T("The queue is gone, or none has been chosen."))
        call.note(
            "queue",
            queue=self.queue.id,
            wait=None if outlook.wait is None else round(outlook.wait.mean),
            waiting=outlook.waiting,
            agents=outlook.agents,
        )
        return next((one.name for one in self.conditions if one.name and one.holds(outlook)), OTHERWISE)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if not self.queue:
            return None
        return T("How busy “{queue}” is", queue=names.get("queue", {}).get(self.queue.id, self.queue.name))

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        if not self.queue:
            yield Problem("no_queue", T("Choose the queue to look at."), node, setting="queue")
        if not self.conditions:
            text = T("There is no condition. Add one, or take this step away.")
            yield Problem("no_conditions", text, node, setting="conditions")
        if not all(one.name for one in self.conditions):
            text = T("A condition has no name. Give it one, or take it away.")
            yield Problem("condition_without_name", text, node, setting="conditions")
        for name, times in Counter(one.name for one in self.conditions if one.name).items():
            if times > 1 or name in (OTHERWISE, FAILED):
                text = T("Another way is named {name} already. Give one of them another name.", name=name)
                yield Problem("condition_twice", text, node, exit=name, setting="conditions")

"""Decide by opening hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call
from controller.choices import Choices
from controller.flows import document
from controller.flows.clinic import Clinic, HoursAnswer, Opening
from controller.flows.document import Ref
from controller.flows.registry import Exit, Family, Node, NodeFailed, Result
from controller.texts import T, Text


class Apart(Choices):
    """States that may have a way of their own; open and closed always have."""

    BREAK = Opening.BREAK.value, Opening.BREAK.words
    HOLIDAY = Opening.HOLIDAY.value, Opening.HOLIDAY.words
    EMERGENCY = Opening.EMERGENCY.value, Opening.EMERGENCY.words


class Hours(Node):
    """Go on by whether the clinic is open right now.

    Without hours of its own it asks those of the location the call is for. Nothing is said here. Texts behind it may say
    {hours.until:time} or {hours.until:day}, when this changes next, and {hours.reason}, such as a holiday's name.
    """

    kind: ClassVar = "hours"
    family: ClassVar = Family.DECIDE
    title: ClassVar = T("Opening hours")
    purpose: ClassVar = T("Go on by whether the clinic is open, on a break, or closed.")
    icon: ClassVar = "clock"
    everyday: ClassVar = True

    hours: Ref[document.Hours] = Field(
        default_factory=Ref[document.Hours], title="Opening hours", description="Empty: those of the call's location."
    )
    separate: tuple[Apart, ...] = Field(
        default=tuple(Apart),
        max_length=3,
        title="Ways of their own",
        description="What is not chosen here goes the way of “Closed”.",
    )

    def exits(self) -> Sequence[Exit]:
        return [
            Exit(state.value, state.words)
            for state in Opening
            if state in (Opening.OPEN, Opening.CLOSED) or state.value in self.separate
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        answer = self._ask(call, clinic)
        until = answer.until.astimezone(answer.zone) if answer.until and answer.zone else answer.until
        call.variables["hours.until"] = until.isoformat() if until else ""
        call.variables["hours.reason"] = answer.reason
        call.note("hours", state=answer.state.value, reason=answer.reason)
        apart = answer.state in (Opening.OPEN, Opening.CLOSED) or answer.state.value in self.separate
        return answer.state.value if apart else Opening.CLOSED.value

    def _ask(self, call: Call, clinic: Clinic) -> HoursAnswer:
        if self.hours:
            chosen: str | None = self.hours.id
        else:
            place = clinic.location(call.location) if call.location else None
            chosen = place.hours if place else None
        if chosen is None:
            raise NodeFailed(T("The call's location has no opening hours, and none are chosen here."))
        answer = clinic.hours(chosen, call.now())
        if answer is None:
            raise NodeFailed(T("The opening hours chosen here are gone."))
        return answer

    def variables(self) -> Iterable[str]:
        return ("hours.until", "hours.reason")

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if not self.hours:
            return T("By the location's opening hours")
        return T("By {hours}", hours=names.get("hours", {}).get(self.hours.id, self.hours.name))

"""End the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, cast

from pydantic import Field

from controller.calls.call import Call
from controller.choices import Choices
from controller.flows.clinic import Clinic
from controller.flows.registry import Ended, Exit, Family, Node, Result
from controller.flows.speech import Speech
from controller.texts import T, Text


class Manner(Choices):
    """What the caller's telephone is told."""

    FINISHED = "finished", T("End the call")
    BUSY = "busy", T("Give the busy tone")
    REJECTED = "rejected", T("Refuse the call")


class HangUp(Node):
    """End the call, after a last word if you like.

    "Busy" and "refused" are for calls that nobody has answered yet, such as those from blocked numbers; after anything
    has been said they are like "finished".
    """

    kind: ClassVar = "hang_up"
    family: ClassVar = Family.SHAPE
    title: ClassVar = T("Hang up")
    purpose: ClassVar = T("The call ends here.")
    icon: ClassVar = "phone-off"
    everyday: ClassVar = True

    goodbye: Speech = Field(default_factory=Speech, title="Last words", description="Said before the call ends.")
    manner: Manner = Field(default=Manner.FINISHED, title="How", description="What the caller's telephone shows.")

    def exits(self) -> Sequence[Exit]:
        return []

    def opening(self) -> Speech | None:
        return self.goodbye or None

    def holds_caller(self) -> bool:
        return self.manner is Manner.FINISHED

    def run(self, call: Call, clinic: Clinic) -> Result:
        said = self.goodbye.utter(call, clinic)
        if said:
            call.play(said)
        call.hang_up(cast(Literal["finished", "busy", "rejected"], self.manner.value))
        return Ended()

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        return self.manner.words

"""Let the caller hear something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call
from controller.flows.clinic import Clinic
from controller.flows.registry import Exit, Family, Node, Result
from controller.flows.speech import Speech
from controller.texts import T, Text

SHOWN = 60
"""Characters of a text that fit on a node's card."""


class Say(Node):
    """Say something, to its end.

    Write the text in each language that the flow offers, or choose a recorded prompt. A recording that is missing is
    spoken from its text.
    """

    kind: ClassVar = "say"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Say")
    purpose: ClassVar = T("Callers hear a text or a recording.")
    icon: ClassVar = "message"
    everyday: ClassVar = True

    speech: Speech = Field(default_factory=Speech, title="What callers hear")

    def exits(self) -> Sequence[Exit]:
        return [Exit("next", T("Next"))]

    def run(self, call: Call, clinic: Clinic) -> Result:
        said = self.speech.utter(call, clinic)
        if said:
            call.play(said)
        else:
            call.note("nothing to say")
        return "next"

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if self.speech.prompt:
            name = names.get("prompt", {}).get(self.speech.prompt.id, self.speech.prompt.name)
            return T("Recording: {name}", name=name)
        text = next((text for text in self.speech.text.values() if text.strip()), "")
        shown = text if len(text) <= SHOWN else text[:SHOWN].rsplit(" ", 1)[0] + " …"
        return T("“{text}”", text=shown) if text else None

"""Tell callers that the call is recorded, or ask them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.bookmark import Phase
from controller.calls.call import Call
from controller.choices import Choices
from controller.flows import recording
from controller.flows.clinic import Clinic
from controller.flows.registry import FAILED, CheckContext, Exit, Family, Node, Problem, Result, Undrawn
from controller.flows.speech import Speech
from controller.flows.staff import Key
from controller.texts import T, Text


class Consent(Choices):
    """What counts as consent."""

    TOLD = "told", T("once callers are told")
    UNLESS_KEY = "unless_key", T("unless the caller presses the key")
    ONLY_BY_KEY = "only_by_key", T("only if the caller presses the key")


def _announcement() -> Speech:
    return Speech(
        text={
            "en": "This call may be recorded to improve our service. If you do not want that, press 2 now.",
            "es": "Esta llamada puede ser grabada para mejorar nuestro servicio. Si no lo desea, oprima el dos ahora.",
        }
    )


class RecordingConsent(Node):
    """Tell callers that the call is recorded, or ask them, and begin to record.

    The law of your state says which of the three it must be: told (whoever stays on the line agrees), recorded unless the
    caller presses a key, or recorded only if the caller presses a key.
    """

    kind: ClassVar = "consent"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Recording consent")
    purpose: ClassVar = T("Callers are told that the call is recorded, or asked.")
    icon: ClassVar = "file-check"
    waits_for_caller: ClassVar = True

    prompt: Speech = Field(default_factory=_announcement, title="What callers hear")
    consent: Consent = Field(default=Consent.UNLESS_KEY, title="Recorded")
    key: Key = Field(default="2", title="Key", description="By which callers decline, or agree.")
    seconds: float = Field(
        default=3, ge=1, le=60, title="Seconds to decide", description="From the end of the text on."
    )
    attempts: int = Field(
        default=2, ge=1, le=5, title="Attempts", description="Where a key is needed to agree: how often to ask."
    )
    record: bool = Field(default=True, title="Begin to record", description="As soon as the caller agrees.")

    def exits(self) -> Sequence[Exit]:
        declined = [] if self.consent is Consent.TOLD else [Exit("declined", T("Declined"))]
        return [Exit("agreed", T("Agreed")), *declined, Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL)]

    def run(self, call: Call, clinic: Clinic) -> Result:
        agreed = self._agreed(call, clinic)
        call.note("consent", agreed=agreed)
        if not agreed:
            return "declined"
        if self.record:
            recording.begin(call, clinic)
        return "agreed"

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        recording.go_on(call)
        return "agreed"

    def _agreed(self, call: Call, clinic: Clinic) -> bool:
        said = self.prompt.utter(call, clinic)
        if self.consent is Consent.TOLD:
            if said:
                call.play(said)
            return True
        for _ in range(self.attempts):
            pressed = call.collect(said, least=1, most=1, first_seconds=self.seconds, terminators="")
            if pressed.keys == self.key:
                return self.consent is Consent.ONLY_BY_KEY
            if self.consent is Consent.UNLESS_KEY:
                return True
        return False

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        return {
            Consent.TOLD: T("Callers are told"),
            Consent.UNLESS_KEY: T("Press {key} to decline", key=self.key),
            Consent.ONLY_BY_KEY: T("Press {key} to agree", key=self.key),
        }[self.consent]

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if self.consent is not Consent.TOLD and not self.key:
            text = T("Callers cannot answer: choose the key they press.")
            yield Problem("no_consent_key", text, context.node, setting="key")

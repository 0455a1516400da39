"""Let the caller choose the language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call
from controller.flows import document
from controller.flows.clinic import Clinic
from controller.flows.registry import CheckContext, Exit, Family, Node, Problem, Result
from controller.flows.speech import Speech
from controller.flows.staff import Key
from controller.texts import T, Text


class Offered(BaseModel):
    """A language, and the key it is chosen by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key = Field(default="", title="Key")
    language: document.Language = Field(default="en", title="Language", json_schema_extra={"x-widget": "language"})


def _sentences() -> Speech:
    return Speech(text={"en": "For English, press 1.", "es": "Para español, oprima el dos."})


class Language(Node):
    """Let callers choose the language they are spoken to in from here on.

    Each language is offered in itself, one after another. A caller whose language is known is not asked. Whoever presses
    nothing goes on in the flow's first language.
    """

    kind: ClassVar = "language"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Language")
    purpose: ClassVar = T("Callers choose the language they are spoken to in.")
    icon: ClassVar = "language"
    waits_for_caller: ClassVar = True

    sentence: Speech = Field(
        default_factory=_sentences, title="What callers hear", description="In each language its own sentence."
    )
    offered: tuple[Offered, ...] = Field(
        default=(Offered(key="1", language="en"), Offered(key="2", language="es")), max_length=12, title="Languages"
    )
    skip_known: bool = Field(
        default=True, title="Skip when known", description="Do not ask callers whose language is among your contacts."
    )
    attempts: int = Field(default=2, ge=1, le=10, title="Attempts")
    seconds: float = Field(
        default=8, ge=2, le=120, title="Seconds to choose", description="From the end of the text on."
    )

    def exits(self) -> Sequence[Exit]:
        return [Exit("next", T("Next"))]

    def holds_caller(self) -> bool:
        return False  # what is to be heard in the caller's language waits for it

    def run(self, call: Call, clinic: Clinic) -> Result:
        known = self._known(call, clinic)
        if known:
            call.language = known
            call.note("language known", language=known)
            return "next"
        said = [
            utterance for offered in self.offered for utterance in self.sentence.utter(call, clinic, offered.language)
        ]
        for _ in range(self.attempts):
            pressed = call.collect(said, least=1, most=1, first_seconds=self.seconds, terminators="")
            for offered in self.offered:
                if pressed.keys and pressed.keys == offered.key:
                    call.language = offered.language
                    call.note("language chosen", language=offered.language)
                    return "next"
        call.note("no language chosen", language=call.language)
        return "next"

    def _known(self, call: Call, clinic: Clinic) -> str | None:
        contact = clinic.contact(call.caller.number) if self.skip_known else None
        if contact is None or contact.language not in {offered.language for offered in self.offered}:
            return None
        return contact.language

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        choices = [f"{offered.key}: {_name(offered.language)}" for offered in self.offered]
        return T("Press {choices}", choices=" · ".join(choices)) if choices else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not self.offered:
            text = T("No language is offered. Add one, or take this step away.")
            yield Problem("no_languages", text, context.node, setting="offered")
        for key, times in Counter(offered.key for offered in self.offered).items():
            if not key:
                text = T("A language has no key. Give it one.")
                yield Problem("language_without_key", text, context.node, setting="offered")
            elif times > 1:
                text = T("Key {key} is given twice. Give one of the languages another key.", key=key)
                yield Problem("key_twice", text, context.node, setting="offered")
        for offered in self.offered:
            name = _name(offered.language)
            if offered.language not in context.document.languages:
                text = T("The flow is not made for {language}. Add it to the flow's languages.", language=name)
                yield Problem("language_not_in_flow", text, context.node, setting="offered")
            if not self.sentence.prompt and not self.sentence.text.get(offered.language, "").strip():
                text = T("Nothing offers {language} in its own words. Write its sentence.", language=name)
                yield Problem("language_not_said", text, context.node, setting="sentence")


def _name(language: str) -> str:
    """A language by its own name: "español"."""
    try:
        return Locale.parse(language, sep="-").display_name or language
    except (UnknownLocaleError, ValueError):
        return language

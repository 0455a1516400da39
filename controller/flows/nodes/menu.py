"""Let the caller choose by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from controller.calls.call import Call, Utterance
from controller.flows.clinic import Clinic
from controller.flows.registry import FAILED, CheckContext, Exit, Family, Node, Problem, Result, Severity, Undrawn
from controller.flows.speech import Speech
from controller.flows.staff import Key
from controller.texts import T, Text

REPEATS = 10
"""How often a caller may have the menu repeated before it counts as an attempt: a stuck key must not hold a line."""


def _nothing_pressed() -> Speech:
    return Speech(text={"en": "Sorry, we did not hear a choice.", "es": "Disculpe, no recibimos ninguna opción."})


def _wrong_key() -> Speech:
    return Speech(
        text={"en": "Sorry, that is not one of the choices.", "es": "Disculpe, esa no es una de las opciones."}
    )


class Choice(BaseModel):
    """A key, or several one after another, and what it stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,6}$")] = Field(default="", title="Key")
    label: str = Field(default="", max_length=60, title="What it is for", description="Shown to staff, not spoken.")


class Menu(Node):
    """Say what there is to choose from, and go on by the key the caller presses.

    Say each choice before its key ("For appointments, press 1"). Callers who know the menu may press at once, and hear it
    again by the repeat key. A choice may be several keys long. Whoever presses nothing, or only wrong keys, leaves by
    "No choice": lead that to a person, since some callers cannot press keys at all.
    """

    kind: ClassVar = "menu"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Menu")
    purpose: ClassVar = T("Callers choose by pressing a key.")
    icon: ClassVar = "list-numbers"
    everyday: ClassVar = True
    waits_for_caller: ClassVar = True

    prompt: Speech = Field(default_factory=Speech, title="What callers hear")
    choices: tuple[Choice, ...] = Field(default=(), max_length=40, title="Choices")
    interruptible: bool = Field(
        default=True, title="Keys cut the text short", description="Otherwise callers hear it to its end first."
    )
    repeat_key: Key = Field(default="", title="Key to hear it again")
    attempts: int = Field(
        default=3, ge=1, le=10, title="Attempts", description="How often it is said before “No choice”."
    )
    first_seconds: float = Field(
        default=10, ge=2, le=120, title="Seconds to choose", description="From the end of the text to the first key."
    )
    between_seconds: float = Field(
        default=5,
        ge=1,
        le=60,
        title="Seconds between keys",
        description="Where a choice has several. Relay callers are slow: rather more.",
    )
    no_key: Speech = Field(default_factory=_nothing_pressed, title="When nothing is pressed")
    wrong_key: Speech = Field(default_factory=_wrong_key, title="When a wrong key is pressed")

    def exits(self) -> Sequence[Exit]:
        drawn = {choice.key: choice for choice in self.choices if choice.key}
        return [
            *(Exit(key, _label(choice), words=_words(choice)) for key, choice in drawn.items()),
            Exit("no_choice", T("No choice"), Undrawn.CATCH_ALL),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        menu = self.prompt.utter(call, clinic)
        before: list[Utterance] = []
        repeats = attempts = 0
        while attempts < self.attempts:
            keys = self._ask(call, [*before, *menu])
            if keys and keys == self.repeat_key and repeats < REPEATS:
                repeats, before = repeats + 1, []
                continue
            for choice in self.choices:
                if keys and keys == choice.key:
                    call.note("pressed", keys=keys, label=choice.label)
                    return choice.key
            if keys:
                call.note("wrong key", keys=keys)
            else:
                call.note("nothing pressed")
            before = (self.wrong_key if keys else self.no_key).utter(call, clinic)
            attempts += 1
        return "no_choice"

    def _ask(self, call: Call, said: Sequence[Utterance]) -> str:
        """The keys of one attempt. Each key is waited for by itself, so that a choice is taken as soon as it is clear."""
        if not self.interruptible and said:
            call.play(said)
            said = ()
        pressable = [choice.key for choice in self.choices if choice.key] + [self.repeat_key]
        several = any(len(key) > 1 for key in pressable)
        terminators = "#" if several and not any("#" in key for key in pressable) else ""
        keys, seconds = "", self.first_seconds
        while True:
            pressed = call.collect(
                said,
                least=1,
                most=1,
                first_seconds=seconds,
                between_seconds=self.between_seconds,
                terminators=terminators,
            )
            keys += pressed.keys
            longer = any(key.startswith(keys) and key != keys for key in pressable)
            if not pressed.keys or pressed.ended == "terminator" or not longer:
                return keys
            said, seconds = (), self.between_seconds

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        choices = [f"{choice.key}: {choice.label}" if choice.label else choice.key for choice in self.choices]
        return T("Press {choices}", choices=" · ".join(choices)) if choices else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not any(choice.key for choice in self.choices):
            yield Problem("no_keys", T("The menu has no keys. Add a choice."), context.node, setting="choices")
        elif not all(choice.key for choice in self.choices):
            text = T("A choice has no key. Give it one, or take it away.")
            yield Problem("choice_without_key", text, context.node, setting="choices")
        pressable = [choice.key for choice in self.choices if choice.key]
        for key, times in Counter([*pressable, *([self.repeat_key] if self.repeat_key else [])]).items():
            if times > 1:
                text = T("Key {key} is given twice. Give one of the choices another key.", key=key)
                yield Problem("key_twice", text, context.node, exit=key, setting="choices")
        for key in sorted(set(pressable)):
            if any(other != key and other.startswith(key) for other in pressable):
                text = T(
                    "Key {key} also begins a longer choice: whoever presses it waits {seconds} seconds.",
                    key=key,
                    seconds=f"{self.between_seconds:g}",
                )
                yield Problem(
                    "key_begins_longer", text, context.node, exit=key, setting="choices", severity=Severity.WARNING
                )


def _words(choice: Choice) -> Text:
    return (
        T("key {key} ({label})", key=choice.key, label=choice.label) if choice.label else T("key {key}", key=choice.key)
    )


def _label(choice: Choice) -> Text:
    return T("{key}: {label}", key=choice.key, label=choice.label) if choice.label else T("Key {key}", key=choice.key)

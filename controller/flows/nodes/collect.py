"""Let the caller type digits: a date of birth, a number, whatever else keys can say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from controller.calls.bookmark import Phase
from controller.calls.call import Call, CarrierFailed, Digits, RecordingState, Utterance
from controller.choices import Choices
from controller.flows.clinic import Clinic
from controller.flows.places import Name
from controller.flows.registry import FAILED, CheckContext, Exit, Family, Node, Problem, Result, Severity, Undrawn
from controller.flows.speech import Speech
from controller.telephone import NotATelephoneNumber, e164
from controller.texts import T, Text

CONFIRMS = 2
"""How often a caller is asked whether what they typed is right, before they type it again."""

_OLDEST_YEARS = 130


class Entry(Choices):
    """What is typed."""

    ANYTHING = "anything", T("any digits")
    DATE_OF_BIRTH = "date_of_birth", T("a date of birth")
    TELEPHONE = "telephone", T("a telephone number")


class DateOrder(Choices):
    """In what order callers type a date; the year has four digits."""

    MONTH_DAY_YEAR = "mdy", T("month, day, year")
    DAY_MONTH_YEAR = "dmy", T("day, month, year")
    YEAR_MONTH_DAY = "ymd", T("year, month, day")


_ORDERS = {
    DateOrder.MONTH_DAY_YEAR: (slice(4, 8), slice(0, 2), slice(2, 4)),
    DateOrder.DAY_MONTH_YEAR: (slice(4, 8), slice(2, 4), slice(0, 2)),
    DateOrder.YEAR_MONTH_DAY: (slice(0, 4), slice(4, 6), slice(6, 8)),
}
_READ_BACK = {Entry.ANYTHING: "digits", Entry.DATE_OF_BIRTH: "full-date", Entry.TELEPHONE: "phone"}


def _not_valid() -> Speech:
    return Speech(text={"en": "Sorry, that does not seem right.", "es": "Disculpe, eso no parece correcto."})


def _read_back() -> Speech:
    return Speech(text={"en": "You entered", "es": "Usted marcó"})


def _is_it_right() -> Speech:
    return Speech(
        text={
            "en": "If that is right, press 1. To enter it again, press 2.",
            "es": "Si es correcto, oprima el uno. Para marcarlo de nuevo, oprima el dos.",
        }
    )


class Collect(Node):
    """Ask for digits and keep them under a name.

    What is typed can be checked (a date of birth, a telephone number) and read back for the caller to confirm. Mark it as
    private when nobody needs to see it: private digits are never stored, shown or read back, and a recording of the call
    is paused meanwhile; only a web request later in this call can use them.
    """

    kind: ClassVar = "collect"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Ask for digits")
    purpose: ClassVar = T("Callers type a date of birth, a number or a code.")
    icon: ClassVar = "dialpad"
    waits_for_caller: ClassVar = True

    prompt: Speech = Field(default_factory=Speech, title="What callers hear")
    variable: Name = Field(default="entry", title="Keep it as", description="Later texts may say it: {entry:digits}.")
    entry: Entry = Field(default=Entry.ANYTHING, title="What is typed")
    least: int = Field(default=1, ge=1, le=40, title="Digits at least")
    most: int = Field(default=10, ge=1, le=40, title="Digits at most")
    date_order: DateOrder = Field(default=DateOrder.MONTH_DAY_YEAR, title="Order of a date")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        default="US", title="Country of telephone numbers", description="For numbers typed without a country code."
    )
    terminator: Literal["#", "*", ""] = Field(default="#", title="Key that ends it")
    sensitive: bool = Field(default=False, title="Private", description="Never stored, shown, recorded or read back.")
    confirm: bool = Field(default=False, title="Read it back", description="The caller presses 1 if it is right.")
    attempts: int = Field(default=3, ge=1, le=10, title="Attempts")
    first_seconds: float = Field(
        default=15, ge=2, le=120, title="Seconds to begin", description="From the end of the text to the first key."
    )
    between_seconds: float = Field(
        default=6, ge=1, le=60, title="Seconds between keys", description="Relay callers are slow: rather more."
    )
    not_valid: Speech = Field(default_factory=_not_valid, title="When it is not right")
    read_back: Speech = Field(default_factory=_read_back, title="Before it is read back")
    is_it_right: Speech = Field(default_factory=_is_it_right, title="After it is read back")

    def exits(self) -> Sequence[Exit]:
        return [
            Exit("entered", T("Entered")),
            Exit("no_entry", T("Nothing valid entered"), Undrawn.CATCH_ALL),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        if self.sensitive and call.mark.recording_state == RecordingState.ON:
            call.phase("private")
            return self._private(call, clinic)
        return self._enter(call, clinic)

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        if phase.name == "private":
            return self._private(call, clinic)
        if phase.name == "confirming":
            return self._enter(call, clinic, str(phase.detail["value"]), int(phase.detail["attempts"]))
        return self.run(call, clinic)

    def _private(self, call: Call, clinic: Clinic) -> Result:
        """Ask while the recording is silent. Whether it has been paused already is the same here: pausing twice is once."""
        path = Path(call.mark.recording) if call.mark.recording else None
        call.set_recording(RecordingState.PAUSED, path)
        try:
            left = self._enter(call, clinic)
        except CarrierFailed:
            call.set_recording(RecordingState.ON, path)
            raise
        call.set_recording(RecordingState.ON, path)
        return left

    def _enter(self, call: Call, clinic: Clinic, value: str | None = None, attempts: int = 0) -> Result:
        """Ask until something valid has been typed. `value`, `attempts`: go on where a caller was asked to confirm it."""
        before: list[Utterance] = []
        while attempts < self.attempts:
            if value is None:
                digits = self._ask(call, [*before, *self.prompt.utter(call, clinic)])
                value = self._valid(digits.keys, call.now().date())
                if value is None and digits.keys:
                    call.note("not valid", digits=len(digits.keys))
                elif value is None:
                    call.note("nothing entered")
                before = self.not_valid.utter(call, clinic) if digits.keys else []
            if value is not None and self._confirmed(call, clinic, value, attempts):
                return self._keep(call, value)
            value, attempts = None, attempts + 1
        return "no_entry"

    def _ask(self, call: Call, said: Sequence[Utterance]) -> Digits:
        least, most = self._lengths()
        return call.collect(
            said,
            least=least,
            most=most,
            first_seconds=self.first_seconds,
            between_seconds=self.between_seconds,
            terminators=self.terminator,
            sensitive=self.sensitive,
        )

    def _lengths(self) -> tuple[int, int]:
        if self.entry is Entry.DATE_OF_BIRTH:
            return 8, 8
        return self.least, max(self.least, self.most)

    def _valid(self, keys: str, today: date) -> str | None:
        """What is kept for the keys pressed; None when they are not what was asked for."""
        least, most = self._lengths()
        if not least <= len(keys) <= most:
            return None
        match self.entry:
            case Entry.ANYTHING:
                return keys
            case Entry.DATE_OF_BIRTH:
                return _date_of_birth(keys, self.date_order, today)
            case Entry.TELEPHONE:
                try:
                    return e164(keys, self.country)
                except NotATelephoneNumber:
                    return None

    def _confirmed(self, call: Call, clinic: Clinic, value: str, attempts: int) -> bool:
        if not self.confirm or self.sensitive:
            return True
        call.phase("confirming", value=value, attempts=attempts)
        said = [
            *self.read_back.utter(call, clinic),
            *Speech(text={call.language: f"{{value:{_READ_BACK[self.entry]}}}."}).utter(
                call, clinic, also={"value": value}
            ),
            *self.is_it_right.utter(call, clinic),
        ]
        for _ in range(CONFIRMS):
            pressed = call.collect(said, least=1, most=1, first_seconds=self.first_seconds, terminators="")
            if pressed.keys in ("1", "2"):
                return pressed.keys == "1"
        return False

    def _keep(self, call: Call, value: str) -> str:
        if self.sensitive:
            call.secrets[self.variable] = value
            call.variables.pop(self.variable, None)
            call.variables[f"{self.variable}.entered"] = "yes"
            call.note("entered", digits="private")
        else:
            call.variables[self.variable] = value
            call.note("entered", digits=len(value))
        return "entered"

    def variables(self) -> Iterable[str]:
        return (self.variable, f"{self.variable}.entered") if self.sensitive else (self.variable,)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if not self.variable:
            return None
        kept = {
            Entry.ANYTHING: T("Digits kept as {name}", name=self.variable),
            Entry.DATE_OF_BIRTH: T("Date of birth kept as {name}", name=self.variable),
            Entry.TELEPHONE: T("Telephone number kept as {name}", name=self.variable),
        }[self.entry]
        return T("{kept}, private", kept=kept) if self.sensitive else kept

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        if not self.variable:
            text = T("What callers type has no name. Say what to keep it as.")
            yield Problem("no_variable", text, node, setting="variable")
        if self.entry is not Entry.DATE_OF_BIRTH and self.least > self.most:
            text = T("At least {least} digits and at most {most} cannot both be.", least=self.least, most=self.most)
            yield Problem("lengths_cross", text, node, setting="most")
        if self.sensitive and self.confirm:
            text = T("Private digits are never read back. Choose one of the two.")
            yield Problem("private_read_back", text, node, setting="confirm")
        for other, kind in context.nodes.items() if self.sensitive and self.variable else ():
            settings = kind.model_dump_json()
            if kind.kind != "webhook" and re.search(rf"\{{{self.variable}[:}}]", settings):
                text = T("“{name}” is private: only a web request can use it. Take it out.", name=self.variable)
                yield Problem("private_used", text, other, severity=Severity.WARNING)


def _date_of_birth(keys: str, order: DateOrder, today: date) -> str | None:
    if not keys.isdecimal():
        return None
    try:
        born = date(*(int(keys[part]) for part in _ORDERS[order]))
    except ValueError:
        return None
    return born.isoformat() if born <= today and born.year >= today.year - _OLDEST_YEARS else None

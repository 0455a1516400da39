"""Find out which location a call is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call
from controller.choices import Choices
from controller.flows import document
from controller.flows.clinic import Clinic, LocationAnswer
from controller.flows.document import Ref
from controller.flows.registry import CheckContext, Exit, Family, Node, Problem, Result
from controller.flows.speech import Speech
from controller.texts import T, Text

OTHER = "other"


class By(Choices):
    """What tells the location."""

    DIALLED = "dialled", T("the number dialled")
    AREA_CODE = "area_code", T("the caller's area code")
    POST_CODE = "post_code", T("the post code the caller types")


class Way(BaseModel):
    """A location whose callers go a way of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=40, title="Name of the way")
    location: Ref[document.Location] = Field(default_factory=Ref[document.Location], title="Location")


def _post_code() -> Speech:
    return Speech(
        text={
            "en": "Please enter your five digit zip code.",
            "es": "Por favor, marque su código postal de cinco dígitos.",
        }
    )


class Location(Node):
    """Find the location a call is for, by the number dialled, the caller's area code, or a post code they type.

    From here on the call belongs to that location: its opening hours hold, and its number is shown. Each location named
    here has a way of its own; all others, and callers whose location is not found, go on by "Elsewhere".
    """

    kind: ClassVar = "location"
    family: ClassVar = Family.DECIDE
    title: ClassVar = T("Location")
    purpose: ClassVar = T("Find out which of your locations a call is for.")
    icon: ClassVar = "map-pin"

    by: By = Field(default=By.DIALLED, title="Found by")
    ways: tuple[Way, ...] = Field(default=(), max_length=50, title="Locations")
    prompt: Speech = Field(default_factory=_post_code, title="What callers hear", description="To type a post code.")
    digits: int = Field(default=5, ge=3, le=10, title="Digits of a post code")
    attempts: int = Field(default=2, ge=1, le=10, title="Attempts")
    first_seconds: float = Field(
        default=15, ge=2, le=120, title="Seconds to begin", description="From the end of the text to the first key."
    )
    between_seconds: float = Field(
        default=6, ge=1, le=60, title="Seconds between keys", description="Relay callers are slow: rather more."
    )

    def exits(self) -> Sequence[Exit]:
        names = dict.fromkeys(way.name for way in self.ways if way.name)
        return [*(Exit(name, T("{name}", name=name)) for name in names), Exit(OTHER, T("Elsewhere"))]

    def opening(self) -> Speech | None:
        return self.prompt if self.by is By.POST_CODE else None

    def run(self, call: Call, clinic: Clinic) -> Result:
        found = self._find(call, clinic)
        call.note("location", found=found)
        if found is None:
            return OTHER
        call.location = found
        return next((way.name for way in self.ways if way.name and way.location.id == found), OTHER)

    def _find(self, call: Call, clinic: Clinic) -> str | None:
        match self.by:
            case By.DIALLED:
                number = clinic.number(call.dialled)
                return number.location if number else None
            case By.AREA_CODE:
                return _by_area_code(call.caller.number, clinic.locations())
            case By.POST_CODE:
                return self._by_post_code(call, clinic)

    def _by_post_code(self, call: Call, clinic: Clinic) -> str | None:
        for _ in range(self.attempts):
            pressed = call.collect(
                self.prompt.utter(call, clinic),
                least=self.digits,
                most=self.digits,
                first_seconds=self.first_seconds,
                between_seconds=self.between_seconds,
            )
            if len(pressed.keys) == self.digits:
                found = _longest(pressed.keys, clinic.locations(), lambda place: place.post_codes)
                if found is not None:
                    return found
        return None

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        return {
            By.DIALLED: T("By the number dialled"),
            By.AREA_CODE: T("By the caller's area code"),
            By.POST_CODE: T("By the post code the caller types"),
        }[self.by]

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        for way in self.ways:
            if not way.name or not way.location:
                text = T("A way has no name or no location. Give it both, or take it away.")
                yield Problem("way_incomplete", text, node, setting="ways")
        for name, times in Counter(way.name for way in self.ways if way.name).items():
            if times > 1 or name == OTHER:
                text = T("Two ways are named {name}. Give one of them another name.", name=name)
                yield Problem("way_twice", text, node, exit=name, setting="ways")
        if self.by is By.AREA_CODE and not any(place.area_codes for place in context.clinic.locations()):
            text = T("No location has area codes. Give them to your locations, or find the location in another way.")
            yield Problem("no_area_codes", text, node, setting="by")
        if self.by is By.POST_CODE and not any(place.post_codes for place in context.clinic.locations()):
            text = T("No location has post codes. Give them to your locations, or find the location in another way.")
            yield Problem("no_post_codes", text, node, setting="by")


def _by_area_code(number: str | None, places: Sequence[LocationAnswer]) -> str | None:
    if number is None:
        return None
    try:
        national = phonenumbers.national_significant_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return _longest(national, places, lambda place: place.area_codes)


def _longest(
    digits: str, places: Sequence[LocationAnswer], codes: Callable[[LocationAnswer], Iterable[str]]
) -> str | None:
    """The location with the longest code that `digits` begin with; the first of several."""
    matches = [(len(code), place.id) for place in places for code in codes(place) if code and digits.startswith(code)]
    return max(matches, key=lambda match: match[0])[1] if matches else None

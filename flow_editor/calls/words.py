"""What a call did, in words that staff read: how a step was left, and what was noted in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from controller.calls.call import Answer
from controller.flows.clinic import Clinic, Opening
from controller.flows.languages import language_name
from controller.flows.registry import UnknownKind, kinds, make
from controller.texts import T, Text

_ANSWERS: dict[str, Text] = {
    Answer.ACCEPTED: T("{who} took the call."),
    Answer.DECLINED: T("{who} declined the call."),
    Answer.BUSY: T("{who} was on another call."),
    Answer.NO_ANSWER: T("{who} did not answer."),
    Answer.UNREACHABLE: T("{who} could not be reached."),
}

_WAYS: dict[str, Text] = {
    "talking": T("In conversation"),
    "entered": T("On to another flow"),
    "failed": T("Failed"),
    "done": T("Done"),
}
"""Ways out of steps that no kind of node names."""


def way(kind: str, settings: Mapping[str, Any], exit: str) -> Text:
    """How a node was left: its exit's label, as drawn on the version that was walked."""
    if not exit:
        return Text("")
    try:
        for one in make(kind, settings).exits():
            if one.name == exit:
                return one.label
    except (UnknownKind, ValidationError):
        pass
    return _WAYS.get(exit, Text(exit))


def kind_title(kind: str) -> Text:
    """What a kind of node is called."""
    found = kinds().get(kind)
    return found.title if found else Text(kind)


class Notes:
    """Puts notes into words."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._words: dict[str, Callable[[dict[str, Any]], Text | None]] = {
            "announcement": lambda note: T("Heard the day's announcement."),
            "announcement failed": lambda note: T("The day's announcement could not be played."),
            "answer": self._answer,
            "asked": lambda note: T("Asked {host}.", host=note["host"]),
            "consent": lambda note: T("Agreed to be recorded.") if note["agreed"] else T("Did not agree."),
            "conversation": lambda note: T("Talked for {seconds} seconds.", seconds=round(note["seconds"])),
            "entered": self._entered,
            "hours": self._hours,
            "language chosen": lambda note: T("Chose {language}.", language=_language(note)),
            "language known": lambda note: T("Is known to speak {language}.", language=_language(note)),
            "left by key": lambda note: T("Pressed {key} instead of waiting.", key=note["key"]),
            "location": self._location,
            "message left": self._message,
            "no language chosen": lambda note: T("Chose no language: {language}.", language=_language(note)),
            "nobody to ring": lambda note: T("There was nobody to ring."),
            "not joined": lambda note: T("They could not be connected."),
            "not valid": lambda note: T("Typed {count} digits, which were not right.", count=note["digits"]),
            "nothing entered": lambda note: T("Typed nothing."),
            "nothing pressed": lambda note: T("Pressed nothing."),
            "nothing to say": lambda note: T("There was nothing to say."),
            "pressed": self._pressed,
            "provider": self._provider,
            "queue": self._queue,
            "recorded": lambda note: T("Spoke for {seconds} seconds.", seconds=round(note["seconds"])),
            "recording": lambda note: T("Recording: {state}.", state=note["state"]),
            "recording missing": lambda note: T("A recording was missing: the computer voice spoke instead."),
            "ring": self._ring,
            "wrong key": lambda note: T("Pressed {keys}, which is not a choice.", keys=note["keys"]),
        }

    def words(self, note: dict[str, Any]) -> Text | None:
        """A note in words; None for one that says nothing to staff."""
        put = self._words.get(str(note.get("what")))
        try:
            return put(note) if put else None
        except (KeyError, TypeError, ValueError):
            return None  # written by another version of Careline

    def _answer(self, note: dict[str, Any]) -> Text | None:
        known = _ANSWERS.get(note["answer"])
        return None if known is None else Text(known.message, (("who", self._who(note)),))

    def _who(self, note: dict[str, Any]) -> str | Text:
        name = self._clinic.names("person").get(note.get("person") or "")
        return name or T("Somebody")

    def _ring(self, note: dict[str, Any]) -> Text:
        phones = len(note["phones"])
        return T("One phone rang.") if phones == 1 else T("{count} phones rang.", count=phones)

    def _entered(self, note: dict[str, Any]) -> Text:
        if "flow" in note:
            return T("Went on in “{flow}”.", flow=self._clinic.names("flow").get(note["flow"], "?"))
        if note["digits"] == "private":
            return T("Typed something private.")
        return T("Typed {count} digits.", count=note["digits"])

    def _hours(self, note: dict[str, Any]) -> Text:
        state = Opening(note["state"]).words
        return (
            T("{state}: {reason}", state=state, reason=note["reason"]) if note["reason"] else T("{state}", state=state)
        )

    def _location(self, note: dict[str, Any]) -> Text:
        name = self._clinic.names("location").get(note["found"] or "")
        return T("Belongs to {location}.", location=name) if name else T("Belongs to no location that is drawn.")

    def _message(self, note: dict[str, Any]) -> Text:
        box = self._clinic.names("mailbox").get(note["mailbox"], "?")
        seconds = round(note["seconds"])
        if note["urgent"]:
            return T("Left an urgent message of {seconds} seconds in “{mailbox}”.", seconds=seconds, mailbox=box)
        return T("Left a message of {seconds} seconds in “{mailbox}”.", seconds=seconds, mailbox=box)

    def _provider(self, note: dict[str, Any]) -> Text:
        name = self._clinic.names("provider").get(note["provider"], "?")
        if note["expected"] is None:
            return T("Asked for {provider}.", provider=name)
        return T("Asked for {provider}, who expects the call.", provider=name)

    def _queue(self, note: dict[str, Any]) -> Text:
        name, waiting = self._clinic.names("queue").get(note["queue"], "?"), note["waiting"]
        if note["wait"] is None:
            return T("“{queue}”: {waiting} waiting, wait not known.", queue=name, waiting=waiting)
        minutes = f"{note['wait'] / 60:.1f}".removesuffix(".0")
        return T("“{queue}”: {waiting} waiting, {minutes} min to be expected.", queue=name, waiting=waiting,
                 minutes=minutes)  # fmt: skip

    @staticmethod
    def _pressed(note: dict[str, Any]) -> Text:
        if note["label"]:
            return T("Pressed {key}: {label}.", key=note["keys"], label=note["label"])
        return T("Pressed {key}.", key=note["keys"])


def _language(note: dict[str, Any]) -> str | Text:
    return language_name(note["language"])

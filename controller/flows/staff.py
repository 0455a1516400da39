"""Ringing members of staff from a flow: what the ring and on-call kinds share. Knows whom a caller is to reach only by
its subclasses; how the ringing goes on is calls/ringing.py's."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from controller.calls.bookmark import Phase
from controller.calls.call import Call, Offer, Phone, Utterance
from controller.calls.ringing import Outcome, Plan, Ringing, Round, Rung
from controller.choices import Choices
from controller.flows.clinic import Clinic, PersonAnswer
from controller.flows.registry import FAILED, Exit, Family, Node, Result, Undrawn
from controller.flows.speech import Speech
from controller.texts import T

PAUSE_SECONDS = 2.0
"""How long a caller may take to press the leave key after what they are told; also what keeps rounds apart when every
phone is out of reach at once."""

PRESS_1 = Speech(
    text={"en": "Press 1 to accept, or 2 to decline.", "es": "Oprima el uno para aceptar, o el dos para rechazar."}
)
CALL_FROM = Speech(text={"en": "A call from the clinic.", "es": "Una llamada de la clínica."})
"""What staff hear first where nothing else is said; the location's name follows."""

Key: TypeAlias = Literal["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"]


class ShowCaller(Choices):
    """Which phones show the caller's number; the others show the clinic's."""

    EVERYWHERE = "everywhere", T("on every phone")
    INSIDE = "inside", T("on phones inside the clinic")
    NOWHERE = "nowhere", T("on no phone")


Showing: TypeAlias = Annotated[
    ShowCaller,
    Field(title="Show the caller's number", description="On which phones; the others show the clinic's number."),
]
"""The setting of a node that rings members of staff."""


class RingsStaff(Node):
    """A node that rings members of staff; whoever accepts is joined with the caller."""

    family: ClassVar[Family] = Family.CONNECT
    waits_for_caller: ClassVar[bool] = True
    said_to_staff: ClassVar[frozenset[str]] = frozenset({"about"})

    about: Speech = Field(
        default_factory=Speech, title="What staff hear", description="Said to whoever answers: what the call is about."
    )
    show_caller: Showing = ShowCaller.INSIDE
    comfort: Speech = Field(
        default_factory=Speech, title="Between two tries", description="Said to the caller before others are rung."
    )
    leave_key: Key = Field(
        default="", title="Key to leave", description="The key by which a caller stops waiting; say it in the texts."
    )

    @abstractmethod
    def cycles(self) -> int:
        """How often to go through the rounds; 0: until somebody accepts."""

    @abstractmethod
    def rounds(self, call: Call, clinic: Clinic) -> Sequence[Round]:
        """Whom to ring now."""

    @abstractmethod
    def phones(self, call: Call, clinic: Clinic) -> Iterable[Phone]:
        """Every phone this node might ring now."""

    def must_press_1(self, phone: Phone) -> bool:
        """Whether answering is not enough: whatever answers outside may be a voicemail."""
        return phone.kind == "outside"

    def opening(self) -> Speech | None:
        return None  # callers hear music: what is said is for staff, or comes later

    def exits(self) -> Sequence[Exit]:
        left = [Exit("key", T("Caller presses {key}", key=self.leave_key))] if self.leave_key else []
        return [
            Exit("answered", T("After the conversation"), Undrawn.HANG_UP),
            Exit("no_answer", T("Nobody accepts")),
            *left,
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        return self._leave(Ringing(call, _StaffPlan(self, call, clinic)).run())

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        return self._leave(Ringing(call, _StaffPlan(self, call, clinic)).resume(phase))

    @staticmethod
    def _leave(rung: Rung) -> str:
        return {Outcome.TALKED: "answered", Outcome.NOBODY: "no_answer", Outcome.KEY: "key"}[rung.outcome]


class _StaffPlan(Plan):
    def __init__(self, node: RingsStaff, call: Call, clinic: Clinic) -> None:
        self._node = node
        self._call = call
        self._clinic = clinic
        self.cycles = node.cycles()
        self.leave_keys = node.leave_key

    def rounds(self, cycle: int) -> Sequence[Round]:
        return self._node.rounds(self._call, self._clinic)

    def phones(self) -> Iterable[Phone]:
        return self._node.phones(self._call, self._clinic)

    def offer(self, id: str, phone: Phone, seconds: float) -> Offer:
        node = self._node
        shown = Shown(self._call, self._clinic, node.about, node.show_caller)
        return shown.offer(id, phone, seconds, press_1=node.must_press_1(phone))

    def accepted(self, phone: Phone) -> None:
        if phone.person:
            self._clinic.answered(phone.person, self._call.now())

    def between(self, new_cycle: bool) -> str:
        said = self._node.comfort.utter(self._call, self._clinic)
        if not said and not new_cycle:
            return ""
        pressed = self._call.collect(said, most=1, first_seconds=PAUSE_SECONDS, terminators="")
        return pressed.keys if pressed.keys and pressed.keys in self.leave_keys else ""


@dataclass(frozen=True)
class Shown:
    """A call as members of staff get to know it: what their phones show, and what whoever answers hears of it (`about`).

    `also`: values for the text's places beside the call's own.
    """

    call: Call
    clinic: Clinic
    about: Speech
    show_caller: ShowCaller
    also: Mapping[str, str] = field(default_factory=dict)

    def offer(self, id: str, phone: Phone, seconds: float, *, press_1: bool) -> Offer:
        """The offer of this id."""
        call, caller = self.call, self.call.caller
        about = self._about(phone, press_1)
        shown = self.show_caller is ShowCaller.EVERYWHERE or (
            self.show_caller is ShowCaller.INSIDE and phone.kind == "inside"
        )
        return Offer(
            id=id,
            phone=phone,
            seconds=seconds,
            confirm=about if press_1 else (),
            whisper=() if press_1 else about,
            caller_number=caller.number if shown else clinic_number(call, self.clinic),
            caller_name=caller.name if shown else "",
        )

    def _about(self, phone: Phone, press_1: bool) -> tuple[Utterance, ...]:
        """What whoever answers hears, in their language; on a phone that must confirm also where the call is from and
        which key does what."""
        language = self.language(phone)
        said = self.about.utter(self.call, self.clinic, language, self.also)
        if not press_1:
            return tuple(said)
        if not said:
            place = self.clinic.location(self.call.location) if self.call.location else None
            said = CALL_FROM.utter(self.call, self.clinic, language)
            if place:
                said = [Utterance(one.language, f"{one.text} {place.name}.") for one in said]
        return (*said, *PRESS_1.utter(self.call, self.clinic, language))

    def language(self, phone: Phone) -> str:
        """In which whoever has this phone is spoken to."""
        person = self.clinic.person(phone.person) if phone.person else None
        if person and person.languages:
            return person.languages[0]
        return next(iter(self.about.text), "en")


def clinic_number(call: Call, clinic: Clinic) -> str:
    """The number by which the clinic is called where this call came in: the location's, or the one dialled."""
    place = clinic.location(call.location) if call.location else None
    return (place.number if place else None) or call.dialled


def available(people: Iterable[PersonAnswer]) -> list[PersonAnswer]:
    """Those who take calls, each once."""
    return list({person.id: person for person in people if person.available}.values())


def longest_idle(people: Iterable[PersonAnswer]) -> list[PersonAnswer]:
    """Who has not taken a call for longest first; those who never have, before all."""
    return sorted(people, key=lambda person: person.last_answered or datetime.min.replace(tzinfo=UTC))


def rotated(people: Sequence[PersonAnswer], clinic: Clinic) -> list[PersonAnswer]:
    """Beginning with whoever's turn it is; the turn is that of these people, wherever they are rung."""
    if not people:
        return []
    members = hashlib.blake2b(":".join(person.id for person in people).encode(), digest_size=12).hexdigest()
    first = clinic.turn(f"ring:{members}", len(people))
    return [*people[first:], *people[:first]]

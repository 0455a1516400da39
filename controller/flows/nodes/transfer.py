"""Transfer the caller to a number outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.bookmark import Phase
from controller.calls.call import Answer, Call, Offer, Phone, Utterance
from controller.calls.ringing import Outcome, Plan, Ringing, Round, Rung
from controller.dialling import NotDialable, emergency
from controller.flows.clinic import Clinic
from controller.flows.document import Location, Ref, TelephoneNumber
from controller.flows.registry import FAILED, CheckContext, Exit, Family, Node, NodeFailed, Problem, Result, Undrawn
from controller.flows.staff import CALL_FROM, PRESS_1, clinic_number
from controller.telephone import NotATelephoneNumber, e164
from controller.texts import T, Text


class Transfer(Node):
    """Transfer the caller to a number outside: a hospital, a pharmacy, an answering service.

    Give a number, or the name of a variable that holds one. Calls leave by the location's line, show the location's
    number and keep to its dial rules. Emergency numbers are never dialled from here, since rescuers would come to the
    clinic and not to the caller: tell callers to hang up and dial themselves. After the conversation the call ends, unless
    "After the conversation" leads on.
    """

    kind: ClassVar = "transfer"
    family: ClassVar = Family.CONNECT
    title: ClassVar = T("Transfer outside")
    purpose: ClassVar = T("Connect the caller to a number outside the clinic.")
    icon: ClassVar = "phone-outgoing"

    number: TelephoneNumber = Field(default="", title="Number", description="With its country code: +1 312 555 0100.")
    variable: str = Field(
        default="",
        pattern=r"^([a-z][a-z0-9_.]{0,79})?$",
        title="Or a variable",
        description="Its value is dialled, when it has one; otherwise the number above.",
    )
    location: Ref[Location] = Field(
        default_factory=Ref[Location],
        title="As a call from",
        description="Whose line, number and dial rules count; otherwise those of the location called.",
    )
    seconds: int = Field(default=30, ge=5, le=120, title="Seconds", description="How long it rings.")
    show_caller: bool = Field(
        default=False,
        title="Show the caller's number",
        description="Otherwise the location's; not every line allows it.",
    )
    press_1: bool = Field(
        default=False,
        title="Whoever answers presses 1",
        description="For a mobile: its voicemail then never takes the call.",
    )

    def exits(self) -> Sequence[Exit]:
        return [
            Exit("answered", T("After the conversation"), Undrawn.HANG_UP),
            Exit("busy", T("Busy or declined"), Undrawn.CATCH_ALL),
            Exit("no_answer", T("No answer"), Undrawn.CATCH_ALL),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        return self._leave(Ringing(call, _TransferPlan(self, call, clinic)).run())

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        return self._leave(Ringing(call, _TransferPlan(self, call, clinic)).resume(phase))

    @staticmethod
    def _leave(rung: Rung) -> str:
        if rung.outcome is Outcome.TALKED:
            return "answered"
        match rung.answers:
            case (Answer.BUSY | Answer.DECLINED,):
                return "busy"
            case (Answer.UNREACHABLE,):
                raise NodeFailed(T("The number cannot be reached, or the line is down."))
        return "no_answer"

    def destination(self, call: Call, clinic: Clinic) -> Phone:
        """What to ring. Raises NodeFailed for what is not a telephone number, or where calls may not go."""
        location = self.location.id or call.location
        given = call.values().get(self.variable, "") if self.variable else ""
        try:
            address = clinic.outside_number(given or self.number, location)
        except NotDialable as refused:
            raise NodeFailed(T("The call may not be transferred: {reason}.", reason=str(refused))) from refused
        return Phone("outside", "outside", address, trunk=clinic.trunk(location))

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        if self.variable:
            return T("To the number in {variable}", variable=self.variable)
        return T("To {number}", number=self.number) if self.number else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not self.number and not self.variable:
            yield Problem("no_number", T("Give the number to transfer to."), context.node, setting="number")
        elif self.number and not emergency(self.number):
            try:
                e164(self.number)
            except NotATelephoneNumber:
                text = T("{number} is not a telephone number with its country code.", number=self.number)
                yield Problem("not_a_number", text, context.node, setting="number")


class _TransferPlan(Plan):
    def __init__(self, node: Transfer, call: Call, clinic: Clinic) -> None:
        self._node = node
        self._call = call
        self._clinic = clinic

    def rounds(self, cycle: int) -> Sequence[Round]:
        return [Round((self._node.destination(self._call, self._clinic),), self._node.seconds)]

    def phones(self) -> Iterable[Phone]:
        return [self._node.destination(self._call, self._clinic)]

    def offer(self, id: str, phone: Phone, seconds: float) -> Offer:
        place = self._clinic.location(self._node.location.id) if self._node.location else None
        ours = (place.number if place else None) or clinic_number(self._call, self._clinic)
        caller = self._call.caller
        shown = self._node.show_caller and caller.number
        return Offer(
            id=id,
            phone=phone,
            seconds=seconds,
            confirm=self._confirm() if self._node.press_1 else (),
            caller_number=caller.number if shown else ours,
            caller_name=caller.name if shown else "",
        )

    def _confirm(self) -> tuple[Utterance, ...]:
        return (*CALL_FROM.utter(self._call, self._clinic), *PRESS_1.utter(self._call, self._clinic))

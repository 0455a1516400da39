"""Ring whoever is on call by a rota, step by step, and round again until somebody accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call, Phone
from controller.calls.ringing import Round
from controller.flows.clinic import Clinic
from controller.flows.document import Ref, Rota
from controller.flows.registry import CheckContext, Problem
from controller.flows.speech import Speech
from controller.flows.staff import Key, RingsStaff
from controller.texts import T, Text


def _comfort() -> Speech:
    return Speech(
        text={
            "en": "We are still trying to reach someone for you. Please stay on the line, or press 1 to leave a message.",
            "es": "Seguimos intentando comunicarle con alguien. No cuelgue, por favor, u oprima el uno para dejar un mensaje.",
        }
    )


class OnCall(RingsStaff):
    """Ring whoever is on call, in order of escalation, and round again until somebody accepts.

    The rota is read anew each time round, so a change that staff make is followed while the caller waits. Between two
    tries the caller is told that you are still trying, and may leave by a key. An answering service is a member of the
    rota like any other; it need not press 1 if you say so.
    """

    kind: ClassVar = "on_call"
    title: ClassVar = T("On call")
    purpose: ClassVar = T("Ring whoever is on call until somebody accepts.")
    icon: ClassVar = "stethoscope"
    everyday: ClassVar = True

    rota: Ref[Rota] = Field(default_factory=Ref[Rota], title="Rota")
    seconds: int = Field(default=25, ge=5, le=120, title="Seconds", description="How long each phone rings.")
    at_once: bool = Field(
        default=False, title="All of a step at once", description="Otherwise a step's phones ring one after another."
    )
    times: int = Field(
        default=0, ge=0, le=100, title="Times", description="How often to go round; 0: until somebody accepts."
    )
    service_presses_1: bool = Field(
        default=True,
        title="The answering service presses 1",
        description="Members of staff always do on outside phones.",
    )
    comfort: Speech = Field(
        default_factory=_comfort, title="Between two tries", description="Said to the caller before others are rung."
    )
    leave_key: Key = Field(
        default="1", title="Key to leave", description="The key by which a caller stops waiting; say it in the texts."
    )

    def cycles(self) -> int:
        return self.times

    def rounds(self, call: Call, clinic: Clinic) -> Sequence[Round]:
        steps = clinic.on_call(self.rota.id, call.now()) or ()
        if self.at_once:
            return [Round(tuple(phones), self.seconds) for phones in steps if phones]
        return [Round((phone,), self.seconds) for phones in steps for phone in phones]

    def phones(self, call: Call, clinic: Clinic) -> Iterable[Phone]:
        return [phone for phones in clinic.on_call(self.rota.id, call.now()) or () for phone in phones]

    def must_press_1(self, phone: Phone) -> bool:
        return phone.kind == "outside" and (phone.person is not None or self.service_presses_1)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        name = names.get("rota", {}).get(self.rota.id, self.rota.name)
        return T("Whoever is on call by {rota}", rota=name) if name else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not self.rota:
            yield Problem(
                code="no_rota", text=T("Choose the rota that says who is on call."), node=context.node, setting="rota"
            )

"""Ring people and teams: at once, in order, rotating or by longest idle, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call, Phone
from controller.calls.ringing import Round
from controller.choices import Choices
from controller.flows.clinic import Clinic, PersonAnswer
from controller.flows.document import Person, Ref, Team
from controller.flows.registry import CheckContext, Problem
from controller.flows.staff import RingsStaff, available, longest_idle, rotated
from controller.texts import T, Text


class Order(Choices):
    """Which of several people are rung first."""

    AT_ONCE = "at_once", T("all at once")
    IN_ORDER = "in_order", T("one after another")
    ROTATING = "rotating", T("one after another, beginning with the next each time")
    LONGEST_IDLE = "longest_idle", T("whoever has waited longest for a call first")


class Phones(Choices):
    """Which of a person's phones are rung."""

    FIRST = "first", T("the first one")
    IN_TURN = "in_turn", T("one after another")
    ALL = "all", T("all at once")


class RingStep(BaseModel):
    """People rung in one manner; the next step's are rung when nobody of this one accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[Ref[Person], ...] = Field(default=(), max_length=50, title="People")
    teams: tuple[Ref[Team], ...] = Field(default=(), max_length=10, title="Teams")
    order: Order = Field(default=Order.AT_ONCE, title="Order")
    phones: Phones = Field(
        default=Phones.IN_TURN, title="Phones of each", description="The first; one after another; or all at once."
    )
    seconds: int = Field(default=20, ge=5, le=120, title="Seconds", description="How long each phone rings.")

    def everybody(self, clinic: Clinic) -> list[PersonAnswer]:
        """People first, then the teams' members in their order, each once."""
        people = [found for ref in self.people if (found := clinic.person(ref.id))]
        members = [member for ref in self.teams for member in clinic.team(ref.id) or ()]
        return list({person.id: person for person in [*people, *members]}.values())

    def rounds(self, clinic: Clinic) -> Iterator[Round]:
        """Whom to ring now, and in what order."""
        people = available(self.everybody(clinic))
        if self.order is Order.ROTATING:
            people = rotated(people, clinic)
        elif self.order is Order.LONGEST_IDLE:
            people = longest_idle(people)
        tries = [self._tries(person) for person in people]
        if self.order is Order.AT_ONCE:
            together = zip_longest(*tries, fillvalue=())
            found = [tuple(phone for phones in phones_at_once for phone in phones) for phones_at_once in together]
        else:
            found = [phones for of_person in tries for phones in of_person]
        return (Round(phones, self.seconds) for phones in found if phones)

    def _tries(self, person: PersonAnswer) -> list[tuple[Phone, ...]]:
        """A person's phones: those of each tuple ring at once."""
        if self.phones is Phones.ALL:
            return [person.phones]
        phones = person.phones[:1] if self.phones is Phones.FIRST else person.phones
        return [(phone,) for phone in phones]


class Ring(RingsStaff):
    """Ring people and teams until somebody accepts.

    Steps are gone through one after another: a team at once, then the next desk, then a mobile. People who are not
    available are passed over. Whoever answers on a phone outside the clinic presses 1 to accept, so a mobile's voicemail
    never takes the call. After the conversation the call ends, unless "After the conversation" leads on.
    """

    kind: ClassVar = "ring"
    title: ClassVar = T("Ring")
    purpose: ClassVar = T("Ring people or teams, at once or one after another.")
    icon: ClassVar = "phone-call"
    everyday: ClassVar = True

    steps: tuple[RingStep, ...] = Field(default=(RingStep(),), min_length=1, max_length=20, title="Who is rung")
    times: int = Field(default=1, ge=1, le=10, title="Times", description="How often to go through all steps.")

    def cycles(self) -> int:
        return self.times

    def rounds(self, call: Call, clinic: Clinic) -> Sequence[Round]:
        return [round_ for step in self.steps for round_ in step.rounds(clinic)]

    def phones(self, call: Call, clinic: Clinic) -> Iterable[Phone]:
        return [phone for step in self.steps for person in step.everybody(clinic) for phone in person.phones]

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        rung: list[str] = []
        for step in self.steps:
            rung += [names.get("team", {}).get(ref.id, ref.name) for ref in step.teams]
            rung += [names.get("person", {}).get(ref.id, ref.name) for ref in step.people]
        rung = [name for name in dict.fromkeys(rung) if name]
        return T("Ring {names}", names=", ".join(rung)) if rung else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        if not any(ref for step in self.steps for ref in (*step.people, *step.teams)):
            yield Problem(
                code="nobody_to_ring",
                text=T("Nobody is rung here. Choose a person or a team."),
                node=context.node,
                setting="steps",
            )

"""Whether ringing from a flow reaches anybody: rotas and teams with nobody in them, people without a phone, numbers that
would call rescuers, and urgent callers who only get a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.dialling import emergency
from controller.flows.clinic import Clinic, PersonAnswer
from controller.flows.document import Mailbox, Person, Ref, Rota, Team
from controller.flows.graph import Graph
from controller.flows.registry import Problem, Severity
from controller.flows.staff import RingsStaff
from controller.texts import T


def unreached(graph: Graph, clinic: Clinic, at: datetime) -> Iterator[Problem]:
    """What keeps a step that rings members of staff from reaching one. `at`: whom a rota calls then counts."""
    for id, node in graph.nodes.items():
        if isinstance(node, RingsStaff):
            refs, after = graph.references[id], _After.nobody_accepts(id, graph)
            yield from dict.fromkeys(one for path, ref in refs for one in _rung(id, str(path[0]), ref, clinic, after))
            yield from _mailbox_only(id, node, graph, clinic, at, after)


@dataclass(frozen=True)
class _After:
    """What callers may still come to when nobody accepts."""

    people: bool
    mailbox: bool

    @classmethod
    def nobody_accepts(cls, id: str, graph: Graph) -> _After:
        target = graph.document.edges.get(id, {}).get("no_answer")
        ahead = graph.ahead(target, stop=graph.connects) if target in graph.nodes else set()
        mailbox = any(ref.noun() == Mailbox.noun for id_ in ahead for _, ref in graph.references.get(id_, ()))
        return cls(any(graph.connects(id_) for id_ in ahead), mailbox)


def _rung(id: str, setting: str, ref: Ref[Any], clinic: Clinic, after: _After) -> Iterator[Problem]:
    """What is wrong with whom a reference stands for; one that stands for nothing is named elsewhere.

    A rota that calls nobody is an error where callers then come to nobody and to no mailbox; otherwise a warning, for a
    flow may be put live before its rota is filled in.
    """
    people: list[PersonAnswer] = []
    numbers: list[tuple[str, str]] = []
    if ref.noun() == Person.noun:
        person = clinic.person(ref.id)
        people = [person] if person else []
    elif ref.noun() == Team.noun:
        team = clinic.team(ref.id)
        people = [*(team or ())]
        if team is not None and not team:
            name = clinic.names(Team.noun).get(ref.id, ref.name)
            text = T("The team “{team}” has no members, so nobody is rung. Add people to it.", team=name)
            yield Problem("empty_team", text, id, setting=setting, severity=Severity.WARNING)
    elif ref.noun() == Rota.noun:
        members = clinic.rota_members(ref.id)
        if members is None:
            return
        people = [member for member in members if isinstance(member, PersonAnswer)]
        numbers = [(member.label, member.address) for member in members if not isinstance(member, PersonAnswer)]
        if not numbers and not any(person.phones for person in people):
            name = clinic.names(Rota.noun).get(ref.id, ref.name)
            text = T("Nobody is on call by “{rota}”: it has no one with a phone. Add people, or an answering service.",
                     rota=name)  # fmt: skip
            severity = Severity.WARNING if after.people or after.mailbox else Severity.ERROR
            yield Problem("nobody_on_call", text, id, setting=setting, severity=severity)
    silent = [person.name for person in people if not person.phones]
    if silent:
        text = T("Without a phone, so never rung: {names}. Give them a phone, or take them out.",
                 names=", ".join(dict.fromkeys(silent)))  # fmt: skip
        yield Problem("person_without_phone", text, id, setting=setting, severity=Severity.WARNING)
    numbers += [(person.name, phone.address) for person in people for phone in person.phones if phone.kind == "outside"]
    for name, number in dict.fromkeys(numbers):
        if emergency(number):
            text = T("{name} is rung at {number}, which would bring rescuers to the clinic. Give another number.",
                     name=name or number, number=number)  # fmt: skip
            yield Problem("emergency_phone", text, id, setting=setting)


def _mailbox_only(
    id: str, node: RingsStaff, graph: Graph, clinic: Clinic, at: datetime, after: _After
) -> Iterator[Problem]:
    """Urgent callers whom nobody on call answered, and who then only get a mailbox."""
    rota = next((ref for _, ref in graph.references[id] if ref.noun() == Rota.noun), None)
    if rota is None or node.cycles() == 0 or after.people or not after.mailbox:
        return
    members = clinic.rota_members(rota.id) or ()
    if not any(member.phones if isinstance(member, PersonAnswer) else member for member in members):
        return  # it never rings anybody, which has been said
    if any(phone.person is None for step in clinic.on_call(rota.id, at) or () for phone in step):
        return  # an answering service always answers
    text = T("When nobody on call answers, callers only get a mailbox. Let the rota ring until somebody accepts, "
             "add an answering service to it, or lead “Nobody accepts” to someone.")  # fmt: skip
    yield Problem("ends_in_mailbox", text, id, exit="no_answer", severity=Severity.WARNING)

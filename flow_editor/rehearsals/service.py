"""Runs rehearsals: of a version, live or not, and of the flows that enter it. Knows no draft and no SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gevent
from pydantic import ValidationError

from controller.flows.clinic import Clinic
from controller.flows.document import Flow, references
from controller.flows.rehearsals import Rehearsal, RehearsalResult, rehearse
from controller.flows.upgrades import place, what_is_wrong
from controller.flows.walker import Version
from controller.texts import T, Text


@dataclass(frozen=True)
class Ran:
    """A rehearsal that was run. `why`: what was not as expected; `result`: None for one that cannot be read.

    `before`: it does not end as expected with what is live now, either.
    """

    id: str
    title: str
    why: tuple[Text, ...]
    result: RehearsalResult | None
    before: bool = False

    @property
    def passed(self) -> bool:
        return not self.why


@dataclass(frozen=True)
class OfFlow:
    """The rehearsals of one flow. `own`: it is the flow in question, and not one that uses it."""

    flow: str
    name: str
    own: bool
    ran: tuple[Ran, ...]


def run(
    version: Version,
    rehearsals: Iterable[tuple[str, Mapping[str, Any]]],
    clinic: Clinic,
    instead: Mapping[str, Version] | None = None,
) -> tuple[Ran, ...]:
    """Run rehearsals (each with an id) on a version. `instead`: see controller.flows.rehearsals.rehearse."""
    ran = []
    for id, given in rehearsals:
        ran.append(_one(version, id, given, clinic, instead))
        gevent.sleep(0)  # some milliseconds each: others are served in between
    return tuple(ran)


def _one(
    version: Version, id: str, given: Mapping[str, Any], clinic: Clinic, instead: Mapping[str, Version] | None
) -> Ran:
    title = given.get("title")
    title = title if isinstance(title, str) else ""
    try:
        rehearsal = Rehearsal.model_validate(given)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        why = T("It can't be read: {place}: {what}.", place=place(wrong["loc"]), what=what_is_wrong(wrong))
        return Ran(id, title, (why,), None)
    result = rehearse(version, rehearsal, clinic, instead)
    return Ran(id, title, result.why, result)


def numbered(version: Version) -> list[tuple[str, Mapping[str, Any]]]:
    """A document's rehearsals, each with its place as its id."""
    return [(str(place), given) for place, given in enumerate(version.document.rehearsals)]


def users(flow: str, clinic: Clinic) -> list[Version]:
    """The live versions that enter a flow, at once or by way of others, by name; not its own."""
    live = {id: version for id in clinic.names("flow") if (version := clinic.live_version(id)) is not None}
    enters = {id: _entered(version) for id, version in live.items()}
    found: set[str] = set()
    ahead = [flow]
    while ahead:
        entered = ahead.pop()
        new = {id for id, targets in enters.items() if entered in targets} - found
        found |= new
        ahead += new
    names = clinic.names("flow")
    return [live[id] for id in sorted(found - {flow}, key=lambda id: names[id])]


def _entered(version: Version) -> set[str]:
    return {ref.id for node in version.nodes.values() for _, ref in references(node) if ref.noun() == Flow.noun}


def of_all(version: Version, name: str, clinic: Clinic, before: Clinic | None = None) -> list[OfFlow]:
    """The rehearsals of a version that may go live, and of the live flows that would then enter it.

    `before`: the clinic as it is, where `clinic` is as it would be.
    """
    now = before or clinic
    found = [OfFlow(version.flow, name, True, run(version, numbered(version), clinic))]
    names = clinic.names("flow")
    for user in users(version.flow, clinic):
        ran = run(user, numbered(user), clinic, {version.flow: version})
        failed = {one.id for one in ran if not one.passed}
        is_live = now.live_version(user.flow)
        again = [it for it in numbered(is_live) if it[0] in failed] if is_live is not None else []
        already = {one.id for one in run(is_live, again, now) if one.why} if is_live is not None else set()
        ran = tuple(replace(one, before=one.id in already) for one in ran)
        found.append(OfFlow(user.flow, names[user.flow], False, ran))
    return found


def failing(found: Iterable[OfFlow]) -> list[tuple[OfFlow, Ran]]:
    """Those that keep a version from going live: the flow's own, and what it would break in others."""
    return [(of, ran) for of in found for ran in of.ran if not ran.passed and not (ran.before and not of.own)]

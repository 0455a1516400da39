"""What is wrong with a flow, in words staff understand, and what to do. What only one kind of node can know about itself
is in that kind (`Node.problems`); what must be seen over the whole flow is here, a function for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from controller.dialling import emergency
from controller.flows import emergencies, reaching
from controller.flows.clinic import Clinic
from controller.flows.document import REFERABLE, Document, Flow, references
from controller.flows.graph import Graph
from controller.flows.languages import language_name
from controller.flows.places import places
from controller.flows.registry import CheckContext, Node, Problem, Severity, Undrawn, UnknownKind, kinds, make
from controller.flows.rehearsals import Rehearsal
from controller.flows.speech import Speech
from controller.flows.unreadable import unreadable
from controller.flows.upgrades import place, what_is_wrong
from controller.texts import T, Text
from controller.voice.reading import TemplateError, fields

TOO_LONG_TO_LISTEN = 700
"""Characters of a text after which few callers still listen: some 45 seconds."""

EVERY_CALL = frozenset({"caller.number", "caller.name", "dialled", "language"})
"""What `Call.values` knows of every call."""


def check(document: Document, clinic: Clinic, at: datetime, flow: str | None = None) -> list[Problem]:
    """Everything wrong with a flow, errors first, then in the order of its nodes. Each text names its node.

    `at`: now; rotas are looked at as they are then. `flow`: the flow's id, where it has one: numbers may lead to it, and
    other flows may enter it.
    """
    nodes, problems = _read(document)
    graph = Graph(document, nodes)
    names = _Names(clinic)
    problems += _ends_of_the_flow(graph)
    problems += _exits(graph)
    problems += _loops(graph)
    known = _variables(nodes)
    for id, node in nodes.items():
        problems += _references(id, graph, names)
        problems += _speeches(id, node, document, clinic, known)
        problems += _places(id, node, known)
        problems += _emergency_numbers(id, node)
        problems += node.problems(CheckContext(document, nodes, clinic, id))
    problems += reaching.unreached(graph, clinic, at)
    problems += _circles(graph, clinic, flow)
    problems += emergencies.unsaid(graph, clinic, flow)
    problems += _rehearsals(document)
    order = {id: at for at, id in enumerate(document.nodes)}
    problems.sort(key=lambda problem: (problem.severity is not Severity.ERROR, order.get(problem.node or "", -1)))
    return [_named(problem, document) for problem in problems]


def title(document: Document, node: str) -> str:
    """What staff call a node; its id where they gave it no title."""
    drawn = document.nodes.get(node)
    return drawn.title if drawn and drawn.title else node


def _named(problem: Problem, document: Document) -> Problem:
    if problem.node is None:
        return problem
    return replace(problem, text=T("{node}: {what}", node=title(document, problem.node), what=problem.text))


def _read(document: Document) -> tuple[dict[str, Node], list[Problem]]:
    """Every node that can be read, and what is wrong with the others."""
    nodes: dict[str, Node] = {}
    problems: list[Problem] = []
    for id, drawn in document.nodes.items():
        try:
            nodes[id] = make(drawn.kind, drawn.settings)
        except UnknownKind:
            text = T("This version of Careline has no “{kind}” steps. Update it, or replace the step.", kind=drawn.kind)
            problems.append(Problem("unknown_kind", text, id))
        except ValidationError as error:
            wrong = unreadable(kinds()[drawn.kind], error)
            problems += [Problem("bad_setting", text, id, setting=setting) for setting, text in wrong]
    return nodes, problems


def _ends_of_the_flow(graph: Graph) -> Iterator[Problem]:
    """Where calls begin, and where they go when something fails."""
    document = graph.document
    if document.start not in document.nodes:
        yield Problem("no_start", T("The flow has no beginning. Choose the step where calls begin."))
    else:
        for id in document.nodes:
            if id not in graph.reachable:
                text = T("No call can come here. Draw an arrow to it, or take it away.")
                yield Problem("unreachable", text, id, severity=Severity.WARNING)
    if document.catch_all is not None and document.catch_all not in document.nodes:
        text = T("The step for calls in trouble is gone. Choose another one.")
        yield Problem("catch_all_gone", text)
    elif document.catch_all is None and any(graph.falls_to_catch_all(id) for id in graph.reachable):
        text = T("Choose the step to which calls go when something fails: best one that reaches a person.")
        yield Problem("no_catch_all", text)


def _exits(graph: Graph) -> Iterator[Problem]:
    for id, node in graph.nodes.items():
        exits = {exit_.name: exit_ for exit_ in node.exits()}
        drawn = graph.document.edges.get(id, {})
        for name, exit_ in exits.items():
            if exit_.undrawn is Undrawn.PROBLEM and drawn.get(name) not in graph.document.nodes:
                text = T("“{exit}” leads nowhere. Draw an arrow from it.", exit=exit_.label)
                yield Problem("missing_exit", text, id, exit=name)
        for name in drawn.keys() - exits.keys():
            text = T("An arrow leaves by “{exit}”, which this step no longer has. Take the arrow away.", exit=name)
            yield Problem("exit_gone", text, id, exit=name, severity=Severity.WARNING)


def _loops(graph: Graph) -> Iterator[Problem]:
    for loop in graph.loops(lambda id: not graph.waits(id)):
        inside = set(loop)
        leaves = any(graph.ends(id) or not graph.targets(id) <= inside for id in loop)
        way = " → ".join(title(graph.document, id) for id in [*loop, loop[0]])
        text = T("Calls go round in a circle here without the caller doing anything: {way}. "
                 "Lead one of the arrows out, or ask the caller something on the way.", way=way)  # fmt: skip
        yield Problem("loop", text, loop[0], severity=Severity.WARNING if leaves else Severity.ERROR)
    for id in graph.nodes:
        if id in graph.reachable and graph.waits(id) and id not in graph.leading_out:
            text = T(
                "Callers can't get out of here: every way leads back. Lead one to a person, a mailbox or a hang-up."
            )
            yield Problem("no_way_out", text, id)


class _Names:
    """The clinic's names, each noun asked for once."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._names: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, noun: str) -> Mapping[str, str]:
        if noun not in self._names:
            self._names[noun] = self._clinic.names(noun)
        return self._names[noun]


def _references(id: str, graph: Graph, names: _Names) -> Iterator[Problem]:
    for path, ref in graph.references[id]:
        if ref.id in names[ref.noun()]:
            continue
        what = REFERABLE[ref.noun()].title
        if ref.id:
            text = T("The {what} “{name}” no longer exists. Choose another.", what=what, name=ref.name or ref.id)
        else:
            text = T("The {what} “{name}” is not there yet. Make it, or choose another.", what=what, name=ref.name)
        yield Problem("unknown_reference", text, id, setting=str(path[0]))


def _speeches(id: str, node: Node, document: Document, clinic: Clinic, known: frozenset[str]) -> Iterator[Problem]:
    opening = node.opening()
    if opening is not None and not opening:
        setting = next((name for name in type(node).model_fields if getattr(node, name) is opening), None)
        text = T("Callers hear nothing here. Write the text, or choose a recording.")
        yield Problem("empty_prompt", text, id, setting=setting)
    for setting, speech in _all_of(Speech, node):
        yield from _texts(id, setting, speech, known)
        if not speech or setting in node.said_to_staff:
            continue
        said = languages_of(speech, clinic)
        for language in document.languages:
            if language not in said:
                text = T("Callers who speak {language} hear another language here. Write the text in it too.",
                         language=language_name(language))  # fmt: skip
                severity = Severity.ERROR if speech is opening else Severity.WARNING
                yield Problem("missing_language", text, id, setting=setting, severity=severity)


def _texts(id: str, setting: str, speech: Speech, known: frozenset[str]) -> Iterator[Problem]:
    for said in speech.text.values():
        try:
            used = fields(said)
        except TemplateError as error:
            yield Problem("bad_text", _what_is_odd(error), id, setting=setting)
            continue
        for field in used:
            if not _is_known(field.name, known):
                yield _unknown(id, setting, field.name)
        if len(said) > TOO_LONG_TO_LISTEN:
            text = T("The text takes about {seconds} seconds to say. Few callers listen so long: shorten it.",
                     seconds=len(said) // 15)  # fmt: skip
            yield Problem("long_text", text, id, setting=setting, severity=Severity.WARNING)


def _what_is_odd(error: TemplateError) -> Text:
    if error.code == "too-long":
        return T("The text is too long to be spoken. Shorten it.")
    if error.code == "unknown-format":
        return T("“{part}” names a way of reading that is not known. Choose one from the list.", part=error.part)
    return T("The text has a brace that belongs to no place: “{part}”. Take it away.", part=error.part)


def languages_of(speech: Speech, clinic: Clinic) -> set[str]:
    """The languages in which something is heard of it."""
    said = {language for language, text in speech.text.items() if text.strip()}
    prompt = clinic.prompt(speech.prompt.id) if speech.prompt else None
    if prompt is not None:
        said |= {language for language, text in prompt.text.items() if text.strip()} | set(prompt.recordings)
    return said


def _places(id: str, node: Node, known: frozenset[str]) -> Iterator[Problem]:
    """Places in settings that are kept or sent, not spoken."""
    for setting, text in _all_of(str, node, but=Speech):
        for name in places(text):
            if not _is_known(name, known):
                yield _unknown(id, setting, name)


def _unknown(id: str, setting: str, name: str) -> Problem:
    text = T("Nothing in this flow gives “{{{name}}}” a value, so callers hear nothing in its place. "
             "Correct the name, or ask for it before.", name=name)  # fmt: skip
    return Problem("unknown_variable", text, id, setting=setting, severity=Severity.WARNING)


def _variables(nodes: Mapping[str, Node]) -> frozenset[str]:
    return EVERY_CALL | {name for node in nodes.values() for name in node.variables()}


def _is_known(name: str, known: frozenset[str]) -> bool:
    return name in known or any(f"{name[:at]}.*" in known for at, sign in enumerate(name) if sign == ".")


def _emergency_numbers(id: str, node: Node) -> Iterator[Problem]:
    for name, field in type(node).model_fields.items():
        extra = field.json_schema_extra
        number = getattr(node, name)
        if isinstance(extra, dict) and extra.get("x-widget") == "telephone" and number and emergency(number):
            text = T("{number} would bring rescuers to the clinic, not to the caller. "
                     "Tell callers to hang up and dial it themselves.", number=number)  # fmt: skip
            yield Problem("emergency_number", text, id, setting=name)


def _circles(graph: Graph, clinic: Clinic, flow: str | None) -> Iterator[Problem]:
    """Flows that enter one another without end."""
    for id in graph.nodes:
        for _, ref in graph.references[id]:
            if ref.noun() == Flow.noun and flow is not None and flow in _entered(ref.id, clinic):
                text = T("This leads back into this same flow, without end. Choose another flow.")
                yield Problem("circle_of_flows", text, id, setting="flow")


def _entered(flow: str, clinic: Clinic) -> set[str]:
    """This flow and all that it enters, one after another."""
    found: set[str] = set()
    ahead = [flow]
    while ahead:
        flow = ahead.pop()
        if flow in found:
            continue
        found.add(flow)
        version = clinic.live_version(flow)
        if version is not None:
            ahead += [
                ref.id for node in version.nodes.values() for _, ref in references(node) if ref.noun() == Flow.noun
            ]
    return found


def _rehearsals(document: Document) -> Iterator[Problem]:
    for number, written in enumerate(document.rehearsals, 1):
        try:
            Rehearsal.model_validate(written)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            name = str(written.get("title") or number)
            text = T("The rehearsal “{name}” can't be read: {place}: {what}.",
                     name=name, place=place(wrong["loc"]), what=what_is_wrong(wrong))  # fmt: skip
            yield Problem("bad_rehearsal", text)


def _all_of(kind: type[Any], node: Node, but: type[Any] | None = None) -> Iterator[tuple[str, Any]]:
    """Every value of this type in a node's settings, however deep, with the name of the setting; none inside `but`."""
    for name in type(node).model_fields:
        value = getattr(node, name)
        ahead = [value] if isinstance(value, kind | BaseModel | dict | list | tuple) else []
        while ahead:
            value = ahead.pop()
            if isinstance(value, kind):
                yield name, value
            elif but is not None and isinstance(value, but):
                continue
            elif isinstance(value, BaseModel):
                ahead += [getattr(value, inner) for inner in type(value).model_fields]
            elif isinstance(value, dict):
                ahead += value.values()
            elif isinstance(value, list | tuple):
                ahead += value

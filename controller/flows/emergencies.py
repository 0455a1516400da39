"""Whether a flow that patients reach says the clinic's emergency sentence before anything else can hold them up."""

from __future__ import annotations

from collections.abc import Iterator

from controller.flows.clinic import Clinic
from controller.flows.document import Flow, references
from controller.flows.graph import Graph
from controller.flows.registry import Node, Problem, Severity
from controller.flows.speech import contains
from controller.flows.walker import DEPTH_CAP
from controller.texts import T


def unsaid(graph: Graph, clinic: Clinic, flow: str | None) -> Iterator[Problem]:
    """Each step at which a caller is held up (asked, rung for, or sent away) without having heard the sentence.

    Only for a flow to which a number leads, and a clinic that has such a sentence.
    """
    sentences = {language: text for language, text in clinic.emergency_sentence().items() if text.strip()}
    numbers = [number.number for number in clinic.numbers() if flow is not None and number.flow == flow]
    if not numbers or not sentences:
        return
    first, *others = graph.document.languages
    needed = first if first in sentences else next(iter(sentences))
    walk = _Walk(clinic, sentences[needed], needed)
    walk.follow(graph)
    for id in walk.held_up:
        text = T("Callers of {number} may come here without having heard “{sentence}”. Say it first.",
                 number=numbers[0], sentence=sentences[needed])  # fmt: skip
        yield Problem("emergency_unsaid", text, id)
    for id in walk.said_at:
        speech = graph.nodes[id].opening()
        for language in others:
            sentence = sentences.get(language, "")
            if speech and sentence and not contains(speech, clinic, sentence, language):
                text = T("The text in the language “{language}” lacks the emergency sentence: “{sentence}”.",
                         language=language, sentence=sentence)  # fmt: skip
                yield Problem("emergency_unsaid", text, id, severity=Severity.WARNING)


class _Walk:
    """All ways from the beginning of a flow to where the sentence is said, or to where a caller is held up without it."""

    def __init__(self, clinic: Clinic, sentence: str, language: str, depth: int = 0) -> None:
        self._clinic = clinic
        self._sentence = sentence
        self._language = language
        self._depth = depth
        self.held_up: list[str] = []
        self.said_at: list[str] = []
        self.passed = False
        """Whether a call may come to the flow's end without having heard it and without being held up."""

    def follow(self, graph: Graph) -> None:
        """Walk on from the beginning."""
        seen: set[tuple[str, bool]] = set()
        ahead = [(graph.document.start, False)]  # a node, and whether the caller has heard something by then
        while ahead:
            id, spoken_to = ahead.pop()
            if id is None or id not in graph.nodes or (id, spoken_to) in seen:
                continue
            seen.add((id, spoken_to))
            node = graph.nodes[id]
            opening = node.opening()
            if opening and contains(opening, self._clinic, self._sentence, self._language):
                self._add(self.said_at, id)
                continue
            spoken_to = spoken_to or bool(opening)
            if graph.waits(id) or graph.connects(id) or (graph.ends(id) and spoken_to and self._depth == 0):
                self._add(self.held_up, id)
                continue
            if graph.ends(id):
                self.passed = True
            inner = self._subflow(node)
            if inner is not None:
                if inner.held_up:
                    self._add(self.held_up, id)
                if not inner.passed:
                    continue
            ahead += [(target, spoken_to) for target in graph.targets(id)]

    def _subflow(self, node: Node) -> _Walk | None:
        """The same for the flow that this node enters."""
        flow = next((ref.id for _, ref in references(node) if ref.noun() == Flow.noun), None)
        version = self._clinic.live_version(flow) if flow and self._depth < DEPTH_CAP else None
        if version is None:
            return None
        walk = _Walk(self._clinic, self._sentence, self._language, self._depth + 1)
        walk.follow(Graph(version.document, version.nodes))
        return walk

    @staticmethod
    def _add(to: list[str], id: str) -> None:
        if id not in to:
            to.append(id)

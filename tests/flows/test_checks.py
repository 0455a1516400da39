"""What is wrong with a flow is found, at the right step, and said in words that name the step; what is sound passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest

from controller.flows.checks import check
from controller.flows.document import Document
from controller.flows.graph import Graph
from controller.flows.registry import Problem, Severity, kinds, make
from tests.flows.clinic import SampleClinic

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
SENTENCE = "If this is an emergency, hang up and dial 911."
CLINIC: dict[str, Any] = {
    "people": {"ana": {"phones": ["inside:101"]}},
    "rotas": {"night": [["ana"]], "covered": [["ana"], ["outside:+13125550199"]]},
    "mailboxes": {"front": {"name": "Front desk"}},
    "hours": {"main": "open"},
    "prompts": {"hello": {"text": {"en": "Hello."}}},
}
SAID = {"en": "Good morning.", "es": "Buenos días."}


def say(**text: str) -> dict[str, Any]:
    return {"kind": "say", "title": "Greeting", "settings": {"speech": {"text": text or SAID}}}


def menu(*keys: str) -> dict[str, Any]:
    choices = [{"key": key} for key in keys]
    return {"kind": "menu", "title": "Main menu", "settings": {"prompt": {"text": SAID}, "choices": choices}}


def on_call(**how: Any) -> dict[str, Any]:
    return {"kind": "on_call", "title": "On call", "settings": {"rota": {"id": "night"}, "times": 1, **how}}


HANG_UP: dict[str, Any] = {"kind": "hang_up", "title": "Goodbye"}
BOX = {"kind": "voicemail", "title": "Messages", "settings": {"mailbox": {"id": "front"}}}
RING = {"kind": "ring", "title": "Front desk", "settings": {"steps": [{"people": [{"id": "ana"}]}]}}


def found(
    nodes: Mapping[str, Any],
    edges: Mapping[str, Mapping[str, str]],
    clinic: Mapping[str, Any] | None = None,
    **document: Any,
) -> list[Problem]:
    given = {"start": "a", "catch_all": "end", "languages": ["en", "es"], "edges": edges, **document}
    drawn = Document.model_validate({**given, "nodes": {"end": HANG_UP, **nodes}})
    return check(drawn, SampleClinic({**CLINIC, **(clinic or {})}), NOW, "tested")


def test_a_sound_flow_has_no_problems() -> None:
    nodes = {"a": say(), "m": menu("1", "2"), "r": RING, "v": BOX}
    edges = {"a": {"next": "m"}, "m": {"1": "r", "2": "v"}, "r": {"no_answer": "v"}}
    assert found(nodes, edges) == []


WRONG: list[tuple[str, str, str | None, dict[str, Any]]] = [
    ("no start", "no_start", None, {"nodes": {"a": say()}, "edges": {"a": {"next": "end"}}, "start": None}),
    ("start is gone", "no_start", None, {"nodes": {"a": say()}, "edges": {"a": {"next": "end"}}, "start": "x"}),
    ("exit leads nowhere", "missing_exit", "a", {"nodes": {"a": say()}, "edges": {}}),
    ("exit leads to what is gone", "missing_exit", "a", {"nodes": {"a": say()}, "edges": {"a": {"next": "x"}}}),
    ("exit is gone", "exit_gone", "a", {"nodes": {"a": say()}, "edges": {"a": {"next": "end", "9": "end"}}}),
    ("unreachable", "unreachable", "b", {"nodes": {"a": say(), "b": HANG_UP}, "edges": {"a": {"next": "end"}}}),
    ("no catch-all", "no_catch_all", None, {"nodes": {"a": menu("1")}, "edges": {"a": {"1": "end"}}, "catch_all": None}),
    ("catch-all is gone", "catch_all_gone", None, {"nodes": {"a": HANG_UP}, "edges": {}, "catch_all": "x"}),
    ("unknown kind", "unknown_kind", "a", {"nodes": {"a": {"kind": "hologram"}}, "edges": {}}),
    ("bad setting", "bad_setting", "a", {"nodes": {"a": {"kind": "say", "settings": {"volume": 1}}}, "edges": {}}),
    ("loop", "loop", "a", {"nodes": {"a": say(), "b": say()}, "edges": {"a": {"next": "b"}, "b": {"next": "a"}}}),
    (
        "no way out",
        "no_way_out",
        "a",
        {"nodes": {"a": menu("1")}, "edges": {"a": {"1": "a", "no_choice": "a", "failed": "a"}}},
    ),
    ("nothing said", "empty_prompt", "a", {"nodes": {"a": {"kind": "say"}}, "edges": {"a": {"next": "end"}}}),
    ("no Spanish", "missing_language", "a", {"nodes": {"a": say(en="Hi.")}, "edges": {"a": {"next": "end"}}}),
    (
        "no Spanish recording",
        "missing_language",
        "a",
        {
            "nodes": {"a": {"kind": "say", "settings": {"speech": {"prompt": {"id": "hello"}}}}},
            "edges": {"a": {"next": "end"}},
        },
    ),
    (
        "a person who is gone",
        "unknown_reference",
        "a",
        {
            "nodes": {"a": {"kind": "ring", "settings": {"steps": [{"people": [{"id": "zoe", "name": "Zoe"}]}]}}},
            "edges": {"a": {"no_answer": "end"}},
        },
    ),
    (
        "emergency number",
        "emergency_number",
        "a",
        {"nodes": {"a": {"kind": "transfer", "settings": {"number": "911"}}}, "edges": {}},
    ),
    (
        "emergency number abroad",
        "emergency_number",
        "a",
        {"nodes": {"a": {"kind": "transfer", "settings": {"number": "112"}}}, "edges": {}},
    ),
    (
        "unknown variable",
        "unknown_variable",
        "a",
        {"nodes": {"a": say(en="Hi {who}.", es="Hola {who}.")}, "edges": {"a": {"next": "end"}}},
    ),
    ("a stray brace", "bad_text", "a", {"nodes": {"a": say(en="Hi {.", es="Hola.")}, "edges": {"a": {"next": "end"}}}),
    (
        "an unknown format",
        "bad_text",
        "a",
        {"nodes": {"a": say(en="{dialled:loud}", es="Hola.")}, "edges": {"a": {"next": "end"}}},
    ),
    ("a long text", "long_text", "a", {"nodes": {"a": say(en="x " * 400, es="y")}, "edges": {"a": {"next": "end"}}}),
    (
        "on call, then only a mailbox",
        "ends_in_mailbox",
        "a",
        {"nodes": {"a": on_call(), "v": BOX}, "edges": {"a": {"no_answer": "v", "key": "v"}}},
    ),
    (
        "a flow that enters itself",
        "circle_of_flows",
        "a",
        {
            "nodes": {"a": {"kind": "subflow", "settings": {"flow": {"id": "other"}}}},
            "edges": {"a": {"done": "end"}},
            "clinic": {
                "flows": {
                    "other": {"nodes": {"b": {"kind": "subflow", "settings": {"flow": {"id": "tested"}}}}, "start": "b"}
                }
            },
        },
    ),
    ("a rehearsal that is none", "bad_rehearsal", None,
     {"nodes": {"a": HANG_UP}, "edges": {}, "rehearsals": [{"title": "Sunday", "at": "yesterday"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "node", "flow"), [pytest.param(*row, id=name) for name, *row in WRONG])
def test_what_is_wrong_is_found(code: str, node: str | None, flow: dict[str, Any]) -> None:
    problems = [problem for problem in found(**flow) if problem.code == code]
    assert problems, [(problem.code, str(problem.text)) for problem in found(**flow)]
    assert problems[0].node == node
    said = str(problems[0].text)
    title = flow["nodes"].get(node, {}).get("title") or node
    assert title is None or said.startswith(f"{title}: ")
    assert said.endswith((".", "here"))
    assert problems[0].text.render("es") != said


@pytest.mark.parametrize(
    "better",
    [
        {"nodes": {"a": on_call(times=0), "v": BOX}, "edges": {"a": {"no_answer": "v", "key": "v"}}},
        {"nodes": {"a": on_call(rota={"id": "covered"}), "v": BOX}, "edges": {"a": {"no_answer": "v", "key": "v"}}},
        {
            "nodes": {"a": on_call(), "r": RING, "v": BOX},
            "edges": {"a": {"no_answer": "r", "key": "v"}, "r": {"no_answer": "v"}},
        },
    ],
    ids=["rings until somebody accepts", "an answering service", "somebody else is rung"],
)
def test_on_call_that_reaches_somebody_passes(better: dict[str, Any]) -> None:
    assert not [problem for problem in found(**better) if problem.code == "ends_in_mailbox"]


RUNG: dict[str, Any] = {
    "people": {
        "ana": {"name": "Ana", "phones": ["inside:101"]},
        "bo": {"name": "Bo"},
        "cy": {"name": "Cy", "phones": ["outside:911"]},
    },
    "teams": {"nobody": [], "desk": ["ana", "bo"]},
    "rotas": {
        "empty": [],
        "no phones": [["bo"]],
        "some": [["ana"], ["bo"]],
        "odd": [["cy"]],
        "rescue": [["outside:911"]],
    },
}


def ringing(kind: str, **settings: Any) -> dict[str, Any]:
    nodes = {"a": {"kind": kind, "title": "Ringing", "settings": settings}, "v": BOX}
    left = {"key": "v"} if kind == "on_call" else {}
    return {"nodes": nodes, "edges": {"a": {"no_answer": "v", **left}}, "clinic": RUNG}


def by(rota: str, **settings: Any) -> dict[str, Any]:
    return ringing("on_call", rota={"id": rota}, **settings)


def ring(**step: Any) -> dict[str, Any]:
    return ringing("ring", steps=[{noun: [{"id": id} for id in ids] for noun, ids in step.items()}])


NOBODY = "Ringing: Nobody is on call by “{}”: it has no one with a phone. Add people, or an answering service."
SILENT = "Ringing: Without a phone, so never rung: Bo. Give them a phone, or take them out."
RESCUERS = "Ringing: {} is rung at 911, which would bring rescuers to the clinic. Give another number."


@pytest.mark.parametrize(
    ("flow", "errors", "warnings"),
    [
        pytest.param(by("empty", times=0), [], [NOBODY.format("empty")], id="a rota with nobody in it"),
        pytest.param(by("empty", times=1), [], [NOBODY.format("empty")], id="once round, with nobody in it"),
        pytest.param(by("no phones", times=1), [], [NOBODY.format("no phones"), SILENT], id="nobody with a phone"),
        pytest.param(by("some", times=0), [], [SILENT], id="one of two without a phone"),
        pytest.param(by("odd", times=0), [RESCUERS.format("Cy")], [], id="a person's phone calls rescuers"),
        pytest.param(by("rescue", times=0), [RESCUERS.format("911")], [], id="a rota's number calls rescuers"),
        pytest.param(by("gone", times=0), ["Ringing: The on-call rota “gone” no longer exists. Choose another."], [],
                     id="a rota that is gone"),
        pytest.param(ring(people=["ana"]), [], [], id="somebody with a phone"),
        pytest.param(ring(people=["bo"], teams=["desk"]), [], [SILENT], id="without a phone, named once"),
        pytest.param(ring(people=["cy"]), [RESCUERS.format("Cy")], [], id="a phone that calls rescuers"),
        pytest.param(ring(teams=["nobody"]), [],
                     ["Ringing: The team “nobody” has no members, so nobody is rung. Add people to it."], id="empty team"),
    ],
)  # fmt: skip
def test_whether_anybody_is_reached(flow: dict[str, Any], errors: list[str], warnings: list[str]) -> None:
    problems = found(**flow)
    assert [str(problem.text) for problem in problems if problem.severity is Severity.ERROR] == errors
    assert [str(problem.text) for problem in problems if problem.severity is Severity.WARNING] == warnings
    assert {problem.setting for problem in problems} <= {"rota", "steps"}


def test_a_rota_that_calls_nobody_and_leads_to_nobody_keeps_a_flow_from_going_live() -> None:
    flow = by("empty", times=0)
    flow["edges"]["a"]["no_answer"] = "end"
    assert [str(one.text) for one in found(**flow) if one.severity is Severity.ERROR] == [NOBODY.format("empty")]


def refused(kind: str, **settings: Any) -> list[str]:
    flow = found({"a": {"kind": kind, "title": "Step", "settings": settings}}, {})
    return [str(problem.text) for problem in flow if problem.code == "bad_setting"]


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("voicemail", {"most_seconds": 5}, "“Longest message, in seconds” can't be used: it must be at least 10"),
        ("voicemail", {"least_seconds": 99}, "“Shortest message, in seconds” can't be used: it must be at most 30"),
        (
            "ring",
            {"steps": [{}, {"seconds": 500}]},
            "“Who is rung → 2 → Seconds” can't be used: it must be at most 120",
        ),
        (
            "hang_up",
            {"manner": "loud"},
            "“How” can't be used: this should be one of: “End the call”, “Give the busy tone”, “Refuse the call”",
        ),
        ("menu", {"attempts": "many"}, "“Attempts” can't be used: this should be a whole number"),
        ("say", {"volume": 1}, "“volume” can't be used: there is no such field"),
        ("say", {"speech": {"text": {"en": 3}}}, "“What callers hear → text → en” can't be used: this should be text"),
    ],
)
def test_settings_that_cannot_be_read_are_named_as_on_the_form(kind: str, settings: dict[str, Any], said: str) -> None:
    assert refused(kind, **settings) == [f"Step: The setting {said}. Set it anew."]


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_limit_is_said_by_the_title_on_the_form(kind: str) -> None:
    for name, field in kinds()[kind].model_fields.items():
        for limit in field.metadata:
            for bound, by in (("ge", -1), ("le", 1)):
                if hasattr(limit, bound):
                    edge = getattr(limit, bound)
                    word = "at least" if bound == "ge" else "at most"
                    said = f"Step: The setting “{field.title}” can't be used: it must be {word} {edge:g}. Set it anew."
                    assert refused(kind, **{name: edge + by}) == [said]


def test_variables_that_some_step_gives_are_known() -> None:
    collect = {
        "kind": "collect",
        "settings": {"prompt": {"text": SAID}, "variable": "code", "entry": "anything"},
    }
    nodes = {"a": collect, "s": say(en="{code:digits} {caller.number:phone}", es="{code}")}
    assert found(nodes, {"a": {"entered": "s"}, "s": {"next": "end"}}) == []


PUBLISHED = {"numbers": {"+13125550100": {"flow": "tested"}}, "emergency_sentence": {"en": SENTENCE}}
FIRST = {"en": f"Welcome. {SENTENCE.upper()}", "es": "Bienvenido."}


@pytest.mark.parametrize(
    ("nodes", "edges", "at"),
    [
        ({"a": menu("1")}, {"a": {"1": "end"}}, ["a"]),
        ({"a": say(**FIRST), "m": menu("1")}, {"a": {"next": "m"}, "m": {"1": "end"}}, []),
        ({"a": say(), "m": menu("1")}, {"a": {"next": "m"}, "m": {"1": "end"}}, ["m"]),
        ({"a": say()}, {"a": {"next": "end"}}, ["end"]),
        (
            {
                "a": {"kind": "hours", "settings": {"hours": {"id": "main"}}},
                "s": say(**FIRST),
                "m": menu("1"),
                "r": RING,
            },
            {
                "a": {"open": "s", "closed": "r", "break": "s", "holiday": "s", "emergency": "s"},
                "s": {"next": "m"},
                "m": {"1": "end"},
                "r": {"no_answer": "end"},
            },
            ["r"],
        ),
    ],
    ids=["not at all", "first", "not in the greeting", "said nothing and sent away", "on one way only"],
)
def test_the_emergency_sentence_comes_first_on_every_way(
    nodes: Mapping[str, Any], edges: Mapping[str, Mapping[str, str]], at: list[str]
) -> None:
    problems = found(nodes, edges, PUBLISHED)
    assert [problem.node for problem in problems if problem.code == "emergency_unsaid"] == at
    assert not [problem for problem in found(nodes, edges) if problem.code == "emergency_unsaid"]


def test_errors_come_first() -> None:
    nodes = {"a": say(en="x " * 400), "b": HANG_UP}
    severities = [problem.severity for problem in found(nodes, {})]
    assert severities == sorted(severities, key=lambda severity: severity is not Severity.ERROR)
    assert {*severities} == {Severity.ERROR, Severity.WARNING}


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_as_it_is_born_can_be_checked(kind: str) -> None:
    make(kind, {})
    assert isinstance(found({"a": {"kind": kind}}, {}), list)


def test_loops_are_found_in_deep_graphs() -> None:
    given = {
        "nodes": {f"n{at}": say() for at in range(2000)},
        "edges": {f"n{at}": {"next": f"n{(at + 1) % 2000}"} for at in range(2000)},
    }
    document = Document.model_validate(given)
    graph = Graph(document, {id: make(drawn.kind, drawn.settings) for id, drawn in document.nodes.items()})
    assert [len(loop) for loop in graph.loops(lambda id: True)] == [2000]


def test_three_hundred_steps_are_checked_while_somebody_draws() -> None:
    nodes = {f"n{at}": menu("1") for at in range(300)}
    edges = {f"n{at}": {"1": f"n{(at * 7 + 1) % 300}"} for at in range(300)}
    best = 9.0
    for _ in range(3):
        began = perf_counter()
        found(nodes, edges, start="n0")
        best = min(best, perf_counter() - began)
    assert best < 0.3  # some 30 ms on an idle machine

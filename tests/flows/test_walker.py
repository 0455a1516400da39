"""The walker: whatever a flow holds, a call ends where it says, or on the backup line; and each step is told once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.calls.bookmark import Bookmark
from controller.calls.call import CallerGone, CarrierFailed, HandedOn
from controller.flows.document import Document
from controller.flows.registry import kinds
from controller.flows.rehearsals import Rehearsal, Stage
from controller.flows.rehearsed import RehearsedCall, carry
from controller.flows.walker import DEPTH_CAP, FAILURE_CAP, Version, Walked, Walker
from tests.flows.clinic import SampleClinic

MENU = {"kind": "menu", "settings": {"prompt": {"text": {"en": "Press 1."}}, "choices": [{"key": "1"}], "attempts": 1}}
GONE = {"kind": "voicemail", "settings": {"mailbox": {"id": "gone"}}}
"""A node that fails."""


def say(text: str) -> dict[str, Any]:
    return {"kind": "say", "settings": {"speech": {"text": {"en": text}}}}


def subflow(flow: str, *outcomes: str) -> dict[str, Any]:
    return {"kind": "subflow", "settings": {"flow": {"id": flow}, "outcomes": outcomes or ("done",)}}


def stage(
    nodes: Mapping[str, Any],
    edges: Mapping[str, Mapping[str, str]],
    start: str | None = "a",
    catch_all: str | None = None,
    flows: Mapping[str, Any] | None = None,
    **script: Any,
) -> Stage:
    clinic = SampleClinic({"flows": flows or {}})
    given = {"start": start, "catch_all": catch_all, "nodes": nodes, "edges": edges}
    version = clinic.publish("tested", Document.model_validate(given))
    rehearsal = Rehearsal.model_validate({"at": datetime(2026, 11, 23, 20, tzinfo=UTC), **script})
    return Stage.set(version, rehearsal, clinic)


def walk(on: Stage, **how: Any) -> Walked:
    return carry(on.line, Walker(on.clinic, on.journal, **how), on.journal, on.call)


def way(on: Stage) -> list[tuple[str, str]]:
    return [(step.node, step.exit) for _, step in sorted(on.journal.steps.items())]


def test_a_call_goes_from_node_to_node_and_ends() -> None:
    on = stage({"a": say("Hello."), "b": {"kind": "hang_up"}}, {"a": {"next": "b"}})
    assert walk(on).outcome == "ended"
    assert way(on) == [("a", "next"), ("b", "")]
    assert [end.ending for end in on.journal.endings] == ["flow ended"]


def test_a_loop_ends_on_the_backup_line() -> None:
    on = stage({"a": say("x"), "b": say("y")}, {"a": {"next": "b"}, "b": {"next": "a"}})
    assert walk(on, step_cap=20) == Walked("backup", "too many steps")
    assert len(on.journal.steps) == 20
    assert on.line.backup


def test_a_failure_takes_its_own_exit_before_the_catch_all() -> None:
    nodes = {"a": GONE, "own": say("own"), "all": say("all"), "end": {"kind": "hang_up"}}
    edges = {"own": {"next": "end"}, "all": {"next": "end"}}
    on = stage(nodes, {**edges, "a": {"failed": "own"}}, catch_all="all")
    walk(on)
    assert [node for node, _ in way(on)] == ["a", "own", "end"]
    on = stage(nodes, edges, catch_all="all")
    walk(on)
    assert [node for node, _ in way(on)] == ["a", "all", "end"]
    assert "mailbox" in (on.journal.steps[0].error or "")


def test_a_catch_all_that_fails_is_not_tried_again() -> None:
    on = stage({"a": GONE, "all": GONE}, {}, catch_all="all")
    assert walk(on).outcome == "backup"
    assert way(on) == [("a", "failed"), ("all", "failed")]


def test_failures_that_lead_to_failures_end_on_the_backup_line() -> None:
    on = stage({"a": GONE, "b": GONE}, {"a": {"failed": "b"}, "b": {"failed": "a"}}, catch_all="a")
    assert walk(on) == Walked("backup", "too many failures")
    assert len(on.journal.steps) == FAILURE_CAP


@pytest.mark.parametrize("start", [None, "gone"])
def test_a_flow_without_a_beginning_ends_on_the_backup_line(start: str | None) -> None:
    on = stage({"a": say("x")}, {}, start=start)
    assert walk(on).outcome == "backup"


def test_a_kind_this_program_does_not_have_fails_there() -> None:
    on = stage({"a": {"kind": "hologram"}, "all": {"kind": "hang_up"}}, {}, catch_all="all")
    assert walk(on).outcome == "ended"
    assert way(on) == [("a", "failed"), ("all", "")]


def test_settings_of_a_newer_program_fail_there() -> None:
    on = stage({"a": {"kind": "say", "settings": {"volume": 11}}, "all": {"kind": "hang_up"}}, {}, catch_all="all")
    assert walk(on).outcome == "ended"
    assert way(on)[0] == ("a", "failed")


def test_a_version_that_is_unknown_ends_on_the_backup_line() -> None:
    on = stage({"a": say("x")}, {})
    call = RehearsedCall(on.line, Bookmark(version="gone", node="a"), on.journal, None, None)
    assert Walker(on.clinic, on.journal).walk(call) == Walked("backup", "version gone is unknown")


OUTER = {"a": subflow("inner", "yes", "done"), "yes": say("yes"), "done": say("done"), "end": {"kind": "hang_up"}}
OUTER_EDGES = {"a": {"yes": "yes", "done": "done"}, "yes": {"next": "end"}, "done": {"next": "end"}}


@pytest.mark.parametrize(("outcome", "told"), [("yes", "yes"), ("", "done")])
def test_a_subflow_leads_on_by_the_outcome_it_returns(outcome: str, told: str) -> None:
    inner = {"start": "r", "nodes": {"r": {"kind": "return", "settings": {"outcome": outcome}}}}
    on = stage(OUTER, OUTER_EDGES, flows={"inner": inner})
    assert walk(on).outcome == "ended"
    assert way(on) == [("a", "entered"), ("r", told), ("a", told), (told, "next"), ("end", "")]


def test_a_subflow_that_just_ends_is_done() -> None:
    inner = {"start": "t", "nodes": {"t": {"kind": "transfer", "settings": {"number": "+13125550177"}}}}
    on = stage(OUTER, OUTER_EDGES, flows={"inner": inner}, people={"+13125550177": "accepts"})
    assert walk(on).outcome == "ended"
    assert way(on)[-3:] == [("a", "done"), ("done", "next"), ("end", "")]


def test_a_subflow_that_fails_without_a_catch_all_fails_the_node_that_entered_it() -> None:
    inner = {"start": "v", "nodes": {"v": GONE}}
    on = stage({**OUTER, "sorry": say("Sorry.")}, {**OUTER_EDGES, "a": {"failed": "sorry"}, "sorry": {"next": "end"}},
               flows={"inner": inner})  # fmt: skip
    assert walk(on).outcome == "ended"
    assert way(on) == [("a", "entered"), ("v", "failed"), ("a", "failed"), ("sorry", "next"), ("end", "")]


def test_a_subflow_is_the_version_live_when_entered_and_stays_it() -> None:
    inner = {"start": "m", "nodes": {"m": MENU, "one": say("old")}, "edges": {"m": {"1": "one"}}}
    on = stage(OUTER, OUTER_EDGES, flows={"inner": inner}, keys=["1"])
    clinic = on.clinic.clinic
    assert isinstance(clinic, SampleClinic)
    newer = Document.model_validate({**inner, "nodes": {"m": MENU, "one": say("new")}})

    def told(what: str) -> None:
        if what == "heard":
            clinic.publish("inner", newer)

    on.line.told = told
    walk(on)
    assert "old" in [heard.text for heard in on.line.heard]
    assert "new" not in [heard.text for heard in on.line.heard]


def test_flows_that_enter_one_another_without_end_fail() -> None:
    inner = {"start": "i", "nodes": {"i": subflow("inner")}}
    on = stage({"a": subflow("inner"), "all": {"kind": "hang_up"}}, {}, catch_all="all", flows={"inner": inner})
    assert walk(on).outcome == "ended"
    entered = [exit_ for _, exit_ in way(on) if exit_ == "entered"]
    assert len(entered) == DEPTH_CAP
    assert way(on)[-1] == ("all", "")


def _breaks(on: Stage, at: int, error: Exception) -> None:
    happened = 0

    def told(what: str) -> None:
        nonlocal happened
        happened += 1
        if happened == at:
            raise error

    on.line.told = told


FULL: dict[str, Any] = {
    "nodes": {
        "a": MENU,
        "t": {"kind": "transfer", "settings": {"number": "+13125550177"}},
        "w": {"kind": "webhook", "settings": {"url": "https://x.example/"}},
        "v": {"kind": "voicemail", "settings": {"mailbox": {"id": "box"}}},
        "all": {"kind": "hang_up"},
    },
    "edges": {"a": {"1": "w"}, "w": {"answered": "t", "failed": "t"}, "t": {"no_answer": "v"}},
    "catch_all": "all",
    "keys": ["1"],
    "messages": [5],
}


@pytest.mark.parametrize("at", range(1, 11))
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (CallerGone("hung up"), "gone"),
        (HandedOn("stopping"), "handed on"),
        (CarrierFailed("no"), None),
        (RuntimeError("!"), None),
    ],
)
def test_what_breaks_anywhere_has_one_path(at: int, error: Exception, outcome: str | None) -> None:
    on = stage(**FULL)
    _breaks(on, at, error)
    walked = walk(on)
    if outcome is not None:
        assert walked.outcome == outcome
        assert [end.ending for end in on.journal.endings] == (["caller hung up"] if outcome == "gone" else [])
    else:
        assert walked.outcome in ("ended", "backup")
        assert len(on.journal.endings) == 1
    assert sorted(on.journal.steps) == list(range(len(on.journal.steps)))


class Deaf:
    """A journal that takes nothing."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object) -> None:
            raise OSError(name)

        return refuse


def test_a_journal_that_fails_never_reaches_the_caller_as_silence() -> None:
    on = stage({"a": say("x")}, {})
    assert Walker(on.clinic, Deaf()).walk(on.call()).outcome == "backup"
    assert on.line.backup


def test_when_even_the_backup_line_fails_the_call_is_let_go() -> None:
    on = stage({}, {})
    call = on.call()
    call.to_backup_line = lambda: (_ for _ in ()).throw(CarrierFailed("no line"))  # type: ignore[method-assign, assignment]
    assert Walker(on.clinic, on.journal).walk(call).outcome == "lost"
    assert [end.ending for end in on.journal.endings] == ["lost"]


IDS = [f"n{number}" for number in range(6)]
EXITS = [
    "next",
    "1",
    "2",
    "failed",
    "no_choice",
    "answered",
    "no_answer",
    "done",
    "yes",
    "no",
    "open",
    "entered",
    "left",
]
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "say": [{"speech": {"text": {"en": "Hello {caller.name} {"}}}, {"speech": {"text": {"es": "Hola"}}}],
    "menu": [{"prompt": {"text": {"en": "?"}}, "choices": [{"key": "1"}, {"key": "2"}]}],
    "ring": [{"steps": [{"people": [{"id": "ana"}]}]}],
    "on_call": [{"rota": {"id": "night"}}],
    "transfer": [{"number": "+13125550177"}, {"variable": "entry"}],
    "voicemail": [{"mailbox": {"id": "front"}}],
    "subflow": [{"flow": {"id": "tested"}}],
    "webhook": [{"url": "https://x.example/{entry}"}],
    "collect": [{"least": 1, "most": 3}],
    "compare": [{"variable": "entry", "value": "1"}],
    "hours": [{"hours": {"id": "main"}}],
}
KIND = st.sampled_from([*kinds(), "hologram"])
NODE = KIND.flatmap(
    lambda kind: st.fixed_dictionaries(
        {"kind": st.just(kind), "settings": st.sampled_from([{}, {"odd": 1}, *SETTINGS.get(kind, [])])}
    )
)
CLINIC = {
    "people": {"ana": {"phones": ["inside:101", "outside:+13125550143"]}},
    "rotas": {"night": [["ana"]]},
    "mailboxes": {"front": {}},
    "hours": {"main": "open"},
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    nodes=st.dictionaries(st.sampled_from(IDS), NODE, max_size=6),
    edges=st.dictionaries(
        st.sampled_from(IDS), st.dictionaries(st.sampled_from(EXITS), st.sampled_from(IDS), max_size=6), max_size=6
    ),
    start=st.none() | st.sampled_from(IDS),
    catch_all=st.none() | st.sampled_from(IDS),
    keys=st.lists(st.text("12*#", max_size=4), max_size=8),
    ana=st.sampled_from(["accepts", "declines", "no answer", "busy", "voicemail", "vanishes", "unreachable"]),
)
def test_any_document_ends(
    nodes: Any, edges: Any, start: str | None, catch_all: str | None, keys: list[str], ana: str
) -> None:
    document = Document.model_validate({"nodes": nodes, "edges": edges, "start": start, "catch_all": catch_all})
    clinic = SampleClinic(CLINIC)
    version: Version = clinic.publish("tested", document)
    script = {"at": datetime(2026, 11, 23, 20, tzinfo=UTC), "keys": keys, "people": {"ana": ana}, "patience": 600}
    on = Stage.set(version, Rehearsal.model_validate(script), clinic)
    walked = walk(on, step_cap=60)
    assert walked.outcome in ("ended", "gone", "backup")
    assert len(on.journal.endings) == 1
    assert sorted(on.journal.steps) == list(range(len(on.journal.steps)))
    assert on.line.ended or on.line.gone is not None

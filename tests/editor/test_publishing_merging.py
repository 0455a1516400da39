"""Taking over what others have put live: value by value, and what both have changed is named."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controller.flows.document import Document
from flow_editor.publishing.merging import merge


def flow(**nodes: Any) -> Document:
    drawn = {
        id: {"kind": "say", "title": id, "settings": {"speech": text, "barge_in": True}} for id, text in nodes.items()
    }
    return Document.model_validate({"start": next(iter(nodes)), "nodes": drawn})


def text(document: Document, node: str) -> Any:
    return document.nodes[node].settings["speech"]


def test_what_one_side_changed_is_taken() -> None:
    base, theirs, mine = flow(a="1", b="2"), flow(a="new", b="2"), flow(a="1", b="mine")
    mine.nodes["a"].title = "Called otherwise"
    merged = merge(base, theirs, mine)
    assert (text(merged.document, "a"), text(merged.document, "b")) == ("new", "mine")
    assert merged.document.nodes["a"].title == "Called otherwise"
    assert merged.both == ()


def test_what_both_changed_stays_as_drawn_and_is_named() -> None:
    base, theirs, mine = flow(a="1"), flow(a="theirs"), flow(a="mine")
    merged = merge(base, theirs, mine)
    assert text(merged.document, "a") == "mine"
    assert [str(one) for one in merged.both] == ["a"]
    assert merge(base, flow(a="same"), flow(a="same")).both == ()


def test_steps_and_arrows_that_came_and_went() -> None:
    base, theirs, mine = flow(a="1", b="2", c="3"), flow(a="1", b="2", d="4"), flow(a="1", b="2", c="3")
    base.edges = {"a": {"next": "b"}, "b": {"next": "c"}}
    theirs.edges = {"a": {"next": "d"}, "d": {"next": "b"}}
    mine.edges = {"a": {"next": "b"}, "b": {"next": "c"}}
    merged = merge(base, theirs, mine).document
    assert set(merged.nodes) == {"a", "b", "d"}
    assert merged.edges == {"a": {"next": "d"}, "d": {"next": "b"}}, "an arrow to a step that is gone goes too"


def test_a_step_that_one_deleted_and_the_other_changed_stays() -> None:
    base, theirs, mine = flow(a="1", b="2"), flow(a="1"), flow(a="1", b="mine")
    merged = merge(base, theirs, mine)
    assert text(merged.document, "b") == "mine"
    assert [str(one) for one in merged.both] == ["b"]


def test_rehearsals_by_title() -> None:
    base, theirs, mine = flow(a="1"), flow(a="1"), flow(a="1")
    base.rehearsals = [{"title": "one", "at": "x"}]
    theirs.rehearsals = [{"title": "one", "at": "y"}, {"title": "theirs"}]
    mine.rehearsals = [{"title": "one", "at": "x"}, {"title": "mine"}]
    merged = merge(base, theirs, mine).document.rehearsals
    assert merged == [{"title": "one", "at": "y"}, {"title": "mine"}, {"title": "theirs"}]


NODES = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3"]), min_size=1)


@given(NODES, NODES, NODES)
def test_whatever_was_drawn(base: dict[str, str], theirs: dict[str, str], mine: dict[str, str]) -> None:
    first, other, own = flow(**base), flow(**theirs), flow(**mine)
    assert merge(first, first, own).document == own, "nothing to take over"
    assert merge(first, other, first).document.nodes == other.nodes, "nothing of one's own"
    merged = merge(first, other, own).document
    assert merged.start is None or merged.start in merged.nodes
    assert not any(to not in merged.nodes for ways in merged.edges.values() for to in ways.values())

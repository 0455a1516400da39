"""What is read and what is refused: documents of any age, and anything that is none."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.flows import samples, upgrades
from controller.flows.document import FORMAT, Document
from controller.flows.upgrades import DocumentRefused, read, write
from tests.flows.documents import documents, unhurried

SMALL: dict[str, Any] = {
    "format": 1,
    "name": "Main line",
    "start": "main_menu",
    "nodes": {
        "main_menu": {
            "kind": "menu",
            "title": "Main menu",
            "settings": {"choices": [{"key": "1"}]},
            "x": 340,
            "y": 0.5,
        },
        "later": {"kind": "kind_of_next_year", "settings": {"colour": "blue"}},
    },
    "edges": {"main_menu": {"1": "later"}},
}


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(SMALL), **fields}


def refused(what: Any) -> str:
    with pytest.raises(DocumentRefused) as error:
        read(what)
    said = str(error.value)
    assert said == error.value.reason.render()
    assert len(said.splitlines()) == 1
    return said


@pytest.mark.parametrize(
    "form", [lambda text: text, str.encode, json.loads, lambda text: b"\xef\xbb\xbf" + text.encode()]
)
def test_reads_text_bytes_and_parsed_json(form: Callable[[str], Any]) -> None:
    document = read(form(json.dumps(SMALL)))
    assert document.nodes["main_menu"].title == "Main menu"
    assert document.nodes["later"].settings == {"colour": "blue"}, "what this program does not know is kept"
    assert document.edges == {"main_menu": {"1": "later"}}


def test_what_was_given_is_left_as_it_was() -> None:
    given = copy.deepcopy(SMALL)
    read(given).nodes["main_menu"].title = "Another"
    assert given == SMALL


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nodes": {"main_menu": {"title": "Main menu"}}}, "nodes → main_menu → kind: this is missing."),
        ({"nodes": {"main_menu": {"kind": 3}}}, "nodes → main_menu → kind: this should be text."),
        ({"nodes": {"a": {"kind": "say", "x": "5"}}}, "nodes → a → x: this should be a number."),
        (
            {"nodes": {"a": {"kind": "say", "settings": []}}},
            "nodes → a → settings: this should be an object with fields.",
        ),
        ({"nodes": {"a b": {"kind": "say"}}}, "nodes → a b: this is not written as it should be."),
        ({"nodes": {"a": {"kind": "say", "colour": 1}}}, "nodes → a → colour: there is no such field."),
        ({"nodes": []}, "nodes: this should be an object with fields."),
        ({"edges": {"a": {"next": 3}}}, "edges → a → next: this should be text."),
        ({"languages": []}, "languages: this is too short: 1 at least."),
        ({"languages": ["en", "Spanish"]}, "languages → 2: this is not written as it should be."),
        ({"name": "x" * 201}, "name: this is too long: 200 characters at most."),
        ({"rehearsals": ["once"]}, "rehearsals → 1: this should be an object with fields."),
        ({"colour": "blue"}, "colour: there is no such field."),
        ({"col\nour\u2028": "blue"}, "col our : there is no such field."),
        ({"c" * 100: "blue"}, "c" * 60 + "…: there is no such field."),
        ({"format": "1"}, "format: this should be a whole number from 1 on."),
        ({"format": True}, "format: this should be a whole number from 1 on."),
        ({"format": 0}, "format: this should be a whole number from 1 on."),
        ({"name": "a\0b"}, "name: this holds signs that are no text."),
        ({"name": "\ud800"}, "name: this holds signs that are no text."),
        (
            {"rehearsals": [{"patience": float("nan")}]},
            "rehearsals → 1 → patience: this should be a number that can be kept.",
        ),
        ({"rehearsals": [{"patience": 2**60}]}, "rehearsals → 1 → patience: this number is too large."),
    ],
)
def test_what_is_wrong_is_named_with_its_place(fields: dict[str, Any], said: str) -> None:
    assert refused(changed(**fields)) == said
    assert refused(json.dumps(changed(**fields))) == said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"when": b"bytes"}, "nodes → a → settings → when: this is nothing that JSON can say."),
        ({1: "one"}, "nodes → a → settings: the names of fields should be text."),
    ],
)
def test_values_that_json_has_not_are_refused(settings: Any, said: str) -> None:
    assert refused(changed(nodes={"a": {"kind": "say", "settings": settings}})) == said


def test_a_handful_of_problems_is_named_and_the_rest_counted() -> None:
    said = refused(changed(nodes={f"n{index}": {} for index in range(7)}))
    assert said == " ".join(f"nodes → n{index} → kind: this is missing." for index in range(5)) + " And 2 more."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This is not JSON: line 1, column 1."),
        ('{"name": "a",\n "nodes": }', "This is not JSON: line 2, column 11."),
        ("[1]", "A flow is a JSON object, beginning with a brace."),
        ("null", "A flow is a JSON object, beginning with a brace."),
        ('{"name": "a", "name": "b"}', "at the top: “name” is given twice."),
        (
            '{"nodes": {"a": {"kind": "say", "settings": {"t": 1, "t": 1}}}}',
            "nodes → a → settings: “t” is given twice.",
        ),
        ('{"nodes": {"a": {"kind": "say", "x": NaN}}}', "nodes → a → x: this should be a number that can be kept."),
        (
            '{"nodes": {"a": {"kind": "say", "x": -Infinity}}}',
            "nodes → a → x: this should be a number that can be kept.",
        ),
        ('{"nodes": {"a": {"kind": "say", "x": 1e999}}}', "nodes → a → x: this should be a number that can be kept."),
        ('{"nodes": {"a": {"kind": "say", "x": ' + "9" * 5000 + "}}}", "A number in the file is too long."),
        (
            '{"nodes": {"a": {"kind": "fax", "settings": {"a": [' + "1," * 200_000 + "1]}}}}",
            "The document holds too much: 200000 values at most.",
        ),
        ("[" * 100_000, "The document is nested too deeply."),
        ('{"nodes": ' + "[" * 50 + "]" * 50 + "}", "The document is nested too deeply."),
        ('{"name": "' + "x" * 2_000_000 + '"}', "The file is too large: 2 megabytes at most."),
        ('{"name": "' + "ñ" * 1_000_000 + '"}', "The file is too large: 2 megabytes at most."),
    ],
)
def test_what_is_no_document_is_refused(text: str, said: str) -> None:
    assert refused(text) == said
    assert refused(text.encode()) == said


def test_the_largest_flow_can_be_read() -> None:
    drawn = samples.lakeside()["main_line"].nodes
    menu = next(node for node in drawn.values() if node.kind == "menu")
    nodes = {f"n{index}": menu.model_dump(mode="json") for index in range(2000)}
    for node in nodes.values():
        node["settings"]["prompt"]["text"] = {"en": "Press 1."}
    document = read(json.dumps({"nodes": nodes, "edges": {id: {"1": id, "2": id} for id in nodes}}))
    assert len(document.nodes) == 2000


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    assert refused('{"name": "Clínica"}'.encode("latin-1")) == "The file is not text in UTF-8: see byte 13."


def test_a_newer_format_is_refused() -> None:
    said = refused(changed(format=FORMAT + 1, shape="unheard of"))
    assert said.startswith(f"This flow was made by a newer version of Careline (format {FORMAT + 1}; ")


def test_there_is_a_step_from_every_older_format() -> None:
    assert set(upgrades.STEPS) == set(range(1, FORMAT))


@pytest.fixture
def two_formats_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if today's format were 3: in 1 the name was called "called", in 2 nodes were a list."""

    def name_it(raw: dict[str, Any]) -> dict[str, Any]:
        raw["name"] = raw.pop("called")
        return raw

    def key_nodes(raw: dict[str, Any]) -> dict[str, Any]:
        return {**raw, "nodes": {node.pop("id"): node for node in raw["nodes"]}}

    monkeypatch.setattr(upgrades, "FORMAT", 3)
    monkeypatch.setattr(upgrades, "STEPS", {1: name_it, 2: key_nodes})


@pytest.mark.usefixtures("two_formats_on")
@pytest.mark.parametrize(
    "raw",
    [
        {"called": "Main line", "nodes": [{"id": "a", "kind": "say"}]},
        {"format": 1, "called": "Main line", "nodes": [{"id": "a", "kind": "say"}]},
        {"format": 2, "name": "Main line", "nodes": [{"id": "a", "kind": "say"}]},
        {"format": 3, "name": "Main line", "nodes": {"a": {"kind": "say"}}},
    ],
)
def test_older_formats_are_upgraded_step_by_step(raw: dict[str, Any]) -> None:
    given = copy.deepcopy(raw)
    document = read(raw)
    assert (document.format, document.name, document.nodes["a"].kind) == (3, "Main line", "say")
    assert raw == given, "a step works on a copy"


@pytest.mark.usefixtures("two_formats_on")
@pytest.mark.parametrize("nodes", [None, [1], [{"kind": "say"}]])
def test_an_older_document_that_a_step_stumbles_over_is_refused(nodes: Any) -> None:
    assert refused({"format": 2, "nodes": nodes}) == "This is no flow of format 2, though it says so."
    assert refused({"format": 1}) == "This is no flow of format 1, though it says so."


@unhurried
@given(documents())
def test_what_is_written_is_read_again(document: Document) -> None:
    text = write(document)
    again = read(text)
    assert again == document
    assert list(again.nodes) == list(document.nodes), "in the order drawn"
    assert write(again) == text


def test_it_is_written_for_people_and_for_comparing() -> None:
    text = write(read(SMALL))
    assert text.startswith('{\n  "format": 1,\n  "name": "Main line",\n')
    assert '"x": 340,\n      "y": 0.5\n' in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    "document", [*samples.lakeside().values(), *samples.templates().values()], ids=lambda d: d.name
)
def test_samples_are_read_and_written(document: Document) -> None:
    assert read(write(document)) == document


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.sampled_from([*Document.model_fields, "colour"])


@unhurried
@given(
    st.binary(max_size=60) | st.text(max_size=60) | st.dictionaries(_FIELDS, _JSON, max_size=4) | _JSON.map(json.dumps)
)
def test_nothing_but_a_refusal_comes_of_anything_else(given: Any) -> None:
    try:
        document = read(given)
    except DocumentRefused as refusal:
        assert len(str(refusal).splitlines()) == 1  # noqa: PT017 - whether it is refused is not asked here
    else:
        assert read(write(document)) == document

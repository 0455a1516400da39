"""The JSON Schema of a document: it takes what Careline takes, refuses what it refuses, and is enough to make forms of."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from controller.flows import samples
from controller.flows.document import FORMAT, Document, DrawnNode
from controller.flows.registry import UnknownKind, kinds, make
from controller.flows.schema import schema, settings_schema
from controller.flows.upgrades import read, write
from tests.flows.documents import drawn_nodes, unhurried

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
SAMPLES = {**samples.lakeside(), **{f"{name}, a template": document for name, document in samples.templates().items()}}


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a schema."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from inside(item)
    elif isinstance(value, list):
        for item in value:
            yield from inside(item)


def node(kind: str, **settings: Any) -> dict[str, Any]:
    return {"nodes": {"a": {"kind": kind, "settings": settings}}}


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    json.dumps(SCHEMA, allow_nan=False)


def test_what_it_refers_to_is_there() -> None:
    targets = {found["$ref"] for found in inside(SCHEMA) if "$ref" in found}
    assert targets == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}, "and nothing is there for nobody"


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_valid(name: str) -> None:
    VALIDATOR.validate(json.loads(write(SAMPLES[name])))


def test_an_empty_document_is_valid() -> None:
    VALIDATOR.validate(json.loads(write(Document())))
    VALIDATOR.validate({})


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"format": FORMAT + 1},
        {"name": 3},
        {"colour": "blue"},
        {"languages": []},
        {"start": "a b"},
        {"nodes": {"a b": {"kind": "say"}}},
        {"nodes": {"a": {"title": "Of no kind"}}},
        {"nodes": {"a": {"kind": "say", "x": "left"}}},
        {"edges": {"a": {"next": ["b", "c"]}}},
        {"edges": {"a": {"next": "b c"}}},
        {"rehearsals": [{"title": "At no time"}]},
        {"rehearsals": [{"at": "2026-11-29T03:00:00-06:00", "people": {"everyone": "dances"}}]},
        {"rehearsals": [{"at": "2026-11-29T03:00:00-06:00", "keys": "one"}]},
        node("kind_of_next_year"),
        node("menu", choices="1"),
        node("menu", choices=[{"key": "one"}]),
        node("menu", attempts=0),
        node("menu", colour="blue"),
        node("say", speech={"text": {"Spanish": "Hola."}}),
        node("ring", steps=[]),
        node("ring", steps=[{"order": "by_height"}]),
        node("ring", steps=[{"teams": [{"name": "Nurses", "size": 3}]}]),
        node("say", steps=[]),
    ],
    ids=lambda document: json.dumps(document)[:60],
)
def test_what_is_wrong_is_refused(document: Any) -> None:
    assert not VALIDATOR.is_valid(document)


def test_each_mistake_in_a_sample_is_seen() -> None:
    sound = json.loads(write(SAMPLES["main_line"]))
    for name in sound["nodes"]:
        odd = copy.deepcopy(sound)
        odd["nodes"][name]["settings"]["colour"] = "blue"
        assert not VALIDATOR.is_valid(odd)


@unhurried
@given(drawn_nodes())
def test_what_it_takes_a_kind_can_read(drawn: DrawnNode) -> None:
    document = {"nodes": {"a": drawn.model_dump(mode="json")}}
    if VALIDATOR.is_valid(document):
        read(document)
        make(drawn.kind, drawn.settings)
    else:
        drawn_otherwise = {**document["nodes"]["a"], "settings": {}}
        try:
            make(drawn.kind, {})
        except UnknownKind:
            return
        assert VALIDATOR.is_valid({"nodes": {"a": drawn_otherwise}}), "it was the settings"


@pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
def test_each_kind_has_what_a_form_needs(kind: Any) -> None:
    form = settings_schema(kind)
    Draft202012Validator.check_schema(form)
    Draft202012Validator(form).validate(json.loads(kind().model_dump_json()))
    assert (form["title"], form["x-exits"]) == (
        str(kind.title),
        [{"name": way.name, "label": str(way.label), "undrawn": way.undrawn} for way in kind().exits()],
    )
    assert len(form["description"]) > 20
    models = [form, *(model for name, model in form["$defs"].items())] if "$defs" in form else [form]
    for model in models:
        for name, field in model.get("properties", {}).items():
            assert field.get("title") or "anyOf" in field, f"{name} has no title"
            assert "[" not in field.get("title", ""), f"{name} is titled by its class"
    assert set(SCHEMA["$defs"][kind.kind].get("properties", {})) == set(kind.model_fields)


def test_forms_know_what_is_picked_and_how_it_is_edited() -> None:
    ring = settings_schema(kinds()["ring"])
    step = ring["$defs"]["RingStep"]["properties"]
    assert step["order"] == {"$ref": "#/$defs/Order", "default": "at_once", "title": "Order"}
    assert {found["x-ref"] for found in inside(ring) if "x-ref" in found} == {"person", "team", "prompt"}
    assert ring["$defs"]["Speech"]["x-widget"] == "speech"
    assert settings_schema(kinds()["transfer"])["properties"]["number"]["x-widget"] == "telephone"


@pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
def test_what_is_chosen_from_has_words(kind: Any) -> None:
    """Only what is written so on telephones and in HTTP is shown as it is stored."""
    shown = [choice["title"] for found in inside(settings_schema(kind)) for choice in found.get("oneOf", ())]
    assert all(shown)
    as_stored = {value for found in inside(settings_schema(kind)) for value in found.get("enum", ())}
    assert as_stored <= {*"1234567890*#", "", "POST", "GET"}, "make it a Choices"


def test_choices_are_shown_in_the_reader_s_language() -> None:
    order = settings_schema(kinds()["ring"], "es")["$defs"]["Order"]
    assert order["oneOf"][0] == {"const": "at_once", "title": "todos a la vez"}

"""JSON Schema of a flow's document and of each kind's settings: for forms, other programs and `careline flow schema`.

Titles and descriptions are in the reader's language. `x-ref` names what is picked from; `x-widget` how it is edited;
`x-exits` the ways out of a kind as it is born (they may depend on the settings: `Node.exits` knows).
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from controller.flows.document import FORMAT, Document
from controller.flows.registry import Node, kinds
from controller.flows.rehearsals import Rehearsal
from controller.flows.speech import Speech
from controller.texts import Text, catalogue

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SHOWN = ("title", "description")


class _Schema(GenerateJsonSchema):
    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys of a given form, and no others: pydantic's own schema says the first and leaves out the second."""
        json_schema = super().dict_schema(schema)
        return {**json_schema, "additionalProperties": False} if "patternProperties" in json_schema else json_schema


def settings_schema(kind: type[Node], language: str = "en") -> dict[str, Any]:
    """JSON Schema of a kind's settings."""
    schema: dict[str, Any] = _translated(_bare(kind.model_json_schema(schema_generator=_Schema)), language)
    for name, born in _texts(kind).items():
        schema["properties"][name] = {**schema["properties"][name], "default": born}
    return {**schema, **_about(kind, language)}


def _texts(kind: type[Node]) -> dict[str, Any]:
    """What a new step of a kind says where nothing else is written, by setting: a form shows it. Pydantic's schema leaves out
    what a factory makes."""
    node = kind()
    found = {}
    for name in kind.model_fields:
        value = getattr(node, name)
        said = value if isinstance(value, tuple) else (value,)
        if value and all(isinstance(one, Speech) for one in said):
            found[name] = node.model_dump(mode="json", include={name}, exclude_none=True)[name]
    return found


def schema(language: str = "en") -> dict[str, Any]:
    """JSON Schema of a whole document: each kind of node with its settings, and rehearsals."""
    _, base = models_json_schema([(Document, "validation"), (Rehearsal, "validation")], schema_generator=_Schema)
    definitions: dict[str, Any] = _translated(base["$defs"], language)
    drawn = definitions["DrawnNode"]
    variants = []
    for name, kind in kinds().items():
        # Two kinds may each have a model of the same name inside: theirs are told apart by the kind.
        settings = _bare(kind.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}", schema_generator=_Schema))
        inner = settings.pop("$defs", {})
        definitions |= {f"{name}.{model}": _translated(schema, language) for model, schema in inner.items()}
        definitions[name] = {**_translated(settings, language), **_about(kind, language)}
        properties = {**drawn["properties"], "kind": {"const": name}, "settings": {"$ref": f"#/$defs/{name}"}}
        variants.append({**drawn, "title": kind.title.render(language), "properties": properties})
    definitions["DrawnNode"] = {"oneOf": variants}
    document = definitions.pop("Document")
    document["properties"]["format"] = {"const": FORMAT, "default": FORMAT, "title": "Format"}
    document["properties"]["rehearsals"]["items"] = {"$ref": "#/$defs/Rehearsal"}
    return {"$schema": DIALECT, **document, "$defs": dict(sorted(definitions.items()))}


def _about(kind: type[Node], language: str) -> dict[str, Any]:
    exits = [
        {"name": way.name, "label": way.label.render(language), "undrawn": way.undrawn.value} for way in kind().exits()
    ]
    return {
        "title": kind.title.render(language),
        "description": explanation(kind).render(language),
        "x-exits": exits,
    }


@functools.cache
def explanation(kind: type[Node]) -> Text:
    """What a kind is and does, for staff: its docstring, a paragraph a line."""
    return Text(_unwrapped(inspect.getdoc(kind) or ""))


def messages() -> Iterator[str]:
    """Every text of the schemas that is shown to staff: for the catalogue, beside those marked with T()."""
    for kind in kinds().values():
        yield explanation(kind).message
        yield from _shown(_bare(kind.model_json_schema()))


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without its classes' own titles and descriptions: those are for engineers, a form shows the fields'."""
    inner = {name: {**model} for name, model in schema.get("$defs", {}).items()}
    bare = {**schema, "$defs": inner} if inner else {**schema}
    for model in (bare, *inner.values()):
        if "properties" in model:
            model["properties"] = {name: _titled(field, inner) for name, field in model["properties"].items()}
    for model in (bare, *inner.values()):
        for key in _SHOWN:
            model.pop(key, None)
    return bare


def _titled(field: dict[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """A field with its title: pydantic leaves it out where the class it refers to happens to have the same."""
    if "$ref" not in field or "title" in field:
        return field
    return {**field, "title": models[re.split("[/.]", field["$ref"])[-1]]["title"]}


def _unwrapped(text: str) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _is_shown(key: str, value: object) -> bool:
    return key in _SHOWN and isinstance(value, str)


def _shown(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if _is_shown(key, value):
                yield _unwrapped(value)
            else:
                yield from _shown(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _shown(item)


def _translated(schema: Any, language: str) -> Any:
    """A copy with titles and descriptions in `language`."""
    if isinstance(schema, dict):
        return {
            key: catalogue(language).get(_unwrapped(value), _unwrapped(value))
            if _is_shown(key, value)
            else _translated(value, language)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_translated(item, language) for item in schema]
    return schema

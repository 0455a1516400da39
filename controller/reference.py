"""Pages of docs/ that are made from the code: `python -m controller.reference docs` (make docs). A test keeps them true."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from controller.config import PREFIX, Config
from controller.flows.registry import Family, Node, Undrawn, kinds
from controller.flows.schema import settings_schema

_FAMILIES = {
    Family.TALK: "Talk",
    Family.DECIDE: "Decide",
    Family.CONNECT: "Connect",
    Family.SHAPE: "Shape",
}
_UNDRAWN = {
    Undrawn.PROBLEM: "must be drawn",
    Undrawn.CATCH_ALL: "undrawn: to the catch-all",
    Undrawn.HANG_UP: "undrawn: the call ends",
}


def pages() -> dict[str, str]:
    """File name to Markdown."""
    return {"nodes.md": "\n".join(_nodes()), "settings.md": "\n".join(_settings())}


def _nodes() -> Iterator[str]:
    yield "# Kinds of node"
    yield ""
    yield "Made by `make docs` from `controller/flows/nodes/`."
    for family, heading in _FAMILIES.items():
        yield f"\n## {heading}"
        for kind in sorted(kinds().values(), key=lambda kind: (not kind.everyday, str(kind.title))):
            if kind.family is family:
                yield from _kind(kind)
    yield ""


def _kind(kind: type[Node]) -> Iterator[str]:
    yield f"\n### {kind.title} (`{kind.kind}`)\n"
    yield inspect.cleandoc(kind.__doc__ or "")
    schema = settings_schema(kind)
    if schema["properties"]:
        yield "\n| setting | what it is | by default |\n|---|---|---|"
        yield from _fields(schema, schema.get("$defs", {}))
    exits = kind().exits()
    if exits:
        yield "\n| exit | on the canvas | |\n|---|---|---|"
        for exit_ in exits:
            yield f"| `{exit_.name}` | {exit_.label} | {_UNDRAWN[exit_.undrawn]} |"


def _fields(schema: dict[str, Any], models: dict[str, Any], inside: str = "") -> Iterator[str]:
    """A row for each setting; those of a list's entries behind the list."""
    for name, field in schema["properties"].items():
        found = {**_model(field, models), **field}
        choices = {one["const"]: one["title"] for one in found.get("oneOf", ())}
        named = "; ".join(f"`{value}`: {words}" for value, words in choices.items())
        said = (found.get("title"), found.get("description"), named)
        what = ". ".join(part.rstrip(".") for part in said if part)
        yield f"| `{inside}{name}` | {what} | {_default(found.get('default'))} |"
        entry = _model(found.get("items", {}), models)
        if "properties" in entry and "x-ref" not in entry:
            yield from _fields(entry, models, f"{inside}{name}[].")


def _model(field: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """The model that a field refers to."""
    found: dict[str, Any] = models.get(field.get("$ref", "").removeprefix("#/$defs/"), {})
    return found


def _default(value: Any) -> str:
    if isinstance(value, dict) and "en" in value.get("text", {}):
        return f"“{value['text']['en']}”"
    if value in (None, "", [], {}):
        return ""
    return f"`{value}`" if isinstance(value, str | int | float | bool) else "as drawn by the editor"


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield "Made by `make docs` from `controller/config.py`. Set in the environment; lists are separated by commas."
    yield ""
    yield "| variable | what it is | by default |"
    yield "|---|---|---|"
    documented = _attribute_docs(Config)
    for name, field in Config.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = (
            ", ".join(str(item) for item in default)
            if isinstance(default, tuple) and not hasattr(default, "port")
            else default
        )
        yield f"| `{PREFIX}{name.upper()}` | {documented.get(name, '')} | {f'`{shown}`' if shown not in (None, '') else ''} |"
    yield ""


def _attribute_docs(model: type) -> dict[str, str]:
    """The string under each attribute of a class, which Python itself forgets."""
    tree = ast.parse(inspect.getsource(model)).body[0]
    assert isinstance(tree, ast.ClassDef)
    docs: dict[str, str] = {}
    for before, after in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            docs[before.target.id] = re.sub(r"\s+", " ", str(after.value.value))
    return docs


if __name__ == "__main__":
    for file_name, text in pages().items():
        (Path(sys.argv[1]) / file_name).write_text(text, encoding="utf-8")

"""What commands print: tables and lines for people, JSON (`--json`) for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """`--json`, for whatever reads."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def who_option(command: F) -> F:
    """`--who`, for whatever changes: the history says it."""
    return click.option("--who", default="command line", show_default=True, help="Whose change it is.")(command)


def echo_json(value: Any) -> None:
    """Print any of our dataclasses, models and times as JSON."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def echo_json_line(value: Any) -> None:
    """The same as one line, for what comes piece by piece."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def echo_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print columns, each as wide as what is in it."""
    texts = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(headings), *texts]) for i in range(len(headings))]
    for line in [list(headings), *texts]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def local(moment: datetime) -> str:
    """A time as lists show it: this machine's zone, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")

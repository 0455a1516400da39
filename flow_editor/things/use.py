"""Something that refers to a thing."""

from __future__ import annotations

from dataclasses import dataclass

from controller.texts import Text


@dataclass(frozen=True)
class Use:
    """Something that refers to a thing: `what` it is and its `name`; `at`: the steps of a flow that do.

    `kind`: "flow", "plan" (a version that will be live by itself), "draft", or the name of a table; `count`: of rows that have
    no name (messages)."""

    kind: str
    id: str
    what: Text
    name: str
    location: str | None = None
    at: tuple[str, ...] = ()
    count: int = 1

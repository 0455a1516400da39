"""Values put into what is kept or sent, as they are: `{variable}` in a setting. What is spoken is voice/reading.py's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import StringConstraints

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,39})?$")]
"""A variable's name as staff give it; empty while it has none."""

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.\-]{0,79})\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its places filled; nothing where there is no value. Other braces stay as they are."""
    return _PLACE.sub(lambda place: values.get(place[1], ""), text)


def places(text: str) -> list[str]:
    """The variables that `text` has places for, in order."""
    return _PLACE.findall(text)

"""Documents of every sort for property tests: drawn by lot, sound or not, also with kinds and settings nobody knows."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from controller.flows.document import Document, DrawnNode, Note
from controller.flows.registry import kinds

unhurried = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For tests with documents: on a busy machine one may take its time."""

IDS = [f"n{index}" for index in range(8)]

_ids = st.sampled_from(IDS)
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_numbers = st.integers(-1000, 1000) | st.floats(-1000, 1000)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def drawn_nodes(draw: st.DrawFn) -> DrawnNode:
    """Of a known kind with some of its settings, rightly or wrongly filled; or of a kind nobody knows."""
    kind = draw(st.sampled_from([*kinds(), "kind_of_next_year"]))
    names = [*(kinds()[kind].model_fields if kind in kinds() else ()), "colour"]
    settings: dict[str, Any] = draw(st.just({}) | st.dictionaries(st.sampled_from(names), _values, max_size=3))
    return DrawnNode(kind=kind, title=draw(_texts), settings=settings, x=draw(_numbers), y=draw(_numbers))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any document of today's format: nothing says that its nodes are known or its edges lead anywhere."""
    nodes = draw(st.dictionaries(_ids, drawn_nodes(), max_size=6))
    ways = st.sampled_from(["next", "failed", "1", "2", "yes", "no"]) | _texts
    return Document(
        name=draw(_texts),
        description=draw(_texts),
        languages=draw(st.lists(st.sampled_from(["en", "es", "pt-BR"]), min_size=1, max_size=3)),
        start=draw(st.none() | _ids),
        catch_all=draw(st.none() | _ids),
        nodes=nodes,
        edges=draw(st.dictionaries(_ids, st.dictionaries(ways, _ids, max_size=3), max_size=4)),
        notes=draw(st.dictionaries(_ids, st.builds(Note, text=_texts, x=_numbers), max_size=2)),
        rehearsals=draw(st.lists(st.dictionaries(_texts, _values, max_size=3), max_size=2)),
    )

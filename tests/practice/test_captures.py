"""The practice switch sends what a real FreeSWITCH sent: the same events in the same order, with the same headers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.captures import names, stream
from tests.captures.scripts import SCRIPTS
from tests.captures.shape import Shape, shapes
from tests.scenarios.lab import PracticeLab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[PracticeLab]:
    lab = PracticeLab(tmp_path)
    lab.controllers(1)
    yield lab
    lab.clear()
    lab.close()


def _compare(real: list[Shape], practised: list[Shape]) -> None:
    assert [shape.name for shape in practised] == [shape.name for shape in real]
    wrong: list[tuple[object, ...]] = []
    for ours, theirs in zip(practised, real, strict=True):
        missing, added = theirs.headers - ours.headers, ours.headers - theirs.headers
        if missing or added or ours.has_body != theirs.has_body:
            wrong.append((theirs.name, sorted(missing), sorted(added)))
        if ours.values != theirs.values:
            wrong.append((theirs.name, ours.values, theirs.values))
    assert not wrong


@pytest.mark.parametrize("script", SCRIPTS)
def test_same_as_captured(lab: PracticeLab, script: str) -> None:
    SCRIPTS[script](lab)
    taps = {"call": lab.outbound_taps, "link": lab.link_taps}
    recorded = {
        f"{script}.{kind}-{number}": connection
        for kind, of_kind in taps.items()
        for number, connection in enumerate((connection for tap in of_kind for connection in tap.connections), start=1)
    }
    assert sorted(recorded) == [name for name in names() if name.startswith(f"{script}.")]
    for name, connection in recorded.items():
        real_events, real_replies = shapes(stream(name))
        events, replies = shapes(connection.bytes_from("switch"))
        _compare(real_events, events)
        _compare(real_replies, replies)

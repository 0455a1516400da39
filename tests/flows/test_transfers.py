"""Where a call goes that staff have sent on: what its bookmark says, and the small flow that is made of it."""

from __future__ import annotations

import pytest

from controller.calls.bookmark import LARGEST, Bookmark, Phase
from controller.flows.transfers import BACK, LINE, LONGEST_NOTE, TITLES, TO, TRANSFER, Sent, document, met, send
from controller.flows.walker import Version

KEY = bytes(range(32))
SINCE = "2026-11-24T15:00:00+00:00"


def mark() -> Bookmark:
    """A call in conversation, inside a flow that was entered from another one."""
    return Bookmark(
        "v1",
        "wait",
        step=7,
        phase=Phase("talking", {"offer": "x"}),
        stack=[("v0", "n")],
        failures=3,
        entry="e",
        language="en",
    )


def sent(to: str, note: str = "") -> Sent:
    return Sent(to, "target", "ann", "front", SINCE, note)


@pytest.mark.parametrize("to", ["queue", "agent", "person"])
def test_a_call_that_is_sent_on_walks_a_flow_of_its_own(to: str) -> None:
    at = mark()
    send(at, sent(to), language="es", rank=2)
    assert (at.version, at.node, at.phase, at.step, at.stack) == (TRANSFER, TO, Phase(), 8, [])
    assert (at.failures, at.entry, at.language, at.priority) == (0, None, "es", 2)
    made = document(at)
    assert made is not None
    version = Version.read(TRANSFER, "", made)
    assert set(version.nodes) == {TO, BACK, LINE} == set(TITLES)
    for name in (TO, BACK):
        targets = {version.target(name, exit_.name) for exit_ in version.nodes[name].exits()} - {None}
        assert targets == {BACK if name == TO else LINE}
    assert version.target(TO, "answered") is None  # after the conversation the call ends
    assert version.target(TO, "failed") == BACK


def test_who_may_answer_and_since_when() -> None:
    at = mark()
    send(at, sent("agent", "Wants results"))
    found = Sent.of(at)
    assert found is not None
    wish = found.wish(at)
    assert (wish["wanted"], wish["note"], wish["sent_by"]) == ("target", "Wants results", "ann")
    assert wish["waited_since"].isoformat() == SINCE
    at.node = BACK
    assert found.wish(at)["wanted"] == "ann"
    at.node = LINE
    assert found.wish(at)["wanted"] is None
    send(at, sent("queue"))
    assert Sent.of(at).wish(at)["wanted"] is None  # type: ignore[union-attr]


def test_a_call_that_was_never_sent_on() -> None:
    assert Sent.of(mark()) is None
    assert document(mark()) is None


def test_one_handed_over_after_a_word_talks() -> None:
    at = mark()
    met(at, sent("person"), "leg")
    assert (at.node, at.phase.name, at.phase.detail["offer"]) == (TO, "talking", "leg")


def test_it_fits_on_the_channel_and_comes_back_as_it_was() -> None:
    at = mark()
    at.variables = {"reason": "r" * 300}
    send(at, sent("queue", "".join(chr(0x4E00 + place) for place in range(LONGEST_NOTE))))
    sealed = at.seal(KEY, "call")
    assert len(sealed) <= LARGEST
    assert Bookmark.unseal(sealed, KEY, "call") == at

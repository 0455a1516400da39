"""What every carrier shares: the bookmark follows the call's variables, and what is too large for it goes to SQL."""

from __future__ import annotations

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.calls.bookmark import LARGEST, Bookmark
from controller.calls.call import Offer
from tests.calls.switchboard import Switchboard, SwitchboardCall


def noise(length: int, seed: int = 0) -> str:
    """Text that does not compress."""
    return "".join(random.Random(seed).choices(string.printable, k=length))


def beginning() -> Bookmark:
    return Bookmark("v1", "menu")


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 4000)), st.booleans()), max_size=12
    )
)
def test_variables_survive_a_takeover_whatever_their_size(changes: list[tuple[str, int | None, bool]]) -> None:
    board = Switchboard()
    call = SwitchboardCall(board, beginning())
    for seed, (name, length, takeover) in enumerate(changes):
        if length is None:
            call.variables.pop(name, None)
        else:
            call.variables[name] = noise(length, seed)
        expected = dict(call.variables)
        call.write_bookmark()
        assert board.bookmark is not None
        assert len(board.bookmark) <= LARGEST
        if takeover:
            call = SwitchboardCall.again(board)
        assert call.variables == expected


def test_a_value_in_sql_is_stored_when_it_changes_and_only_then() -> None:
    board = Switchboard()
    call = SwitchboardCall(board, beginning())
    stored: list[dict[str, str]] = []
    keep = board.ledger.keep
    board.ledger.keep = lambda id, variables: (stored.append(dict(variables)), keep(id, variables))[1]  # type: ignore[method-assign]
    call.variables["answer"] = noise(3000)
    call.write_bookmark()
    call.write_bookmark()
    assert len(stored) == 1
    call.variables["answer"] = noise(3000, 1)
    call.write_bookmark()
    assert len(stored) == 2
    assert SwitchboardCall.again(board).variables["answer"] == noise(3000, 1)


def test_a_phase_is_on_the_channel_when_it_returns() -> None:
    board = Switchboard()
    call = SwitchboardCall(board, beginning())
    call.phase("asking", attempt=2)
    found = SwitchboardCall.again(board).mark.phase
    assert (found.name, found.detail) == ("asking", {"attempt": 2})
    assert [position.phase for position in board.ledger.positions] == ["asking"]


def test_a_death_before_the_write_leaves_the_phase_before() -> None:
    board = Switchboard()
    call = SwitchboardCall(board, beginning())
    call.phase("first")
    call.mark.phase = type(call.mark.phase)("second")
    assert SwitchboardCall.again(board).mark.phase.name == "first"


def test_the_same_place_makes_the_same_offer_and_another_one_another() -> None:
    made = [Offer.make_id("call", 3, 0, 1, "a"), Offer.make_id("call", 3, 0, 1, "a")]
    others = {
        Offer.make_id("call", 3, 0, 1, "b"),
        Offer.make_id("call", 3, 1, 0, "a"),
        Offer.make_id("call", 4, 0, 1, "a"),
        Offer.make_id("other", 3, 0, 1, "a"),
    }
    assert made[0] == made[1]
    assert len(others) == 4
    assert made[0] not in others


def test_what_the_caller_typed_in_private_does_not_survive() -> None:
    board = Switchboard()
    call = SwitchboardCall(board, beginning())
    call.secrets["birth_date"] = "19700101"
    call.write_bookmark()
    assert "19700101" not in repr(board.ledger)
    again = SwitchboardCall.again(board)
    assert again.secrets == {}
    assert "birth_date" not in again.values()

"""Ringing round after round: who is rung, in what order, and that a takeover anywhere changes nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.calls.bookmark import LARGEST, Bookmark
from controller.calls.call import Answer, Offer, Phone, Talking, Utterance
from controller.calls.ringing import MOST_PHONES, Outcome, Plan, Ringing, Round, Rung, code
from tests.calls.switchboard import ControllerDied, Manner, Switchboard, SwitchboardCall


def phone(id: str) -> Phone:
    return Phone(id, "inside", id, person=f"person of {id}")


@dataclass
class Listed(Plan):
    """A plan from lists of phones' ids; `gone`: phones that staff have taken away meanwhile."""

    lists: Sequence[Sequence[str]]
    cycles: int = 1
    leave_keys: str = ""
    gone: set[str] = field(default_factory=set)
    took: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    comfort: bool = False
    call: SwitchboardCall | None = None

    def rounds(self, cycle: int) -> Sequence[Round]:
        self.asked.append(cycle)
        return [Round(tuple(phone(id) for id in ids if id not in self.gone), 20) for ids in self.lists]

    def phones(self) -> Iterable[Phone]:
        return [phone(id) for ids in self.lists for id in ids if id not in self.gone]

    def offer(self, id: str, phone: Phone, seconds: float) -> Offer:
        return Offer(id, phone, seconds)

    def accepted(self, phone: Phone) -> None:
        self.took.append(phone.id)

    def between(self, new_cycle: bool) -> str:
        if not self.comfort or self.call is None:
            return ""
        pressed = self.call.collect([Utterance("en", "new cycle" if new_cycle else "next")])
        return pressed.keys if pressed.keys and pressed.keys in self.leave_keys else ""


def ring(board: Switchboard, plan: Listed) -> Rung:
    """To the end, over as many controllers and stretches as it takes."""
    while True:
        new = board.bookmark is None
        call = SwitchboardCall(board, Bookmark("v1", "ring", step=3)) if new else SwitchboardCall.again(board)
        plan.call = call
        try:
            if call.mark.phase.name:
                return Ringing(call, plan).resume(call.mark.phase)
            return Ringing(call, plan).run()
        except (Talking, ControllerDied):
            continue


def test_rings_in_order_until_one_accepts() -> None:
    board = Switchboard({"desk": ["busy"], "mobile": ["accept"], "third": ["accept"]})
    plan = Listed([["desk"], ["mobile"], ["third"]])
    assert ring(board, plan).outcome is Outcome.TALKED
    assert board.rung == ["desk", "mobile"]
    assert board.joined == plan.took == ["mobile"]


def test_rings_at_once_and_cancels_the_others() -> None:
    board = Switchboard({"a": ["decline"], "b": ["accept"], "c": ["accept"]})
    assert ring(board, Listed([["a", "b", "c"]])).outcome is Outcome.TALKED
    assert board.rung == ["a", "b", "c"]
    assert board.joined == ["b"]
    assert board.ringing() == []


def test_a_phone_named_twice_rings_once() -> None:
    board = Switchboard()
    ring(board, Listed([["a", "b", "a"]]))
    assert board.rung == ["a", "b"]


def test_says_what_became_of_the_last_round() -> None:
    board = Switchboard({"a": ["no answer"], "b": ["busy"], "c": ["unreachable"]})
    rung = ring(board, Listed([["a"], ["b", "c"]]))
    assert rung == Rung(Outcome.NOBODY, (Answer.BUSY, Answer.UNREACHABLE))
    assert not board.music


def test_goes_round_again_and_asks_anew_whom_to_ring() -> None:
    board = Switchboard({"a": ["no answer", "no answer", "accept"]})
    plan = Listed([["a"], ["b"]], cycles=0)
    assert ring(board, plan).outcome is Outcome.TALKED
    assert board.rung == ["a", "b", "a", "b", "a"]
    assert plan.asked == [0, 1, 2]


def test_gives_up_after_the_last_cycle() -> None:
    board = Switchboard()
    assert ring(board, Listed([["a"]], cycles=3)).outcome is Outcome.NOBODY
    assert board.rung == ["a", "a", "a"]


def test_nobody_to_ring_is_said_at_once() -> None:
    board = Switchboard()
    assert ring(board, Listed([[], []], cycles=0)).outcome is Outcome.NOBODY
    assert board.rung == []
    assert board.points == []


def test_caller_leaves_by_key_while_it_rings_and_between() -> None:
    board = Switchboard(key_while_ringing={2: "1"})
    assert ring(board, Listed([["a"], ["b"], ["c"]], leave_keys="1")).key == "1"
    assert board.rung == ["a", "b"]
    assert board.ringing() == []
    board = Switchboard(presses=["9", "1"])
    rung = ring(board, Listed([["a"], ["b"], ["c"]], leave_keys="1", comfort=True))
    assert rung.outcome is Outcome.KEY
    assert board.rung == ["a", "b"]
    assert not board.music


@pytest.mark.parametrize("manner", ["drop", "mute"])
def test_who_is_gone_before_a_word_is_followed_by_those_whose_ringing_was_cancelled(manner: Manner) -> None:
    board = Switchboard({"a": ["busy"], "b": [manner], "c": ["accept"], "d": ["accept"]})
    plan = Listed([["a", "b", "c"], ["d"]])
    assert ring(board, plan).outcome is Outcome.TALKED
    assert board.rung == ["a", "b", "c", "c"]
    assert board.joined[-1] == "c"


def test_a_phone_taken_away_meanwhile_is_skipped() -> None:
    plan = Listed([["a"], ["b"], ["c"]])

    def strikes(number: int, name: str) -> bool:
        if board.rung == ["a"] and not plan.gone:
            plan.gone.add("b")
            return True
        return False

    board = Switchboard({"c": ["accept"]}, strikes=strikes)
    assert ring(board, plan).outcome is Outcome.TALKED
    assert board.rung == ["a", "c"]


def test_staff_who_come_meanwhile_are_not_in_a_plan_begun_before() -> None:
    plan = Listed([["a"], ["b"]])

    def strikes(number: int, name: str) -> bool:
        if board.rung == ["a"] and len(plan.lists) == 2:
            plan.lists = [["new"], ["b"], ["a"]]
            return True
        return False

    board = Switchboard(strikes=strikes)
    ring(board, plan)
    assert board.rung == ["a", "b"]


def test_the_largest_plan_fits_on_the_channel() -> None:
    ids = [f"0jz{n:03}kq7m2w9x4y8" for n in range(3 * MOST_PHONES)]
    board = Switchboard({id: ["busy"] for id in ids})
    call = SwitchboardCall(board, Bookmark("v1", "ring", variables={"note": "x" * 3000}))
    Ringing(call, Listed([ids[:MOST_PHONES], ids[MOST_PHONES:]])).run()
    assert len(set(board.rung)) == MOST_PHONES
    assert max(len(position.bookmark) for position in board.ledger.positions) <= LARGEST
    assert {"what": "phones left out", "count": 200} in [
        {k: v for k, v in note.items() if k != "at"} for note in call.notes
    ]


@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=200))
def test_codes_are_short_and_differ(ids: list[str]) -> None:
    codes = [code(id) for id in ids]
    assert all(len(code_) == 6 for code_ in codes)
    assert len(set(codes)) == len(ids)


PHONES = ["a", "b", "c", "d", "e"]
manners = st.lists(
    st.sampled_from(["accept", "decline", "busy", "no answer", "unreachable", "drop", "mute"]), min_size=1, max_size=3
)


@settings(max_examples=60, deadline=None)
@given(
    rounds=st.lists(st.lists(st.sampled_from(PHONES), max_size=4, unique=True), max_size=4),
    behaviour=st.fixed_dictionaries(dict.fromkeys(PHONES, manners)),
    cycles=st.integers(1, 3),
    comfort=st.booleans(),
)
def test_a_takeover_at_any_moment_changes_nothing(
    rounds: list[list[str]],
    behaviour: dict[str, list[Manner]],
    cycles: int,
    comfort: bool,
) -> None:
    def play(strikes_at: int) -> tuple[Rung, Switchboard, Listed]:
        board = Switchboard(behaviour, strikes=lambda number, name: number == strikes_at)
        plan = Listed(rounds, cycles=cycles, leave_keys="1", comfort=comfort)
        return ring(board, plan), board, plan

    expected, uninterrupted, _ = play(0)
    assert uninterrupted.ringing() == []
    for number in range(1, len(uninterrupted.points) + 1):
        rung, board, plan = play(number)
        assert rung == expected
        assert board.rung == uninterrupted.rung
        assert board.joined == uninterrupted.joined
        assert board.ringing() == []
        assert set(board.joined) <= set(plan.took)

"""Agents on calls of their own are left alone, and come back by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from controller.own_calls import AtDesk, OwnCalls
from controller.queues.states import AgentMode


class Room:
    """Ana's desk, and what the switches say."""

    def __init__(self) -> None:
        self.mode = AgentMode.AVAILABLE
        self.legs: Mapping[str, str] | None = {}
        self.own_calls = OwnCalls(lambda: [AtDesk("ana", self.mode, "1001")], lambda: self.legs, self)

    def own_call(self, person: str) -> None:
        self.mode = AgentMode.BUSY

    def own_call_over(self, person: str) -> None:
        self.mode = AgentMode.AVAILABLE

    def sees(self, **legs: str) -> AgentMode:
        self.legs = legs
        self.own_calls.look()
        return self.mode


def test_who_calls_is_busy_until_they_hang_up() -> None:
    room = Room()
    assert room.sees(leg="1001") is AgentMode.AVAILABLE, "it may be a queue's leg, which is just over"
    assert room.sees(leg="1001") is AgentMode.BUSY
    assert room.sees(leg="1001") is AgentMode.BUSY
    assert room.sees() is AgentMode.AVAILABLE


def test_somebody_else_s_call_or_another_leg_makes_nobody_busy() -> None:
    room = Room()
    for leg in ("one", "two", "three"):
        assert room.sees(**{leg: "1001", "other": "1002"}) is AgentMode.AVAILABLE


def test_while_a_switch_cannot_be_asked_everything_stays() -> None:
    room = Room()
    room.sees(leg="1001")
    room.sees(leg="1001")
    room.legs = None
    room.own_calls.look()
    assert room.mode is AgentMode.BUSY

"""Agents who are on the telephone outside the queues, calling a colleague or a patient: no calls are offered to them meanwhile.

Found by asking the switches which phones are in a call. Any number of controllers may look: each does what is not done yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from controller.queues.states import AgentMode


@dataclass(frozen=True)
class AtDesk:
    """An agent who may be offered calls, or is on one of their own; `user`: their phone on the switch."""

    person: str
    mode: AgentMode
    user: str


class Moves(Protocol):
    """What agents do (store/queues/desk.py)."""

    def own_call(self, person: str) -> object: ...
    def own_call_over(self, person: str) -> object: ...


class OwnCalls:
    """One per controller."""

    def __init__(
        self,
        agents: Callable[[], list[AtDesk]],
        calling: Callable[[], Mapping[str, str] | None],
        moves: Moves,
    ) -> None:
        """`calling`: the legs of phones that are in a call now, to the phone's user; None when not every switch can be asked."""
        self._agents = agents
        self._calling = calling
        self._moves = moves
        self._before: set[str] = set()
        """The legs seen last: one that is seen for the first time may be a queue's, which is just over."""

    def look(self) -> None:
        """Take those who call out of the queues, and let those who have hung up in again. Raises the database's errors."""
        agents = self._agents()
        legs = self._calling() if agents else {}
        if legs is None:
            return
        steady = {user for leg, user in legs.items() if leg in self._before}
        self._before = set(legs)
        calling = {agent.person for agent in agents if agent.user in steady}
        on_a_leg = {agent.person for agent in agents if agent.user in legs.values()}
        for person, mode in {agent.person: agent.mode for agent in agents}.items():
            if mode is AgentMode.AVAILABLE and person in calling:
                self._moves.own_call(person)
            elif mode is AgentMode.BUSY and person not in on_a_leg:
                self._moves.own_call_over(person)

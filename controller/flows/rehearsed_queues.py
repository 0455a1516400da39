"""Queues in a rehearsal: as it states, or, where it states nothing, as they are set up with nobody waiting and everybody free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from controller.flows.clinic import Opening, QueueAnswer
from controller.queues.waiting import Outlook, Wait

if TYPE_CHECKING:
    from controller.flows.clinic import Clinic


class QueueScript(BaseModel):
    """How it is with a queue when the call comes; what is not given is as the queue is set up. Times in seconds.

    `wait`: what somebody who comes now has to expect; none: it follows from who is free. `agents`: signed in; `free`: of
    those. `joined`: callers in the last hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wait: float | None = Field(default=None, ge=0, le=14400)
    waiting: int = Field(default=0, ge=0, le=1000)
    longest: float | None = Field(default=None, ge=0, le=14400)
    agents: int | None = Field(default=None, ge=0, le=1000)
    free: int | None = Field(default=None, ge=0, le=1000)
    joined: int = Field(default=0, ge=0, le=10000)
    open: bool | None = None


class RehearsedQueues:
    """The outlook on queues in a rehearsal."""

    def __init__(self, clinic: Clinic, stated: Mapping[str, QueueScript], now: Callable[[], datetime]) -> None:
        self._clinic = clinic
        self._stated = stated
        self._now = now

    def outlook(
        self, queue: str, *, rank: int = 0, required: Mapping[str, int] = {}, preferred: Mapping[str, int] = {}
    ) -> Outlook | None:
        """As stated; skills make no difference."""
        known = self._clinic.queue(queue)
        if known is None:
            return None
        script = self._stated.get(queue) or self._stated.get(known.name) or QueueScript()
        agents = self._staff(known) if script.agents is None else script.agents
        # Somebody waits only where nobody is free.
        free = (0 if script.waiting or script.wait else agents) if script.free is None else min(script.free, agents)
        wait = script.wait if script.wait is not None else 0.0 if free else None
        longest = script.longest if script.longest is not None else (wait or 0.0) if script.waiting else 0.0
        return Outlook(
            open=self._open(known) if script.open is None else script.open,
            waiting=script.waiting,
            longest=longest,
            agents=agents,
            free=free,
            joined=script.joined,
            wait=None if wait is None or not agents else Wait(mean=wait, p50=wait, p90=wait),
        )

    def _staff(self, queue: QueueAnswer) -> int:
        """Everybody of the teams that always answer it who takes calls and has a telephone."""
        members = [
            person
            for team in queue.teams
            if team.joins_after is None
            for person in self._clinic.team(team.team) or ()
            if person.available and person.phones
        ]
        return len({person.id for person in members})

    def _open(self, queue: QueueAnswer) -> bool:
        if queue.hours is None:
            return True
        hours = self._clinic.hours(queue.hours, self._now())
        return hours is None or hours.state is Opening.OPEN

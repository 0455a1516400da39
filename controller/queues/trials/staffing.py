"""Who was on duty, inferred from a trace that does not say it; and whether queues shared their agents.

Whoever is on a call is there. Whoever is free while callers wait is not there, once that has lasted longer than is usual
between two calls. Both ways to see several queues, each with agents of its own or all with the same ones, are followed side by
side, and for each queue the one is asked that has been nearer to the waits so far.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.queues.estimate import Estimate, WaitEstimator

_NO_LONGER = 3.0
"""Whoever does not take a waiting caller for so many times as long as is usual between two calls is not there."""
_ERRORS_KEPT = 500.0


class Staff:
    """Agents who take callers of the same queues, told to an estimator."""

    def __init__(self, estimator: WaitEstimator, name: str, queues: Sequence[str]) -> None:
        self._estimator = estimator
        self._name = name
        self._queues = queues
        self._on_call: dict[int, str] = {}  # caller: agent
        self._free: list[tuple[float, str]] = []  # since when
        self._left: list[tuple[float, str]] = []
        self._agents = 0
        self._handled = self._calls = 0.0

    @property
    def busy(self) -> int:
        """How many are on a call."""
        return len(self._on_call)

    def somebody_waits(self, at: float) -> None:
        """Whoever seemed free is not there, or comes to the next caller soon."""
        since = at - _NO_LONGER * self._estimator.gap
        forgotten = at - self._handled / max(1.0, self._calls)
        self._left = [each for each in self._left if each[0] > forgotten]
        for each in [each for each in self._free if each[0] < since]:
            self._free.remove(each)
            self._left.append(each)
            self._estimator.off_duty(each[1])

    def took(self, caller: int, at: float, waited: float) -> None:
        """One of them answered a caller."""
        if not self._free and waited > 0 and self._left:
            # Whoever was taken to have left had only not been free yet.
            since, agent = self._left.pop()
            self._free.append((since, agent))
            self._estimator.on_duty(agent, self._queues)
            self._estimator.free(agent, since)
        if self._free:
            usual = at - self._estimator.gap
            best = min(range(len(self._free)), key=lambda i: abs(self._free[i][0] - usual)) if waited > 0 else 0
            agent = self._free.pop(best)[1]
        else:
            self._agents += 1
            agent = f"{self._name} {self._agents}"
            self._estimator.on_duty(agent, self._queues)
        self._on_call[caller] = agent
        self._estimator.answered(caller, agent, at)

    def ended(self, caller: int, at: float, handled: float) -> None:
        """A call is over."""
        agent = self._on_call.pop(caller)
        self._handled += handled
        self._calls += 1
        self._free.append((at, agent))
        self._estimator.ended(agent, at)


class View:
    """One way to see the queues of a trace: for each of them, whose agents take its callers."""

    def __init__(self, queues: Sequence[str], *, shared: bool, seed: int) -> None:
        self.estimator = WaitEstimator(enough=0, seed=seed)
        together = Staff(self.estimator, "all", queues) if shared else None
        self.staff = {queue: together or Staff(self.estimator, queue, (queue,)) for queue in queues}
        self.errors = dict.fromkeys(queues, 0.0)
        self.expected: dict[int, float] = {}


class Views:
    """All ways to see them, told what happens and asked for estimates as one."""

    def __init__(self, queues: Sequence[str], seed: int) -> None:
        self._views = [
            View(queues, shared=shared, seed=seed) for shared in ((False, True) if len(queues) > 1 else (False,))
        ]
        self._queue: dict[int, str] = {}

    def busy(self, queue: str) -> int:
        """How many calls of this queue's agents are in hand, if its agents are its own."""
        return self._views[0].staff[queue].busy

    def joined(self, caller: int, queue: str, at: float, *, waits: bool) -> None:
        """A caller came, who has to wait or is answered at once."""
        self._queue[caller] = queue
        for view in self._views:
            if waits:
                view.staff[queue].somebody_waits(at)
            view.estimator.joined(caller, queue, at)
            if waits and len(self._views) > 1 and (found := view.estimator.estimate(caller, at)) is not None:
                view.expected[caller] = found.mean

    def estimate(self, caller: int, at: float) -> Estimate | None:
        """By the view that has been nearest for this caller's queue."""
        queue = self._queue[caller]
        return min(self._views, key=lambda view: view.errors[queue]).estimator.estimate(caller, at)

    def answered(self, caller: int, at: float, waited: float) -> None:
        """A caller was answered."""
        queue = self._queue.pop(caller)
        if waited > 0 and all(caller in view.expected for view in self._views):
            for view in self._views:
                old = view.errors[queue] * (1 - 1 / _ERRORS_KEPT)
                view.errors[queue] = old + (view.expected[caller] - waited) ** 2
        for view in self._views:
            view.expected.pop(caller, None)
            view.staff[queue].took(caller, at, waited)

    def abandoned(self, caller: int, at: float) -> None:
        """A caller gave up."""
        del self._queue[caller]
        for view in self._views:
            view.expected.pop(caller, None)
            view.estimator.abandoned(caller, at)

    def ended(self, caller: int, queue: str, at: float, handled: float) -> None:
        """A call is over."""
        for view in self._views:
            view.staff[queue].ended(caller, at, handled)

"""The usual predictors of a wait, and the ring in which they and ours are judged on the same callers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from controller.queues import formulas
from controller.queues.estimate import Estimate
from controller.queues.trials.scores import Result, Score

OURS = "careline"
USUAL = ("ql", "qlm", "les", "hol", "last10", "mean")
"""Formulas on the line, the last wait, the head of the line, the average of the last ten waits, and of all of them."""


@dataclass(slots=True)
class Sight:
    """What a predictor may know of the line when a caller joins it."""

    ahead: int
    """Callers who will be served first."""
    agents: int
    """Staffed, and may take the caller."""
    handling: float
    """Mean handling time, seconds."""
    patience: float | None
    """Mean time to giving up, seconds."""
    head_waited: float
    """How long the head of the line has waited."""


@dataclass(slots=True)
class _History:
    """A queue's waits so far, of callers who waited."""

    last: float | None = None
    ten: deque[float] = field(default_factory=lambda: deque(maxlen=10))
    callers: int = 0
    waited: float = 0.0


@dataclass(slots=True)
class _Said:
    queue: str
    usual: dict[str, float | None]
    ours: float | None
    promised: float | None


class Forecaster(Protocol):
    """Whoever estimates: ours."""

    def estimate(self, caller: int, at: float, /) -> Estimate | None:
        """How long a caller in line will still wait."""


class Ring:
    """Hears what happens in the queues, asks every predictor about each caller who must wait, and scores them all.

    The long-run mean is known when all is over where `mean_is_known` (a simulation's definition), and is what it has been so far
    otherwise (a trace: nothing from the future).
    """

    def __init__(self, estimator: Forecaster, *, learn: int, mean_is_known: bool) -> None:
        """The first `learn` callers are for learning only."""
        self._estimator = estimator
        self._learn = learn
        self._mean_is_known = mean_is_known
        self._callers = 0
        self._said: dict[int, _Said] = {}
        self._histories: dict[str, _History] = {}
        self._scores = {name: Score() for name in (OURS, *USUAL)}
        self._waits: list[float] = []

    def joined(self, caller: int, queue: str, at: float, sight: Sight | None) -> None:
        """A caller joined and was told to the estimator; `sight` is None when they need not wait."""
        self._callers += 1
        if sight is None or self._callers <= self._learn:
            return
        history = self._histories.setdefault(queue, _History())
        ours = self._estimator.estimate(caller, at)
        agents = max(1, sight.agents)
        self._said[caller] = _Said(
            queue,
            {
                "ql": formulas.ql(sight.ahead, agents, sight.handling),
                "qlm": formulas.qlm(sight.ahead, agents, sight.handling, sight.patience),
                "les": history.last,
                "hol": sight.head_waited,
                "last10": sum(history.ten) / len(history.ten) if history.ten else None,
                "mean": history.waited / history.callers if history.callers else None,
            },
            None if ours is None else ours.mean,
            None if ours is None else ours.p90,
        )

    def answered(self, caller: int, queue: str, waited: float) -> None:
        """A caller reached an agent."""
        history = self._histories.setdefault(queue, _History())
        history.last = waited
        if waited > 0:
            history.ten.append(waited)
            history.callers += 1
            history.waited += waited
        said = self._said.pop(caller, None)
        if said is None or waited <= 0:
            return
        self._waits.append(waited)
        if said.ours is not None:
            self._scores[OURS].add(said.ours, waited, said.promised)
        for name, value in said.usual.items():
            if value is not None and not (name == "mean" and self._mean_is_known):
                self._scores[name].add(value, waited)

    def gone(self, caller: int) -> None:
        """A caller gave up: not scored."""
        self._said.pop(caller, None)

    def result(self) -> Result:
        """Everybody's record."""
        mean = sum(self._waits) / len(self._waits) if self._waits else 0.0
        if self._mean_is_known:
            for waited in self._waits:
                self._scores["mean"].add(mean, waited)
        return Result(self._scores, len(self._waits), mean)

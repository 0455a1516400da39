"""What queueing theory says about a wait when everything about the queue is known: the measure of what we learn.

`ahead` are the callers who will be served first (Q), `agents` those staffed and eligible (s), `handling` the mean handling time
(1/mu) and `patience` the mean time after which a caller gives up (1/theta), None when callers never do. Times are seconds.
Sources: Whitt 1999 (Management Science 45); Ibrahim and Whitt 2009 (M&SOM 11; Management Science 55).
"""

from __future__ import annotations

import math


def ql(ahead: int, agents: float, handling: float) -> float:
    """Mean wait when nobody gives up: (Q+1) / (s mu)."""
    return (ahead + 1) * handling / agents


def qlm(ahead: int, agents: float, handling: float, patience: float | None) -> float:
    """Mean wait when callers ahead may give up: the sum for i = 0..Q of 1 / (s mu + i theta)."""
    return sum(1 / rate for rate in _rates(ahead, agents, handling, patience))


def quantile(level: float, ahead: int, agents: float, handling: float, patience: float | None = None) -> float:
    """The wait that is not exceeded with probability `level` (0..1), of the same pure death process; exact."""
    rates = _rates(ahead, agents, handling, patience)
    low, high = 0.0, sum(1 / rate for rate in rates)
    while _waited_less(high, rates) < level:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _waited_less(middle, rates) < level else (low, middle)
    return high


def _rates(ahead: int, agents: float, handling: float, patience: float | None) -> list[float]:
    """How fast the line moves while i callers are ahead, for i = 0..Q."""
    theta = 0.0 if patience is None else 1 / patience
    return [agents / handling + i * theta for i in range(ahead + 1)]


def _waited_less(t: float, rates: list[float]) -> float:
    """Probability that independent exponential stages with these rates are all over by t.

    By uniformisation: the stages are steps of a chain that is looked at `pace` times a second, at moments of a Poisson process.
    Unlike the formula with partial fractions it is stable for any number of stages, also for equal ones.
    """
    pace = max(rates)
    steps = [rate / pace for rate in rates]
    standing = [1.0, *[0.0] * (len(rates) - 1)]
    expected = pace * t
    log_weight, over, seen, k = -expected, 0.0, 0.0, 0
    done = 0.0
    last = expected + 12 * math.sqrt(expected + 1) + 12
    while k <= last:
        weight = math.exp(log_weight)
        over += weight * done
        seen += weight
        for i in range(len(standing) - 1, -1, -1):
            moved = standing[i] * steps[i]
            standing[i] -= moved
            if i + 1 < len(standing):
                standing[i + 1] += moved
            else:
                done += moved
        k += 1
        log_weight += math.log(expected / k)
    return over + (1 - seen)

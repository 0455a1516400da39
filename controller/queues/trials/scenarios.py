"""Scenarios by their usual figures: load, patience, shared teams, urgent callers, changing staff; and a realistic day."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from controller.queues.trials.simulation import Kind, Scenario, Team, exponential, log_normal, surviving

HOUR = 3600.0
DAY = 24 * HOUR
FIRST_HOUR = 7
CALLS_AN_HOUR = (
    40.5,
    95.2,
    108.5,
    125.0,
    113.0,
    94.0,
    120.4,
    115.0,
    113.4,
    116.1,
    94.5,
    83.5,
    66.7,
    58.8,
    62.1,
    53.2,
    40.7,
)
AGENTS = (4.2, 7.6, 8.3, 8.7, 8.7, 8.8, 9.7, 9.6, 10.0, 8.1, 6.7, 6.8, 6.5, 6.4, 5.9, 4.5, 3.8)
"""A real centre's month, averaged: hour by hour from seven in the morning."""
HANDLING_MEAN, HANDLING_DEVIATION = 179.6, 217.9
SURVIVING = ((15, 0.943), (30, 0.9), (60, 0.821), (120, 0.711), (180, 0.61), (300, 0.487), (600, 0.264))
"""The share of its callers who would still wait after so many seconds."""


def scenario(
    *,
    teams: Sequence[tuple[tuple[str, ...], Sequence[int]]],
    load: float,
    patience: float | None = None,
    handling: float = 180.0,
    deviation: float | None = None,
    shift: float = HOUR,
    urgent: float = 0.0,
    head_start: float = 600.0,
) -> Scenario:
    """Steady callers.

    `teams` are queues and how many agents take them, in turn for `shift` seconds each; `load` the callers' work for each agent,
    on average; `patience` the mean patience in handling times (exponential; None: nobody gives up); `handling` the mean
    handling time in seconds, log-normal with `deviation`, exponential without; `urgent` the share of callers with a head start.
    """
    queues = sorted({queue for names, _ in teams for queue in names})
    agents = sum(sum(levels) / len(levels) for _, levels in teams)
    kinds = [
        Kind(queue, part / len(queues), ahead)
        for queue in queues
        for part, ahead in ((1 - urgent, 0.0), (urgent, head_start))
        if part > 0
    ]
    return Scenario(
        tuple(
            Team(
                tuple(names),
                tuple((number * shift, level) for number, level in enumerate(levels)),
                shift * len(levels) if len(levels) > 1 else 0.0,
            )
            for names, levels in teams
        ),
        tuple(kinds),
        ((0.0, load * agents / handling),),
        exponential(handling) if deviation is None else log_normal(handling, deviation),
        handling,
        None if patience is None else exponential(patience * handling),
        None if patience is None else patience * handling,
    )


def clinic_days(days: int, seed: int) -> Scenario:
    """Days like a real centre's: callers and staff by the hour, the staff a little different each day, and whole people."""
    luck = random.Random(seed)  # noqa: S311 - a simulation, to be repeatable
    staff: list[tuple[float, int]] = []
    rates: list[tuple[float, float]] = [(0.0, 0.0)]
    for day in range(days):
        begin = day * DAY + FIRST_HOUR * HOUR
        busy = math.exp(luck.gauss(0, 0.08))  # no two days are alike
        for number, (calls, agents) in enumerate(zip(CALLS_AN_HOUR, AGENTS, strict=True)):
            for half in range(2):
                at = begin + number * HOUR + half * HOUR / 2
                staff.append((at, max(2, math.floor(agents + luck.gauss(0, 0.7) + luck.random()))))
            rates.append((begin + number * HOUR, calls * busy / HOUR))
        rates.append((begin + len(AGENTS) * HOUR, 0.0))
    return Scenario(
        (Team(("front",), tuple(staff)),),
        (Kind("front"),),
        tuple(rates),
        log_normal(HANDLING_MEAN, HANDLING_DEVIATION),
        HANDLING_MEAN,
        surviving(SURVIVING),
        400.0,
        ends=days * DAY,
    )

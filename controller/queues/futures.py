"""A line of callers played forward, many times over: when does each reach an agent?

Two hundred futures are kept side by side in numpy arrays: one row a future. In each, the calls in hand end as such calls do,
given how long they have lasted; callers ahead give up as callers do, given how long they have waited; and the line is served in
its order, each caller by the first agent to be free who may take them. That is all a wait depends on, whatever the
distributions, however many teams share the agents; nothing is assumed about it but what was learned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.queues.durations import Curve, Floats

FUTURES = 200
"""How many. The error of a mean is a fourteenth of the wait's own spread: next to that it is nothing."""


@dataclass(frozen=True, slots=True)
class Server:
    """An agent on duty: `elapsed` seconds into handling a call, None when free."""

    elapsed: float | None
    handling: Curve
    """What the call in hand takes in all."""


@dataclass(frozen=True, slots=True)
class InLine:
    """A caller in line. `key` orders the line: the moment of joining less the head start, in seconds from now."""

    key: float
    waited: float
    handling: Curve
    patience: Curve
    servers: Sequence[int] | None = None
    """Which servers may take this caller, by their place; None: any of them."""
    later: Sequence[tuple[int, float]] = ()
    """Servers who may take them from so many seconds from now on, when the skills asked for are relaxed."""


@dataclass(frozen=True, slots=True)
class Overtaking:
    """Callers still to come who will be served first: `rate` a second, with a place `head_start` seconds before they join."""

    rate: float
    head_start: float
    handling: Curve
    patience: Curve
    servers: Sequence[int] | None = None


class Luck:
    """Standard exponential numbers, evenly spread over the futures, so that few of them stand for many."""

    def __init__(self, seed: int = 1, futures: int = FUTURES, columns: int = 1024) -> None:
        self.futures = futures
        even = (np.arange(futures) + 0.5) / futures
        column = -np.log1p(-even)
        every = np.tile(column / column.mean(), (columns, 1))
        self._pool: Floats = np.random.default_rng(seed).permuted(every, axis=1)
        self._place = 0

    def rows(self, count: int) -> Floats:
        """Shape (count, futures)."""
        if count > len(self._pool):
            return np.concatenate([self.rows(count // 2), self.rows(count - count // 2)])
        if self._place + count > len(self._pool):
            self._place = (self._place * 7 + 1) % (len(self._pool) - count + 1)
        self._place += count
        return self._pool[self._place - count : self._place]


def waits(
    servers: Sequence[Server], line: Sequence[InLine], overtaking: Sequence[Overtaking], luck: Luck, gap: float = 0.0
) -> Floats:
    """How long each caller in line waits from now on, if they stay: shape (len(line), futures); inf where nobody may take them.

    `line` is in the order of being served, `gap` the seconds that go by between two calls of an agent.
    """
    free = _first_free(servers, luck, gap)
    handling = _for_each([caller.handling for caller in line], luck)
    handling += gap
    gives_up = _for_each([caller.patience for caller in line], luck, [caller.waited for caller in line])
    overtaking = [each for each in overtaking if each.rate > 0]
    if overtaking:
        return _with_overtaking(free, line, overtaking, handling, gives_up, luck)
    rows = np.arange(luck.futures)
    result = np.empty((len(line), luck.futures))
    for place, caller in enumerate(line):
        at, who = _next_free(free, caller, rows)
        result[place] = at
        if place + 1 < len(line):
            free[rows, who] = at + handling[place] * (at < gives_up[place])
    return result


def _first_free(servers: Sequence[Server], luck: Luck, gap: float) -> Floats:
    """When each server is free for the first time, shape (futures, servers)."""
    free = np.zeros((luck.futures, len(servers)))
    busy = [place for place, server in enumerate(servers) if server.elapsed is not None]
    elapsed = [servers[place].elapsed or 0.0 for place in busy]
    free[:, busy] = (_for_each([servers[place].handling for place in busy], luck, elapsed) + gap).T
    return free


def _for_each(curves: Sequence[Curve], luck: Luck, elapsed: Sequence[float] | None = None) -> Floats:
    """A duration of each curve, or what is left of it after `elapsed`: shape (len(curves), futures)."""
    result = luck.rows(len(curves)).copy()
    places: dict[int, list[int]] = {}
    for place, curve in enumerate(curves):
        places.setdefault(id(curve), []).append(place)
    for same in places.values():
        curve = curves[same[0]]
        which = slice(None) if len(same) == len(curves) else same
        drawn = result[which]
        result[which] = curve.whole(drawn) if elapsed is None else curve.rest([elapsed[i] for i in same], drawn)
    return result


def _next_free(free: Floats, caller: InLine, rows: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """In each future, when the first server who may take this caller is free, and which one that is."""
    if caller.servers is None:
        who = free.argmin(axis=1)
        return free[rows, who], who
    places = np.array([*caller.servers, *(place for place, _ in caller.later)], np.int64)
    if not len(places):
        return np.full(len(rows), np.inf), np.zeros(len(rows), np.int64)
    some = free[:, places]
    if caller.later:
        some = np.maximum(some, np.array([0.0] * len(caller.servers) + [after for _, after in caller.later]))
    best = some.argmin(axis=1)
    return some[rows, best], places[best]


def _with_overtaking(
    free: Floats,
    line: Sequence[InLine],
    overtaking: Sequence[Overtaking],
    handling: Floats,
    gives_up: Floats,
    luck: Luck,
) -> Floats:
    """The same with callers to come who go first: whoever is there when an agent becomes free, in the order of keys."""
    n, count = luck.futures, len(line)
    rows = np.arange(n)
    result = np.full((count, n), np.inf)
    coming = _coming(overtaking, free, line, luck)
    may = _when_may(line, free.shape[1])
    anybody = not may.any()
    keys = np.array([caller.key for caller in line])
    turn = np.zeros(n, np.int64)  # whose turn it is in the line
    theirs = np.zeros(n, np.int64)  # and among those to come
    going = rows
    for _ in range(count + coming.arrives.shape[1] + 1):
        whose, nth = turn[going], theirs[going]
        open_to = free[going] if anybody else np.maximum(free[going], may[whose])
        who = open_to.argmin(axis=1)
        at = open_to[rows[: len(going)], who]
        first = coming.arrives[going, nth] <= at
        first &= coming.keys[going, nth] < keys[whose]
        first &= coming.may[coming.kind[going, nth], who]
        busy = np.where(first, coming.handling[going, nth], handling[whose, going])
        busy *= at < np.where(first, coming.gives_up[going, nth], gives_up[whose, going])
        free[going, who] = at + busy
        served = ~first
        result[whose[served], going[served]] = at[served]
        turn[going] += served
        theirs[going] += first
        going = rows[turn < count]
        if not len(going):
            break
    return result


def _when_may(line: Sequence[InLine], servers: int) -> Floats:
    """From when on each server may take each caller in line, shape (callers, servers); inf: never."""
    may = np.zeros((len(line), servers))
    for place, caller in enumerate(line):
        if caller.servers is not None:
            may[place] = np.inf
            may[place, list(caller.servers)] = 0.0
        for server, after in caller.later:
            may[place, server] = min(may[place, server], after)
    return may


@dataclass(frozen=True, slots=True)
class _Coming:
    """Callers still to come: shape (futures, callers + 1), in the order of arrival; the last of each row never comes."""

    arrives: Floats
    keys: Floats
    gives_up: Floats
    handling: Floats
    kind: NDArray[np.int64]
    may: NDArray[np.bool_]


def _coming(overtaking: Sequence[Overtaking], free: Floats, line: Sequence[InLine], luck: Luck) -> _Coming:
    n, servers = free.shape
    last_key = max(caller.key for caller in line)
    mean = sum(caller.handling.mean() for caller in line) / len(line)
    load = min(0.9, sum(each.rate * each.handling.mean() for each in overtaking) / servers)
    horizon = 3 * (len(line) + 2 * servers) * mean / servers / (1 - load)
    parts: list[tuple[Floats, Floats, Floats, Floats, Floats]] = []
    for number, each in enumerate(overtaking):
        window = min(last_key + each.head_start, horizon)
        if window <= 0:
            continue
        expected = window * each.rate
        how_many = min(400, math.ceil(expected + 4 * math.sqrt(expected) + 2))
        arrives = luck.rows(how_many).T.cumsum(axis=1) / each.rate
        arrives[arrives > window] = np.inf
        handling = each.handling.whole(luck.rows(how_many).T)
        gives_up = arrives + each.patience.whole(luck.rows(how_many).T)
        parts.append((arrives, arrives - each.head_start, gives_up, handling, np.full((n, how_many), float(number))))
    never = np.full((n, 1), np.inf)
    parts.append((never, never, never, never, np.zeros((n, 1))))
    arrives, keys, gives_up, handling, kind = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
    order = arrives.argsort(axis=1, kind="stable")
    arrives, keys, gives_up, handling, kind = (
        np.take_along_axis(each, order, axis=1) for each in (arrives, keys, gives_up, handling, kind)
    )
    may = np.ones((len(overtaking), servers), np.bool_)
    for number, each in enumerate(overtaking):
        if each.servers is not None:
            may[number] = False
            may[number, list(each.servers)] = True
    return _Coming(arrives, keys, gives_up, handling, kind.astype(np.int64), may)

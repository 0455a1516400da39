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
    """An agent on duty: `elapsed` seconds into a call that takes as long as `handling` says; or, with None, ready in so many."""

    elapsed: float | None
    handling: Curve
    ready: float | Sequence[float] = 0.0
    """One of several figures, where it is not known; each as likely as the others."""


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
    servers: Sequence[Server],
    line: Sequence[InLine],
    overtaking: Sequence[Overtaking],
    luck: Luck,
    gaps: Sequence[float] = (),
) -> Floats:
    """How long each caller in line waits from now on, if they stay: shape (len(line), futures); inf where nobody may take them.

    `line` is in the order of being served; `gaps` are seconds that have gone by between two calls of an agent, none: it is no
    time.
    """
    free = _first_free(servers, luck, gaps)
    handling = _for_each([caller.handling for caller in line], luck)
    if gaps:
        handling += _one_of(gaps, luck.rows(len(line)))
    gives_up = _for_each([caller.patience for caller in line], luck, [caller.waited for caller in line])
    overtaking = [each for each in overtaking if each.rate > 0]
    if overtaking:
        return _with_overtaking(free, line, overtaking, handling, gives_up, luck)
    begins = np.arange(luck.futures) * free.shape[1]  # of each future, in the flat array
    flat = free.reshape(-1)
    result = np.empty((len(line), luck.futures))
    for place, caller in enumerate(line):
        if caller.servers is not None and not caller.servers and not caller.later:
            result[place] = np.inf
            continue
        which = _next_free(free, caller) + begins
        at = flat.take(which, out=result[place])
        if caller.servers is not None or caller.later:
            at = _opens(caller, which - begins, at)
            result[place] = at
        if place + 1 < len(line):
            busy = handling[place] * (at < gives_up[place])
            busy += at
            flat[which] = busy
    return result


def _first_free(servers: Sequence[Server], luck: Luck, gaps: Sequence[float]) -> Floats:
    """When each server is free for the first time, shape (futures, servers)."""
    free = np.empty((luck.futures, len(servers)))
    for place, server in enumerate(servers):
        if server.elapsed is None:
            ready = server.ready
            free[:, place] = ready if isinstance(ready, float) else _one_of(ready, luck.rows(1)[0])
    busy = [place for place, server in enumerate(servers) if server.elapsed is not None]
    left = _for_each(
        [servers[place].handling for place in busy], luck, [servers[place].elapsed or 0.0 for place in busy]
    )
    if gaps:
        left += _one_of(gaps, luck.rows(len(busy)))
    free[:, busy] = left.T
    return free


def _one_of(values: Sequence[float], luck: Floats) -> Floats:
    """One of the values each, by chance."""
    chosen: Floats = np.array(values).take((len(values) * -np.expm1(-luck)).astype(np.int64), mode="clip")
    return chosen


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


def _next_free(free: Floats, caller: InLine) -> NDArray[np.int64]:
    """In each future, which server who may take this caller is free first."""
    if caller.servers is None:
        who: NDArray[np.int64] = free.argmin(axis=1)
        return who
    places = np.array([*caller.servers, *(place for place, _ in caller.later)], np.int64)
    some = free[:, places]
    if caller.later:
        some = np.maximum(some, np.array([0.0] * len(caller.servers) + [after for _, after in caller.later]))
    nearest: NDArray[np.int64] = some.argmin(axis=1)
    return np.asarray(places[nearest], np.int64)


def _opens(caller: InLine, who: NDArray[np.int64], at: Floats) -> Floats:
    """When a server who is free at `at` may take the caller, whose skills may have to be relaxed first."""
    for place, after in caller.later:
        at = np.where(who == place, np.maximum(at, after), at)
    return at


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
    servers = free.shape[1]
    coming = _coming(overtaking, free, line, luck)
    may = _when_may(line, servers)
    anybody = not may.any()
    may = np.vstack((may, np.zeros(servers)))
    rows = np.arange(n)
    begins = rows * servers
    flat = free.reshape(-1)
    # After the last in line there is one more, who is never overtaken and takes no time: futures that are over stay there.
    keys = np.array([*(caller.key for caller in line), -np.inf])
    handling, gives_up = np.vstack((handling, np.zeros(n))), np.vstack((gives_up, np.zeros(n)))
    handling, gives_up = handling.reshape(-1), gives_up.reshape(-1)
    result = np.empty((count + 1) * n)
    turn = rows.copy()  # whose turn it is in the line, as a place in the flat arrays
    theirs = rows.copy()  # and among those to come
    for step in range(count + len(coming.arrives) // n + 1):
        whose = turn // n
        open_to = free if anybody else np.maximum(free, may[whose])
        who = open_to.argmin(axis=1)
        which = who + begins
        at = flat.take(which) if anybody else open_to.reshape(-1).take(which)
        result[turn] = at  # said again until it is so
        first = coming.arrives.take(theirs) <= at
        first &= coming.keys.take(theirs) < keys.take(whose)
        if coming.may is not None:
            first &= coming.may[coming.kind.take(theirs), who]
        busy = np.where(first, coming.handling.take(theirs), handling.take(turn))
        busy *= at < np.where(first, coming.gives_up.take(theirs), gives_up.take(turn))
        busy += at
        flat[which] = busy
        theirs += n * first
        turn += n * ~first
        np.minimum(turn, count * n + rows, out=turn)
        if step >= count - 1 and turn[0] >= count * n and bool((turn >= count * n).all()):
            break
    return result[: count * n].reshape(count, n)


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
    """Callers still to come, in the order of arrival: flat arrays of shape (callers + 1, futures); the last never comes."""

    arrives: Floats
    keys: Floats
    gives_up: Floats
    handling: Floats
    kind: NDArray[np.int64]
    may: NDArray[np.bool_] | None
    """Which server may take which kind; None: any."""


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
        arrives = luck.rows(how_many).cumsum(axis=0) / each.rate
        arrives[arrives > window] = np.inf
        handling = each.handling.whole(luck.rows(how_many))
        gives_up = arrives + each.patience.whole(luck.rows(how_many)) if each.patience.ends else arrives + np.inf
        parts.append((arrives, arrives - each.head_start, gives_up, handling, np.full((how_many, n), float(number))))
    never = np.full((1, n), np.inf)
    parts.append((never, never, never, np.zeros((1, n)), np.zeros((1, n))))
    arrives, keys, gives_up, handling, kind = (np.concatenate(each) for each in zip(*parts, strict=True))
    if len(parts) > 2:
        order = arrives.argsort(axis=0, kind="stable") * n + np.arange(n)
        arrives, keys, gives_up, handling, kind = (
            each.take(order) for each in (arrives, keys, gives_up, handling, kind)
        )
    may = None
    if any(each.servers is not None for each in overtaking):
        may = np.ones((len(overtaking), servers), np.bool_)
        for number, each in enumerate(overtaking):
            if each.servers is not None:
                may[number] = False
                may[number, list(each.servers)] = True
    flat = (arrives.reshape(-1), keys.reshape(-1), gives_up.reshape(-1), handling.reshape(-1))
    return _Coming(*flat, kind.reshape(-1).astype(np.int64), may)

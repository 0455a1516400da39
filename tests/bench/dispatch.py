"""Queues: what one dispatch costs, and how many changes a second three controllers sustain."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import insert, update
from sqlalchemy.engine import URL

import migrations
from controller.calls.call import Answer
from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, EntryState, Outcome
from controller.queues.waiting import Refused, Superseded, Wish
from controller.store.engine import Database
from controller.store.models import Agent, Entry, new_id
from controller.store.queues import Desk, SqlQueues
from tests.bench.alone import measured
from tests.bench.row import Row
from tests.postgresql import Server
from tests.queues.clinic import set_up

TIMES = 200
SECONDS = 10.0
CONTROLLERS = 3
CHANGES = 100
"""A second, by all controllers together."""
RULES = QueueRules(wrap_up_seconds=0)


def run() -> list[Row]:
    return measured(__name__)


def measure() -> list[Row]:
    """On both kinds of database."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        url = URL.create("sqlite", database=f"{folder}/careline.db")
        rows += _dispatches("SQLite", url, agents=100, waiting=50, at_most=5)
    with Server() as server:
        rows += _dispatches("PostgreSQL", server.create(), agents=1000, waiting=500, at_most=10)
        rows += _sustained(server.create())
    return rows


def _dispatches(kind: str, url: URL, *, agents: int, waiting: int, at_most: float) -> list[Row]:
    """Everybody is on a call, and the line is long: an agent becomes free and is rung; and a caller joins."""
    migrations.upgrade(url)
    database = Database(url)
    try:
        _clinic(database, agents)
        queues, desk = SqlQueues(database), Desk(database)
        _everybody_talks(database, agents)
        for _ in range(waiting):
            _join(queues)
        free = sorted(_times(lambda n: desk.ready(f"p{n}"), before=lambda n: _paused(database, f"p{n}")))
        _everybody_talks(database, agents)
        joins = sorted(_times(lambda n: _join(queues)))
        what = f"{kind}, {agents} agents, {waiting} waiting"
        return [
            Row(f"{what}: an agent is free, until rung, median", median(free), "ms", at_most=at_most),
            Row(f"{what}: the same, 90th percentile", free[int(0.9 * len(free))], "ms"),
            Row(f"{what}: a caller joins the line, median", median(joins), "ms"),
            *_all_at_once(what, database, queues, agents, waiting),
        ]
    finally:
        database.close()


def _all_at_once(what: str, database: Database, queues: SqlQueues, agents: int, waiting: int) -> list[Row]:
    """The worst there is: everybody is free at once, while all wait."""
    took = []
    for _ in range(10):
        with database.connect() as connection:
            connection.execute(update(Entry).values(ended_at=datetime.now(UTC), state=EntryState.OVER))
        _everybody_talks(database, agents)
        for _ in range(waiting):
            _join(queues)
        with database.connect() as connection:
            connection.execute(update(Agent).values(mode=AgentMode.AVAILABLE, offer_id=None, entry_id=None))
        began = time.perf_counter()
        queues.acting.act(lambda setup: ["q0"], lambda dispatch: dispatch.match())
        took.append((time.perf_counter() - began) * 1000)
    return [Row(f"{what}: all are rung at once, median", median(took), "ms")]


def _times(act: Callable[[int], object], before: Callable[[int], object] = lambda n: None) -> list[float]:
    took = []
    for n in range(TIMES):
        before(n % 100)
        began = time.perf_counter()
        act(n % 100)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _clinic(database: Database, agents: int) -> None:
    people = [f"p{n}" for n in range(agents)]
    teams = {f"q{n}": list(dict.fromkeys([*people[n::2], *people[:5]])) for n in range(4)}
    set_up(database, teams, rules=RULES)


def _everybody_talks(database: Database, agents: int) -> None:
    now = datetime.now(UTC)
    with database.connect() as connection:
        connection.exec_driver_sql("DELETE FROM agents")
        connection.exec_driver_sql("UPDATE queue_offers SET ended_at = made_at WHERE ended_at IS NULL")
        connection.execute(update(Entry).where(Entry.state == EntryState.OFFERED).values(state=EntryState.WAITING))
        row = {
            "mode": AgentMode.TALKING,
            "since": now,
            "idle_since": now,
            "generation": 0,
            "calls": 3,
            "day": now.date(),
        }
        connection.execute(insert(Agent), [{"person_id": f"p{n}", **row} for n in range(agents)])


def _paused(database: Database, person: str) -> None:
    with database.connect() as connection:
        connection.execute(
            update(Agent).where(Agent.person_id == person).values(mode=AgentMode.PAUSED, offer_id=None, entry_id=None)
        )
        connection.exec_driver_sql("UPDATE queue_offers SET ended_at = made_at WHERE ended_at IS NULL")
        connection.execute(update(Entry).where(Entry.state == EntryState.OFFERED).values(state=EntryState.WAITING))


def _join(queues: SqlQueues) -> None:
    found = queues.join(Wish(queue=f"q{random.randrange(4)}", call=new_id(), step=1))
    assert not isinstance(found, Refused)


# -- three controllers at once


def _sustained(url: URL) -> list[Row]:
    """Each controller takes callers through a queue, from joining to the end: five changes a call."""
    migrations.upgrade(url)
    database = Database(url)
    _clinic(database, 100)
    desk = Desk(database)
    for n in range(100):
        desk.sign_in(f"p{n}")
    database.close()
    command = [sys.executable, "-m", "tests.bench.dispatch", url.render_as_string(hide_password=False)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(CONTROLLERS)]
    found = [json.loads(process.communicate(timeout=SECONDS + 60)[0].splitlines()[-1]) for process in processes]
    took = sorted(ms for each in found for ms in each["took"])
    changes = sum(each["changes"] for each in found) / (SECONDS + max(each["late"] for each in found))
    return [
        Row(f"PostgreSQL, {CONTROLLERS} controllers, asked for {CHANGES} changes a second: done", changes, "a second"),
        Row("a change behind its time, at the end, at most", max(each["late"] for each in found), "s", at_most=0.5),
        Row("a change, median", median(took), "ms"),
        Row("a change, 99th percentile", took[int(0.99 * len(took))], "ms"),
    ]


def _controller(url: str) -> None:
    """One of them: changes at even intervals; how long each took, and how far it fell behind."""
    database = Database(url)
    queues = SqlQueues(database, new_id())
    changes = _changes(queues)
    next(changes)
    began, took, count = time.monotonic(), [], 0
    interval = timedelta(seconds=CONTROLLERS / CHANGES).total_seconds()
    late = 0.0
    while (due := began + count * interval) < began + SECONDS:
        time.sleep(max(0.0, due - time.monotonic()))
        late = time.monotonic() - due
        started = time.perf_counter()
        next(changes)
        took.append((time.perf_counter() - started) * 1000)
        count += 1
    database.close()
    print(json.dumps({"changes": count, "took": took, "late": late}))


def _changes(queues: SqlQueues):  # type: ignore[no-untyped-def]
    """One change after another, of some forty calls at once."""
    calls: list = []
    while True:
        if len(calls) < 40 or random.random() < 0.2:
            calls.append(queues.join(Wish(queue=f"q{random.randrange(4)}", call=new_id(), step=1)))
            assert not isinstance(calls[-1], Refused)
            yield
            continue
        caller = calls.pop(random.randrange(len(calls)))
        entry = caller.ticket.entry
        now = queues.standing(entry)
        assert now is not None
        try:
            if now.state is EntryState.OFFERED:
                offer = now.offers[0].id
                queues.answered(now.ticket, offer, Answer.ACCEPTED)
                yield
                queues.talking(now.ticket, offer)
                yield
                queues.talked(entry)
            else:
                queues.leave(now.ticket, Outcome.KEY)
        except Superseded:
            pass
        yield


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    _controller(sys.argv[1])

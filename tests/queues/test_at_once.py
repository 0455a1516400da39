"""Three processes at the same queues at once, with four callers each: nobody has two callers, nobody is lost, nothing remains."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select

from controller.queues.rules import QueueRules
from controller.queues.states import AgentMode, OfferState
from controller.store.engine import Database
from controller.store.models import Agent, Entry, QueueOffer
from controller.store.queues import Desk, SqlQueues
from tests.queues.clinic import set_up

PEOPLE = ["ann", "ben", "cleo", "dan", "eve"]
SECONDS = 6.0
LEAST = 5
"""Callers who are answered, however slow the machine."""


def test_three_processes_at_once(database: Database) -> None:
    rules = QueueRules(wrap_up_seconds=0, misses=10)
    set_up(database, {"front": PEOPLE[:4], "billing": PEOPLE[2:]}, rules=rules)
    desk = Desk(database)
    for person in PEOPLE:
        desk.sign_in(person)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.queues.hammer", url, ",".join(PEOPLE), str(SECONDS)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in processes:
        said = process.communicate(timeout=90)[1]
        assert (process.returncode, said) == (0, "")
    with database.read() as session:
        entries = session.scalars(select(Entry)).all()
        offers = session.scalars(select(QueueOffer)).all()
        agents = session.scalars(select(Agent)).all()
    calls = [entry.call_id for entry in entries]
    assert len(calls) == len(set(calls))
    assert all(entry.ended_at is not None and entry.outcome is not None for entry in entries)
    assert all(offer.ended_at is not None for offer in offers)
    assert {agent.mode for agent in agents} <= {AgentMode.AVAILABLE, AgentMode.BUSY, AgentMode.SET_ASIDE}
    ended = {entry.id: entry.ended_at for entry in entries}
    taken = [offer for offer in offers if offer.state is OfferState.ACCEPTED]
    assert len(taken) >= LEAST
    assert len({offer.entry_id for offer in taken}) == len(taken)
    spans: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for offer in offers:
        over = ended[offer.entry_id] if offer.state is OfferState.ACCEPTED else offer.ended_at
        assert over is not None
        spans[offer.person_id].append((offer.made_at, over))
    for times in spans.values():
        times.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(times))
    # Once more, with nobody in line: nothing is left to be swept.
    SqlQueues(database).sweep()
    with database.read() as session:
        assert {agent.generation for agent in session.scalars(select(Agent))} == {agent.generation for agent in agents}

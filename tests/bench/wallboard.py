"""The wallboard: from a caller's joining the line to the last of two hundred wallboards showing it, beside a clinic's queues."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from sqlalchemy import insert, update
from sqlalchemy.engine import URL

import migrations
from controller.queues.states import AgentMode
from controller.store.engine import Database
from controller.store.models import Agent, Entry, HeldRole, Person, Queue, QueueTeam, Role, Team, TeamMember, new_id
from controller.store.notices import Notice
from flow_editor.accounts import service
from tests.bench.alone import measured
from tests.bench.overlay import Browser, running_editor
from tests.bench.row import Row
from tests.waiting import wait_until

BOARDS = 200
QUEUES, AGENTS = 30, 60
CHANGES = 60


def run() -> list[Row]:
    return measured(__name__)


class Wallboard(Browser):
    """A window that shows the wallboard: how many it was last told to be waiting in each queue."""

    def __init__(self, port: int, token: str, told: Event) -> None:
        self.waiting: dict[str, int] = {}
        super().__init__(port, token, "", told)

    def follow(self) -> None:
        self.say("420" + json.dumps(["wallboard.follow", {}]))

    def hear(self, said: str) -> None:
        if said.startswith("430"):
            self.take(json.loads(said[3:])[0]["ok"]["now"])
            self.following.set()
        elif said.startswith('42["wallboard.changed"'):
            self.take(json.loads(said[2:])[1])

    def take(self, told: dict[str, Any]) -> None:
        if told["queues"]:
            self.waiting.update({queue["id"]: queue["waiting"] for queue in told["queues"]})
            self._told.set()


def measure() -> list[Row]:
    """On SQLite, with the changes written by another process than the editor's."""
    with tempfile.TemporaryDirectory() as folder:
        url = URL.create("sqlite", database=f"{folder}/careline.db")
        migrations.upgrade(url)
        database = Database(url)
        queues, token = _clinic(database)
        with running_editor(url, Path(folder)) as port:
            taken = _changes(database, queues, port, token)
        database.close()
    return [
        Row(f"a caller joins, seen on {BOARDS} wallboards, half of the times within", taken[len(taken) // 2], "ms"),
        Row("the slowest of them", taken[-1], "ms", at_most=250),
    ]


def _clinic(database: Database) -> tuple[list[str], str]:
    now = datetime.now(UTC)
    with database.write("bench") as session:
        team = Team(name="Everybody")
        lead = Person(name="Pat", email="pat@clinic.example", roles=[HeldRole(role=Role.LEAD)])
        session.add_all([team, lead])
        session.flush()
        for number in range(AGENTS):
            person = Person(name=f"Agent {number}")
            session.add(person)
            session.flush()
            session.add(TeamMember(team_id=team.id, person_id=person.id, position=number))
            session.add(Agent(person_id=person.id, mode=AgentMode.AVAILABLE, since=now, idle_since=now))
        queues = [Queue(name=f"Queue {number}") for number in range(QUEUES)]
        session.add_all(queues)
        session.flush()
        session.add_all(QueueTeam(queue_id=queue.id, team_id=team.id) for queue in queues)
    token, _ = service.begin(database, lead.id, hours=1, address="127.0.0.1", browser="bench")
    return [queue.id for queue in queues], token


def _changes(database: Database, queues: list[str], port: int, token: str) -> list[float]:
    told = Event()
    boards = [Wallboard(port, token, told) for _ in range(BOARDS)]
    for board in boards:
        assert board.following.wait(30)
    wait_until(lambda: all(len(board.waiting) == QUEUES for board in boards), 30)
    taken = []
    for number in range(CHANGES):
        queue = queues[number % QUEUES]
        wanted = number // QUEUES + 1
        now = datetime.now(UTC)
        row = {
            "id": new_id(), "queue_id": queue, "call_id": new_id(), "joined_at": now, "entered_at": now, "since": now,
            "place_at": now, "caller": "+13125550142",
        }  # fmt: skip
        began = time.monotonic()
        with database.connect(Notice(Entry.__tablename__)) as connection:
            connection.execute(insert(Entry), row)
            connection.execute(update(Agent).values(idle_since=now - timedelta(seconds=number)))
        while not all(board.waiting[queue] == wanted for board in boards):
            told.clear()
            assert told.wait(10)
        taken.append((time.monotonic() - began) * 1000)
        gevent.sleep(0.15)  # the read model looks at most ten times a second
    for board in boards:
        board.close()
    return sorted(taken)

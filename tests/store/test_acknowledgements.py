"""Publishing is acknowledged: each controller says what it has taken up, and whoever publishes learns who has not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gevent
import pytest
from sqlalchemy import select, update

from controller.flows.clinic import WebAnswer, WebRequest
from controller.flows.document import Document
from controller.store.acknowledgements import Attendance, controllers, wait_for
from controller.store.bus import Bus
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.store.models import Acknowledgement, ControllerRecord, FlowVersion
from flow_editor.flows import service

SAID = Document.model_validate(
    {
        "name": "Main line",
        "start": "bye",
        "nodes": {"bye": {"kind": "hang_up", "title": "Goodbye", "settings": {}}},
    }
)


class NoWeb:
    def may_ask(self, url: str) -> bool:
        return False

    def send(self, request: WebRequest) -> WebAnswer:
        return WebAnswer(204)


class InProcess:
    """A controller's part in it: a clinic kept fresh, and its attendance."""

    def __init__(self, database: Database, name: str, folder: Path) -> None:
        self.attendance = Attendance(database, name, "127.0.0.1:8084")
        self.bus = Bus(database)
        self.clinic = SqlClinic(database, data_dir=folder, web=NoWeb(), taken_up=self.attendance.take_up)

    def start(self) -> InProcess:
        self.bus.start()
        self.clinic.start(self.bus)
        self.attendance.begin()
        return self

    def deafen(self) -> None:
        """It takes nothing up any more, and does not say goodbye: as one that hangs."""
        self.clinic.stop()
        self.bus.stop()


@pytest.fixture
def controller(database: Database, tmp_path: Path) -> Iterator[Callable[[str], InProcess]]:
    made: list[InProcess] = []

    def make(name: str) -> InProcess:
        made.append(InProcess(database, name, tmp_path).start())
        return made[-1]

    yield make
    for one in made:
        one.deafen()


@pytest.fixture
def bus(database: Database) -> Iterator[Bus]:
    bus = Bus(database)
    bus.start()
    yield bus
    bus.stop()


def publish(database: Database, document: Document = SAID) -> tuple[str, str]:
    saved = service.save(
        database, document, "Main line", create_missing=False, note="", who="test", now=datetime.now(UTC)
    )
    service.publish(database, saved.version, who="test")
    return saved.flow, saved.version


def test_every_controller_acknowledges(database: Database, bus: Bus, controller: Callable[[str], InProcess]) -> None:
    controller("one"), controller("two")
    assert list(controllers(database)) == ["one", "two"]
    since = time.monotonic()
    flow, version = publish(database)
    found = wait_for(database, bus, flow, version, since=since)
    assert (found.on, found.of, found.everywhere) == (2, 2, True)
    assert found.milliseconds is not None
    assert 0 < found.milliseconds < 3000


def test_whoever_is_silent_is_named(database: Database, bus: Bus, controller: Callable[[str], InProcess]) -> None:
    controller("one")
    controller("two").deafen()
    flow, version = publish(database)
    found = wait_for(database, bus, flow, version, 0.6)
    assert (found.on, found.of, found.everywhere) == (1, 2, False)
    assert found.controllers["two"] is None
    with database.connect() as connection:
        long_ago = datetime.now(UTC) - timedelta(seconds=30)
        connection.execute(update(ControllerRecord).where(ControllerRecord.name == "two").values(beat_at=long_ago))
    assert wait_for(database, bus, flow, version, 0.6).everywhere, "a dead one is not waited for"


def test_a_controller_that_starts_says_what_it_has_and_one_that_stops_is_not_counted(
    database: Database, bus: Bus, controller: Callable[[str], InProcess]
) -> None:
    flow, version = publish(database)
    found = wait_for(database, bus, flow, version, 5)
    assert (found.of, found.everywhere, found.milliseconds) == (0, False, None)
    one = controller("one")
    assert wait_for(database, bus, flow, version, 5).controllers.keys() == {"one"}
    one.attendance.end()
    assert list(controllers(database)) == []
    with database.read() as session:
        assert session.scalars(select(Acknowledgement)).all() == []


def test_who_ends_while_it_is_waited_for_is_not_waited_for(
    database: Database, bus: Bus, controller: Callable[[str], InProcess]
) -> None:
    controller("one")
    two = controller("two")
    two.deafen()
    flow, version = publish(database)
    waiting = gevent.spawn(wait_for, database, bus, flow, version, 20)
    gevent.sleep(0)
    two.attendance.end()
    assert waiting.get(timeout=5).controllers.keys() == {"one"}


def test_a_version_that_cannot_be_read_is_not_acknowledged(
    database: Database, bus: Bus, controller: Callable[[str], InProcess]
) -> None:
    controller("one")
    saved = service.save(database, SAID, "Main line", create_missing=False, note="", who="test", now=datetime.now(UTC))
    with database.connect() as connection:
        newer = {**SAID.model_dump(mode="json"), "format": 999}
        connection.execute(update(FlowVersion).where(FlowVersion.id == saved.version).values(document=newer))
    service.publish(database, saved.version, who="test")
    assert wait_for(database, bus, saved.flow, saved.version, 0.5).controllers == {"one": None}
    flow, version = publish(database)
    assert wait_for(database, bus, flow, version, 5).everywhere


def test_beats_bring_back_who_was_forgotten_and_clear_away_the_dead(
    database: Database, controller: Callable[[str], InProcess]
) -> None:
    one = controller("one")
    with database.connect() as connection:
        long_ago = datetime.now(UTC) - timedelta(hours=2)
        connection.execute(update(ControllerRecord).values(name="dead", beat_at=long_ago))
        connection.execute(update(Acknowledgement).values(controller="dead"))
    one.attendance.beat()
    with database.read() as session:
        assert session.scalars(select(ControllerRecord.name)).all() == ["one"]
        assert session.scalars(select(Acknowledgement)).all() == []

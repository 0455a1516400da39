"""Callers on the canvas: from a call's move to the last of two hundred browsers having been told, beside calls of its own."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import gevent
from gevent import socket as sockets
from gevent.event import Event
from sqlalchemy import select
from sqlalchemy.engine import URL

import migrations
from controller.calls.journal import CallBegan, CallMoved
from controller.store.engine import Database
from controller.store.journal import SqlJournal
from controller.store.models import Flow, HeldRole, Person, Role
from controller.store.seed import seed
from flow_editor.accounts import service
from tests.bench.alone import measured
from tests.bench.row import Row
from tests.waiting import wait_until

BROWSERS = 200
MOVES = 60
CALLS = 40
"""Callers on the line."""


def run() -> list[Row]:
    return measured(__name__)


class Browser:
    """A window that looks at a flow's canvas: a WebSocket, and where it was last told that callers are."""

    def __init__(self, port: int, token: str, flow: str, told: Event) -> None:
        self._socket = sockets.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: careline={token}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        assert b"101" in self._file.readline()
        while self._file.readline() != b"\r\n":
            pass
        self._socket.settimeout(None)
        self.following = Event()
        self.here: dict[str, int] = {}
        self._told = told
        self._flow = flow
        self._reading = gevent.spawn(self._read)

    def follow(self) -> None:
        """Say what it wants to be told of."""
        self.say("420" + json.dumps(["calls.follow", {"flow": self._flow}]))

    def hear(self, said: str) -> None:
        """What the server says."""
        if said.startswith("430"):
            self.following.set()
        elif said.startswith('42["calls.here"'):
            self.here = json.loads(said[2:])[1]["here"]
            self._told.set()

    def say(self, text: str) -> None:
        """One masked frame, with a mask of zeroes."""
        given = text.encode()
        assert len(given) < 126
        self._socket.sendall(bytes((0x81, 0x80 | len(given), 0, 0, 0, 0)) + given)

    def _frame(self) -> str:
        _, length = self._file.read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self._file.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._file.read(8))
        return self._file.read(length).decode()

    def _read(self) -> None:
        while True:
            said = self._frame()
            if said.startswith("0{"):
                self.say("40")
            elif said.startswith("40"):
                self.follow()
            elif said == "2":
                self.say("3")
            else:
                self.hear(said)

    def close(self) -> None:
        self._reading.kill()
        self._socket.close()


def measure() -> list[Row]:
    """On SQLite, with the journal in a process's own loop as a controller has it."""
    with tempfile.TemporaryDirectory() as folder:
        url = URL.create("sqlite", database=f"{folder}/careline.db")
        migrations.upgrade(url)
        database = Database(url)
        seed(database, datetime.now(UTC))
        with database.read() as session:
            flow = session.scalars(select(Flow).where(Flow.name == "Lakeside main line")).one()
        person = Person(name="Pat", email="pat@clinic.example", roles=[HeldRole(role=Role.LEAD)])
        with database.write("bench") as session:
            session.add(person)
        token, _ = service.begin(database, person.id, hours=1, address="127.0.0.1", browser="bench")
        journal = SqlJournal(database)
        journal.start()
        with running_editor(url, Path(folder)) as port:
            taken = _moves(journal, flow.id, str(flow.live_version_id), port, token)
        journal.close()
        database.close()
    return [
        Row(f"a call's move, seen by {BROWSERS} browsers, half of the times within", taken[len(taken) // 2], "ms"),
        Row("the slowest of them", taken[-1], "ms", at_most=250),
    ]


def _moves(journal: SqlJournal, flow: str, version: str, port: int, token: str) -> list[float]:
    told = Event()
    browsers = [Browser(port, token, flow, told) for _ in range(BROWSERS)]
    for browser in browsers:
        assert browser.following.wait(30)
    now = datetime.now(UTC)
    for number in range(CALLS):
        journal.began(CallBegan(f"call-{number}", now, None, "", "100", None, None, flow, version, "switch", "bench"))
        journal.moved(CallMoved(f"call-{number}", now, version, "menu", 0, "", "sealed", "bench"))
    wait_until(lambda: all(browser.here == {"menu": CALLS} for browser in browsers), 30)
    taken = []
    for step in range(1, MOVES + 1):
        node = f"node-{step}"
        began = time.monotonic()
        journal.moved(CallMoved("call-0", datetime.now(UTC), version, node, step, "", "sealed", "bench"))
        while not all(node in browser.here for browser in browsers):
            told.clear()
            assert told.wait(10)
        taken.append((time.monotonic() - began) * 1000)
    for browser in browsers:
        browser.close()
    return sorted(taken)


@contextmanager
def running_editor(url: URL, folder: Path) -> Iterator[int]:
    """An editor of its own on this database; its port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")},
        "CARELINE_DATA_DIR": str(folder),
        "CARELINE_DATABASE_URL": url.render_as_string(hide_password=False),
        "CARELINE_EDITOR_LISTEN": f"127.0.0.1:{port}",
        "CARELINE_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([sys.executable, "-m", "flow_editor.cli", "editor"], env=environment)
    try:
        wait_until(lambda: _answers(port), 30)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0

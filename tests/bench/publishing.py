"""Publishing: from a click to the last of three controllers having taken the new version up, two hundred times each."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

import migrations
from controller.flows.samples import lakeside
from controller.store.acknowledgements import controllers, wait_for
from controller.store.bus import Bus
from controller.store.engine import Database
from controller.store.seed import seed
from flow_editor.flows import service
from tests.bench.alone import measured
from tests.bench.row import Row
from tests.postgresql import Server
from tests.waiting import wait_until

CONTROLLERS = 3
TIMES = 200
FIRST = 20
"""Not counted: controllers that have just started speak their flows' texts ahead."""
PASSWORD = "not-the-well-known-one"
SECRET = "proves-the-switch"


def run() -> list[Row]:
    return measured(__name__)


def measure() -> list[Row]:
    """On both kinds of database."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows += _measured("SQLite", URL.create("sqlite", database=f"{folder}/careline.db"), Path(folder))
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        rows += _measured("PostgreSQL", server.create(), Path(folder))
    return rows


def _measured(kind: str, url: URL, folder: Path) -> list[Row]:
    """The demo clinic's main line, forty nodes of it, published again and again."""
    migrations.upgrade(url)
    database = Database(url)
    bus = Bus(database)
    try:
        seed(database, datetime.now(UTC))
        bus.start()
        with _running(url, folder):
            wait_until(lambda: len(controllers(database)) == CONTROLLERS, 60)
            taken = sorted([_publish(database, bus) for _ in range(FIRST + TIMES)][FIRST:])
    finally:
        bus.stop()
        database.close()
    return [
        Row(f"{kind}: acknowledged by {CONTROLLERS} controllers, half of the times within", taken[TIMES // 2], "ms"),
        Row(f"{kind}: the 99th percentile", taken[int(TIMES * 0.99)], "ms", at_most=100),
    ]


def _publish(database: Database, bus: Bus) -> float:
    document = lakeside()["main_line"]
    now = datetime.now(UTC)
    saved = service.save(database, document, document.name, create_missing=False, note="", who="bench", now=now)
    began = time.monotonic()
    service.publish(database, saved.version, who="bench")
    found = wait_for(database, bus, saved.flow, saved.version, 10, since=began)
    assert found.everywhere, found
    assert found.of == CONTROLLERS
    assert found.milliseconds is not None
    return found.milliseconds


@contextmanager
def _running(url: URL, folder: Path) -> Iterator[None]:
    """Three controllers. Their switch is not there: they try to reach it, and publishing goes on beside that."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")},
        "CARELINE_DATA_DIR": str(folder),
        "CARELINE_DATABASE_URL": url.render_as_string(hide_password=False),
        "CARELINE_SWITCHES": f"127.0.0.1:{_free_port()}",
        "CARELINE_SWITCH_PASSWORD": PASSWORD,
        "CARELINE_SOCKET_SECRET": SECRET,
        "CARELINE_LOG_LEVEL": "error",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "flow_editor.cli", "controller"],
            env={**environment, "CARELINE_ESL_LISTEN": f"127.0.0.1:{_free_port()}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(CONTROLLERS)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

"""`careline` as it is typed: within the test where that is enough, as a process of its own where only that tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from controller.flows.samples import templates
from controller.flows.upgrades import write
from controller.store.engine import Database
from controller.store.seed import seed
from flow_editor.commands import run

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "flow_editor.cli"]


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status in (0, 1), self.err
        return json.loads(self.out)


def environment(more: Mapping[str, str] = {}) -> dict[str, str]:
    """This process's, without any setting of Careline's but the given ones."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")}
    return {**plain, **more}


def process(
    *arguments: str, cwd: Path, given: bytes = b"", stdout: Any = subprocess.PIPE, **settings: str
) -> subprocess.CompletedProcess[bytes]:
    """`careline` as a process of its own, in a folder; `given` on its standard input."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment({"PYTHONPATH": str(ROOT), **settings}),
        input=given,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )


@pytest.fixture
def careline(
    database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Runs a command on a database in today's form, empty; each test on both kinds."""
    for name in list(os.environ):
        if name.startswith("CARELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CARELINE_DATABASE_URL", database_url.render_as_string(hide_password=False))
    monkeypatch.setenv("CARELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Ran:
        capfd.readouterr()
        status = run(arguments)
        out, err = capfd.readouterr()
        if status == 2:
            assert err.count("\n") == 1, f"one line: {err!r}"
        return Ran(status, out, err)

    return ran


@pytest.fixture
def clinic(database_url: URL) -> Iterator[Database]:
    """The demo clinic, in the database that `careline` works on."""
    database = Database(database_url)
    seed(database, datetime(2026, 11, 20, 16, tzinfo=UTC))
    yield database
    database.close()


@pytest.fixture
def dental(tmp_path: Path) -> Path:
    """A template as a file: what it refers to, no clinic has yet."""
    path = tmp_path / "dental.json"
    path.write_text(write(templates()["dental"]), encoding="utf-8")
    return path

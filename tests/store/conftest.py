"""Databases of one kind, for what only that kind does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.store.engine import Database
from tests.postgresql import Server


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    path = tmp_path / "careline.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql: Server, postgresql_template: str) -> Iterator[Database]:
    url = postgresql.create(postgresql_template)
    database = Database(url)
    yield database
    database.close()
    postgresql.drop(url)

"""Models and migrations agree, both ways, on both databases; programs that migrate at once do not harm each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import URL

from controller.store.engine import Database
from controller.store.models import Base
from migrations import BrokenReferences, _alone, current, downgrade, newest, upgrade
from tests.postgresql import Server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "empty.db"))
    server: Server = request.getfixturevalue("postgresql")
    return server.create()


def test_models_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_up_and_down_and_up(empty_url: URL) -> None:
    assert current(empty_url) is None
    upgrade(empty_url)
    assert current(empty_url) == newest()
    upgrade(empty_url)
    downgrade(empty_url, "base")
    assert current(empty_url) is None
    database = Database(empty_url)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.close()
    upgrade(empty_url)
    assert current(empty_url) == newest()


def test_a_failing_migration_leaves_nothing(empty_url: URL) -> None:
    def fail() -> None:
        with _alone(empty_url) as connection:
            connection.exec_driver_sql("CREATE TABLE half (id integer)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    database = Database(empty_url)
    assert inspect(database.engine).get_table_names() == []
    database.close()


def test_broken_references_are_refused(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "broken.db"))
    upgrade(url)
    with pytest.raises(BrokenReferences, match="numbers to flows"), _alone(url) as connection:
        connection.exec_driver_sql(
            "INSERT INTO numbers (id, number, label, published, flow_id) VALUES ('1', '+13125550100', '', 1, 'gone')"
        )


def test_programs_that_migrate_at_once(empty_url: URL) -> None:
    url = empty_url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", f"import migrations; migrations.upgrade({url!r})"]
    programs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(program.communicate(timeout=60)[1], program.returncode) for program in programs]
    assert ended == [("", 0)] * 4
    assert current(empty_url) == newest()

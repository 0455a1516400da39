"""The database's form, step by step: `upgrade(url)` brings any database to this program's form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from controller.store.engine import Database

PATIENCE = 600.0
"""Seconds a program waits for another one that is migrating the same database."""
_LOCK = 0x6361_7265_6C69_6E65  # "careline": PostgreSQL's advisory locks have a number for a name


class BrokenReferences(Exception):
    """A migration left rows that refer to nothing; nothing of it has been kept."""


def upgrade(url: str | URL, revision: str = "head") -> None:
    """Bring the database to `revision`, all or nothing. Of two programs at once, one waits for the other."""
    with _alone(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str | URL, revision: str) -> None:
    """Take the database back to `revision` ("base": nothing left). What the older form cannot hold is lost."""
    with _alone(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str | URL) -> str | None:
    """The revision that the database is at; None for an empty one."""
    database = Database(url)
    try:
        with database.read() as session:
            return MigrationContext.configure(session.connection()).get_current_revision()
    finally:
        database.close()


def newest() -> str | None:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(url: str | URL) -> Iterator[Connection]:
    """A transaction on the database while no other program migrates it."""
    # SQLite alters a table by rebuilding it: with foreign keys on, what refers to it would be deleted with the old one.
    database = Database(url, patience=PATIENCE, foreign_keys=False)
    try:
        with database.connect() as connection:
            if not database.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
            if database.sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise BrokenReferences(", ".join(sorted({f"{row[0]} to {row[2]}" for row in broken})))
    finally:
        database.close()

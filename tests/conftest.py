"""What tests of several rooms share. Patched by gevent first, as every process of Careline is."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402

import gevent  # noqa: E402

if "PYTEST_XDIST_WORKER" in os.environ:
    # A worker gets its tests from a thread of xdist's, which gevent cannot foresee: with nothing else to come, it would
    # take waiting for them to be a deadlock.
    tick = gevent.get_hub().loop.timer(1.0, 1.0)
    tick.start(lambda: None)

from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
from sqlalchemy.engine import URL  # noqa: E402

from controller.store.engine import Database  # noqa: E402
from migrations import upgrade  # noqa: E402
from tests.postgresql import Server  # noqa: E402

NO_FREESWITCH = "no FreeSWITCH on PATH, nor named by CARELINE_FREESWITCH"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of this test run's own. Fails, and does not skip, where none is installed."""
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Server) -> str:
    """A database in today's form, to be copied."""
    url = postgresql.create()
    upgrade(url)
    assert url.database
    return url.database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded database in today's form, to be copied."""
    path = tmp_path_factory.mktemp("template") / "careline.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database of the test's own, in today's form; each test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "careline.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield URL.create("sqlite", database=str(path))
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.create(request.getfixturevalue("postgresql_template"))
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: URL) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(database_url)
    yield opened
    opened.close()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tests that must not run at the same time are kept apart by their worker; a pytest that pytest-xdist does not know
    would run them side by side without a word (pytest-xdist issue 1386)."""
    if not getattr(session.config.option, "loadgroup", False):
        return
    for item in session.items:
        if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
            raise pytest.UsageError(f"pytest-xdist does not keep {item.nodeid} with its group")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out for want of a real switch is said loudly: a green run without one has not tested calls."""
    missing = [report for report in terminalreporter.getreports("skipped") if "no FreeSWITCH" in str(report.longrepr)]
    if missing:
        terminalreporter.section("NOT TESTED: a real FreeSWITCH", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(missing)} tests were skipped: {NO_FREESWITCH}.", red=True, bold=True)

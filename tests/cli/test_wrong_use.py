"""Whatever goes wrong, every command says it in one line, and never with a traceback."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.store.engine import Database
from flow_editor import commands
from migrations import newest
from tests.cli.conftest import PROGRAM, ROOT, Ran, environment, process
from tests.waiting import wait_until

Careline = Callable[..., Ran]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without anything of Careline's, nor a setting."""
    for name in list(os.environ):
        if name.startswith("CARELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    assert done.returncode == 2, done
    assert not done.stdout
    assert done.stderr.count(b"\n") == 1, done.stderr
    return done.stderr.decode()


def line(status: int, capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1), err
    return err


@pytest.mark.parametrize(
    "arguments",
    [
        ["flow", "list"],
        ["flow", "check", "Main"],
        ["flow", "export", "Main"],
        ["number", "list"],
        ["number", "add", "+13125550100", "--flow", "Main"],
        ["call", "list"],
        ["call", "trace", "1"],
        ["call", "watch"],
        ["demo", "seed"],
        ["phones", "write", "phones", "--no-reload"],
    ],
)
def test_without_a_database_it_says_how_to_make_one(
    here: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = line(commands.run(arguments), capsys)
    assert said == "careline: the database has not been set up: run `careline db upgrade`\n"
    assert not list(here.iterdir()), "looking makes nothing"


def test_a_database_is_made_where_the_default_says(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["db", "upgrade"]) == 0
    assert capsys.readouterr().out == f"the database is at {newest()}\n"
    assert (here / "data" / "careline.db").exists()
    assert commands.run(["db", "upgrade"]) == 0
    assert capsys.readouterr().out == f"the database is at {newest()} already\n"
    assert commands.run(["flow", "list"]) == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CARELINE_MAX_CALLS", "many", "CARELINE_MAX_CALLS: "),
        ("CARELINE_SWITCHES", "localhost", "CARELINE_SWITCHES: 'localhost' is not host:port"),
        ("CARELINE_DATABASE_URL", "mysql://localhost/careline", "CARELINE_DATABASE_URL: begins with sqlite:///"),
        ("CARELINE_DATABASE_URL", "sqlite://", "CARELINE_DATABASE_URL: "),
        ("CARELINE_DATABASE_URL", "postgresql://x@[::1/careline", "CARELINE_DATABASE_URL: "),
        ("CARELINE_DATABASE_URL", "postgresql://x@127.0.0.1:1/careline", "careline: the database: "),
        ("CARELINE_DATABASE_URL", "sqlite:////proc/nowhere/careline.db", "/proc/nowhere"),
        ("CARELINE_LOG_FORMAT", "xml", "CARELINE_LOG_FORMAT: "),
    ],
)
@pytest.mark.parametrize("arguments", [["db", "upgrade"], ["up"]])
def test_a_wrong_setting_is_named(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
    arguments: list[str],
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("CARELINE_SWITCH_PASSWORD", "password")
    monkeypatch.setenv("CARELINE_SOCKET_SECRET", "long-secret")
    try:
        status = commands.run(arguments)
    except SystemExit as end:
        status = int(str(end.code))
    out, err = capfd.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert said in err


@pytest.mark.parametrize("command", ["up", "controller", "practice-switch"])
def test_secrets_that_are_missing_are_named(here: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    said = line(commands.run([command]), capsys)
    assert said == "careline: CARELINE_SWITCH_PASSWORD: is not set; CARELINE_SOCKET_SECRET: is not set\n"
    assert not list(here.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fly"], "careline: No such command 'fly'."),
        (["--colour"], "careline: No such option '--colour'"),
        (["call", "list", "--limit", "0"], "careline call list: Invalid value for '--limit'"),
        (["call", "trace"], "careline call trace: Missing argument 'ID'"),
        (["up", "--demo", "--calls", "none"], "careline up: Invalid value for '--calls'"),
        (["practice-switch", "--speed", "0"], "careline practice-switch: Invalid value for '--speed'"),
        (["phones", "write"], "careline phones write: Missing argument 'DIRECTORY'"),
        (["db", "downgrade"], "careline db: No such command 'downgrade'"),
    ],
)
def test_what_is_not_understood_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in line(commands.run(arguments), capsys)


def test_a_bare_command_shows_its_help(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run([]) == 2
    assert "Usage: careline" in capsys.readouterr().err
    assert commands.run(["--help"]) == 0
    helped = capsys.readouterr().out
    for command in ("up", "controller", "practice-switch", "db", "demo", "phones", "flow", "number", "call"):
        assert f"\n  {command} " in helped


def test_help_imports_nothing_that_it_does_not_need() -> None:
    """The libraries that commands work with take a second; help answers at once."""
    code = "import sys; from flow_editor.commands import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "pydantic", "gevent", "alembic", "structlog"} & set(done.stderr.split())


def test_errors_made_for_people_are_there() -> None:
    for name in commands.FOR_PEOPLE:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), kind), Exception)


def test_a_mistake_of_ours_is_one_line_too(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(url: str) -> None:
        raise KeyError("x")

    monkeypatch.setattr("migrations.upgrade", stumble)
    assert commands.run(["db", "upgrade"]) == 70
    assert capsys.readouterr().err.startswith("careline: failed: KeyError: 'x' (stumble, line ")
    monkeypatch.setenv("CARELINE_LOG_LEVEL", "debug")
    with pytest.raises(KeyError):
        commands.run(["db", "upgrade"])


def test_a_database_of_another_version(careline: Careline, database: Database) -> None:
    with database.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    ran = careline("flow", "list")
    assert (ran.status, ran.err) == (
        2,
        "careline: the database is of another version of Careline: run `careline db upgrade`\n",
    )
    upgraded = careline("db", "upgrade")
    assert (upgraded.status, upgraded.err) == (
        2,
        "careline: the database is of a newer version of Careline (at 9999): update Careline\n",
    )


def test_a_file_that_is_no_database(here: Path) -> None:
    (here / "data").mkdir()
    (here / "data" / "careline.db").write_bytes(b"no database at all" * 100)
    assert "the database: file is not a database" in one_line(process("flow", "list", cwd=here))


def test_a_full_disk_is_one_line(here: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = process("flow", "schema", cwd=here, stdout=full)
    assert (done.returncode, done.stderr) == (2, b"careline: No space left on device\n")


def test_whoever_has_read_enough_hears_no_complaint(here: Path) -> None:
    done = subprocess.run(
        f"{' '.join(PROGRAM)} flow schema | head -1",
        shell=True,
        cwd=here,
        env=environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"{\n", b"")


def test_an_interrupt_is_quiet(here: Path) -> None:
    """While it waits for a document on its standard input."""
    assert commands.run(["db", "upgrade"]) == 0
    with subprocess.Popen(
        [*PROGRAM, "flow", "import", "-"],
        cwd=here,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as waiting:
        wchan = Path(f"/proc/{waiting.pid}/wchan")
        wait_until(lambda: "pipe" in wchan.read_text())
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=20)
    assert (waiting.returncode, out, err.strip()) == (130, b"", b"")


def test_a_port_that_is_taken_is_named(here: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        secrets = {"CARELINE_SWITCH_PASSWORD": "password", "CARELINE_SOCKET_SECRET": "long-secret"}
        said = one_line(process("practice-switch", cwd=here, CARELINE_SWITCHES=f"127.0.0.1:{port}", **secrets))
        assert said == f"careline: CARELINE_SWITCHES: cannot listen on 127.0.0.1:{port}: Address already in use\n"
        process("db", "upgrade", cwd=here)
        said = one_line(process("controller", cwd=here, CARELINE_ESL_LISTEN=f"127.0.0.1:{port}", **secrets))
        assert f"CARELINE_ESL_LISTEN: cannot listen on 127.0.0.1:{port}" in said


def test_an_interrupt_while_the_demo_sets_up_is_quiet(here: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "up", "--demo"],
        cwd=here,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as starting:
        wait_until((here / "data").exists, 20)
        os.killpg(starting.pid, signal.SIGINT)
        _, err = starting.communicate(timeout=20)
    assert starting.returncode in (0, 130)
    assert b"Traceback" not in err
    assert not err.strip()

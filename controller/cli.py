"""The controller's side of `careline`: up, controller, practice-switch, db, phones, wait."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from controller.queues.commands import wait

if TYPE_CHECKING:
    from controller.config import Address, Config
    from controller.store.engine import Database


@contextmanager
def opened() -> Iterator[Database]:
    """The database that the environment names, at this program's form. Raises ConfigError when it is at another one."""
    import migrations
    from controller.config import Config, ConfigError
    from controller.store.engine import Database

    config = Config.load()
    with _named_database():
        there = not (path := _embedded(config)) or path.exists()  # looking must not make an empty one
        found, needed = migrations.current(config.database) if there else None, migrations.newest()
    if found != needed:
        state = "has not been set up" if found is None else "is of another version of Careline"
        raise ConfigError(f"the database {state}: run `careline db upgrade`")
    database = Database(config.database)
    try:
        yield database
    finally:
        database.close()


def _embedded(config: Config) -> Path | None:
    """The embedded database's file; None for a server's."""
    from controller.store.engine import database_url

    url = database_url(config.database)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


@contextmanager
def _named_database() -> Iterator[None]:
    """Turns what is wrong with the database's address into ConfigError."""
    from sqlalchemy.exc import ArgumentError

    from controller.config import ConfigError

    try:
        yield
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"CARELINE_DATABASE_URL: {error}") from error


def _careline(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flow_editor.cli", *arguments]


@click.command()
@click.option("--demo", is_flag=True, help="The demo clinic, with simulated callers on a practice switch.")
@click.option(
    "--calls",
    default=400.0,
    show_default=True,
    type=click.FloatRange(1, 20_000),
    help="How many calls an hour reach the demo clinic.",
)
@click.option("--editor/--no-editor", "with_editor", default=True, help="The flow editor too, or only what calls need.")
def up(demo: bool, calls: float, with_editor: bool) -> int:
    """Start everything this machine needs, and keep it running."""
    from controller.config import Config
    from controller.parent import Parent, Program

    config = Config.load()
    if demo:
        os.environ.update(_demo_environment(config))
    else:
        config.need("switch_password", "socket_secret")
    os.environ.update(_test_environment(config))
    config.data_dir.mkdir(parents=True, exist_ok=True)
    _run_first("db", "upgrade")
    programs = [Program("controller", _careline("controller"))]
    editor = Program("flow editor", _careline("editor"))
    tests = [
        Program("practice switch for test calls", _careline("practice-switch", "--tests", "--quiet")),
        Program("controller for test calls", _careline("controller", "--tests")),
    ]
    if demo:
        _run_first("demo", "seed")
        click.echo(_WELCOME.format(careline=_typed(), link=_output_of("person", "link", "--demo")))
        # Programs are stopped in this order: the callers hang up, the controller notes it, and the watch shows it.
        practice = _careline("practice-switch", "--quiet", "--calls", str(calls))
        programs = [
            Program("practice switch", practice),
            *programs,
            editor,
            *tests,
            Program("call watch", _careline("call", "watch")),
        ]
    elif with_editor:
        programs += [editor, *tests]
        if link := _output_of("person", "link", "--first"):
            click.echo(f"Nobody owns this installation yet. Whoever opens this link first does: {link}")
    return Parent(programs).run()


_WELCOME = """\

Open the clinic in a browser, signed in as its front-office lead:

  {link}

Simulated patients call the clinic; each line below is a call and the node of the flow that it has just left.
In another terminal, in the same folder:

  {careline} call list          the calls, newest first
  {careline} call trace ID      every step that one of them took; the first characters of its ID will do
  {careline} flow list          the clinic's flows

Change what callers hear, while they call:

  {careline} flow export "Lakeside main line" --output main_line.json
  (edit a text in main_line.json)
  {careline} flow import main_line.json --publish

From then on new calls take the new version; calls under way finish on theirs. Ctrl-C ends the demo.
"""


def _typed() -> str:
    """What to type for this program: its name where that is found, the way to it otherwise."""
    program = Path(sys.argv[0])
    if shutil.which("careline") or program.name != "careline":
        return "careline"
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_absolute() and program.is_relative_to(here) else program)


def _run_first(*arguments: str, stdout: int | None = None) -> str:
    """Run one of our commands to its end, which ends this program too if it fails. Returns what it printed, if asked for."""
    import subprocess

    # In a process of its own: the parent stays free of the programs' libraries. In a session of its own: an interrupt
    # typed at the terminal reaches us alone, and we end it; an interpreter that is interrupted while it starts can only
    # print where it stood.
    done = subprocess.run(  # noqa: S603 - our own command line
        _careline(*arguments), check=False, stdout=stdout, text=True, start_new_session=True
    )
    if done.returncode:
        sys.exit(done.returncode)
    return (done.stdout or "").strip()


def _output_of(*arguments: str) -> str:
    import subprocess

    return _run_first(*arguments, stdout=subprocess.PIPE)


def _demo_environment(config: Config) -> dict[str, str]:
    """Settings that the demo's programs share; what the environment says is kept."""
    given: dict[str, str] = {
        "CARELINE_SWITCHES": str(_free(config.switches[0])),
        "CARELINE_ESL_LISTEN": str(_free(config.esl_listen)),
        "CARELINE_EDITOR_LISTEN": str(_free(config.editor_listen)),
        "CARELINE_SWITCH_PASSWORD": secrets.token_urlsafe(18),
        "CARELINE_SOCKET_SECRET": secrets.token_urlsafe(18),
        "CARELINE_LOG_LEVEL": "error",  # between the lines of calls, only what matters
    }
    return {name: os.environ.get(name, value) for name, value in given.items()}


def _test_environment(config: Config) -> dict[str, str]:
    """Where test calls are made and walked; what the environment says is kept."""
    given = {
        "CARELINE_TEST_LISTEN": str(_free(config.test_listen)),
        "CARELINE_TEST_SWITCH": str(_free(config.test_switch)),
        "CARELINE_TEST_CONTROL": str(_free(config.test_control)),
    }
    return {name: os.environ.get(name, value) for name, value in given.items()}


def _free(wanted: Address) -> Address:
    """The address if its port can be listened on, otherwise the host with a port that can. Raises ConfigError."""
    from controller.config import Address, ConfigError

    for port in (wanted.port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((wanted.host, port))
            except OSError:
                continue
            return Address(wanted.host, probe.getsockname()[1])
    raise ConfigError(f"no port of {wanted.host} can be listened on")


@click.command()
@click.option(
    "--tests", is_flag=True, help="Walk test calls, which come from their own practice switch, and no others."
)
def controller(tests: bool) -> int:
    """Take calls from the switches and walk their flows. SIGTERM ends it in order: calls go on with another controller."""
    from controller import app
    from controller.config import Config

    if not tests:
        return app.run(Config.load())
    from controller.testcalls.app import TestController, config_for_tests

    return app.run(config_for_tests(Config.load()), TestController)


@click.command()
def health() -> int:
    """Whether calls are taken: the database, and each switch's list of controllers. Exit status 1 when not."""
    from controller.config import Config
    from controller.health import look

    findings = list(look(Config.load()))
    for finding in findings:
        click.echo(f"{'well' if finding.well else 'ILL '}  {finding.what}: {finding.said}")
    return 0 if all(finding.well for finding in findings) else 1


@click.command("practice-switch")
@click.option(
    "--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 100), help="How fast its time runs."
)
@click.option("--seed", default=1, show_default=True, help="Which morning it is: callers and staff are drawn from it.")
@click.option(
    "--calls",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Calls an hour, by chance, at the clinic's numbers.",
)
@click.option("--tests", is_flag=True, help="For test calls: phones ring until somebody says what they do.")
@click.option("--quiet", is_flag=True, help="Do not say where it listens.")
def practice_switch(speed: float, seed: int, calls: float, tests: bool, quiet: bool) -> None:
    """A software switch with simulated callers and staff, for trying things out."""
    from sqlalchemy import select

    from controller import heartbeat
    from controller.config import Config, ConfigError
    from controller.practice.main import Options, main
    from controller.store.models import Number

    config = Config.load()
    password, secret = config.need("switch_password", "socket_secret")
    numbers: list[str] = []
    if calls:
        with opened() as database, database.read() as session:
            numbers = list(session.scalars(select(Number.number).order_by(Number.number)))
    where = config.test_switch if tests else config.switches[0]
    options = Options(
        password,
        secret,
        host=where.host,
        port=where.port,
        control_port=config.test_control.port if tests else 0,
        waits=tests,
        speed=speed,
        numbers=numbers,
        calls_an_hour=calls,
        seed=seed,
    )
    heartbeat.start()
    with open(os.devnull, "w", encoding="utf-8") if quiet else nullcontext(sys.stdout) as out, redirect_stdout(out):
        try:
            main(options)
        except OSError as error:
            name = "CARELINE_TEST_SWITCH or CARELINE_TEST_CONTROL" if tests else "CARELINE_SWITCHES"
            raise ConfigError(f"{name}: cannot listen on {where}: {os.strerror(error.errno or 0)}") from error


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this program's form; makes it when there is none."""
    from alembic.util import CommandError

    import migrations
    from controller.config import Config, ConfigError

    config = Config.load()
    with _named_database():
        before = migrations.current(config.database)
    try:
        migrations.upgrade(config.database)
    except CommandError as error:
        raise ConfigError(f"the database is of a newer version of Careline (at {before}): update Careline") from error
    after = migrations.current(config.database)
    click.echo(f"the database is at {after}" + (" already" if before == after else ""))


@click.group()
def demo() -> None:
    """The demo clinic."""


@demo.command("seed")
def seed_demo() -> None:
    """Put Lakeside Family Clinic into the database, its people at work; nothing when it is there."""
    from controller.store.seed import seed, sign_in

    with opened() as database:
        made = seed(database, datetime.now(UTC))
        if made:
            sign_in(database)
    click.echo(f"{made} things made" if made else "the demo clinic is there already")


@click.group()
def phones() -> None:
    """The clinic's own phones."""


@phones.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--reload/--no-reload", default=True, help="Tell the switches to read the files again.")
def write(directory: Path, reload: bool) -> None:
    """Write people's phones, lines and dial rules to DIRECTORY, for the switch to include."""
    from controller.config import Config
    from controller.exchange import exchange, tell_switches
    from controller.freeswitch import phones as files

    config = Config.load()
    if reload:
        config.need("switch_password")  # before anything is written
    with opened() as database:
        changed = files.write(exchange(database, config.country), directory)
    for path in changed:
        click.echo(path)
    if not changed:
        click.echo("nothing has changed")
    elif reload:
        for switch, command, answer in tell_switches(config, files.commands(changed)):
            click.echo(f"{switch}: {command}: {answer}")


commands: tuple[click.Command, ...] = (up, controller, health, practice_switch, db, demo, phones, wait)

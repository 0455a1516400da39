"""`careline flow`: flows as documents."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from controller.cli import opened
from flow_editor.output import echo_json, echo_table, json_option, local, who_option

if TYPE_CHECKING:
    from controller.flows.clinic import Clinic
    from controller.flows.document import Document
    from controller.flows.registry import Problem
    from controller.flows.rehearsals import RehearsalResult
    from controller.flows.walker import Version
    from controller.store.engine import Database

PROBLEMS = 1
"""Exit status of a command that was done and found problems."""

NUMBER = click.IntRange(1, 2**31 - 1)
"""A version's number."""

language_option = click.option("--language", default="en", show_default=True, help="Language of what is said about it.")


@contextmanager
def _clinic() -> Iterator[tuple[Database, Clinic]]:
    from controller.config import Config
    from controller.delivery.webhooks import Webhooks
    from controller.store.clinic import SqlClinic

    config = Config.load()
    with opened() as database:
        yield (
            database,
            SqlClinic(database, data_dir=config.data_dir, web=Webhooks(config.webhook_hosts), country=config.country),
        )


@click.group()
def flow() -> None:
    """Flows: what happens to calls."""


@flow.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every flow, and which version of it is live."""
    from flow_editor.flows import service

    with opened() as database:
        rows = service.listed(database)
    if as_json:
        echo_json(rows)
    elif not rows:
        click.echo("No flow yet. Bring one in: careline flow import FILE --name NAME --publish --create-missing")
    else:
        echo_table(
            ["flow", "live", "newest", "since", "by"],
            [
                (
                    row.name,
                    f"v{row.live}" if row.live else "-",
                    f"v{row.newest}" if row.newest else "-",
                    local(row.published_at) if row.published_at else "",
                    row.published_by,
                )
                for row in rows
            ],
        )


@flow.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--name", help="Name of the flow; what the document says when not given.")
@click.option("--publish", is_flag=True, help="Put it live, if nothing is wrong with it.")
@click.option("--create-missing", is_flag=True, help="Make, empty, what it refers to and the clinic does not have.")
@click.option("--note", default="", help="Why, for the history.")
@language_option
@who_option
def import_(
    file: BinaryIO,
    name: str | None,
    publish: bool,
    create_missing: bool,
    note: str,
    language: str,
    who: str,
) -> int:
    """Bring FILE in as the next version of a flow ("-": standard input).

    With problems it is kept, not published, and the exit status is 1.
    """
    from flow_editor.flows import service

    document = _document(file.read(), file.name)
    name = service.name_for(document, name)
    with _clinic() as (database, clinic):
        saved = service.save(
            database, document, name, create_missing=create_missing, note=note, who=who, now=datetime.now(UTC)
        )
        for thing in saved.created:
            click.echo(f"made {thing.what.render(language)} {thing.name!r}: fill it in")
        version = service.version_of(database, name, saved.number)
        problems = service.problems_of(version, clinic, datetime.now(UTC))
        failed = [result for result in service.rehearse_all(version, clinic) if not result.passed]
        _say_problems(version.document, problems, language)
        _say_failed(failed, language)
        if not publish:
            click.echo(f"{name!r} version {saved.number} is kept; it is not live")
            return PROBLEMS if service.unsound(problems) or failed else 0
        if service.unsound(problems) or failed:
            click.echo(f"{name!r} version {saved.number} is kept, and was not published", err=True)
            return PROBLEMS
        service.publish(database, saved.version, who=who)
        click.echo(f"{name!r} version {saved.number} is live")
        return 0


@flow.command()
@click.argument("name")
@click.option("--version", "number", type=NUMBER, help="Number of the version; the live one when not given.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; standard output otherwise.")
def export(name: str, number: int | None, output: Path | None) -> None:
    """The document of a flow, to edit or to bring into another installation."""
    from controller.flows.upgrades import write
    from flow_editor.flows import service

    with opened() as database:
        text = write(service.version_of(database, name, number).document)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        output.write_text(text, encoding="utf-8")


@flow.command()
@click.argument("what", metavar="FILE|NAME")
@click.option("--version", "number", type=NUMBER, help="Number of the version, with a NAME.")
@language_option
@json_option
def check(what: str, number: int | None, language: str, as_json: bool) -> int:
    """What is wrong with a document or a flow. Exit status 1 when there is something."""
    from flow_editor.flows import service

    with _clinic() as (database, clinic):
        version = _version(database, what, number)
        problems = service.problems_of(version, clinic, datetime.now(UTC))
    if as_json:
        echo_json(
            [
                {
                    "code": problem.code,
                    "severity": problem.severity,
                    "node": problem.node,
                    "exit": problem.exit,
                    "setting": problem.setting,
                    "text": problem.text.render(language),
                }
                for problem in problems
            ]
        )
    else:
        _say_problems(version.document, problems, language)
        if not problems:
            click.echo("nothing is wrong with it")
    return PROBLEMS if problems else 0


@flow.command()
@click.argument("old", metavar="FILE|NAME")
@click.argument("new", metavar="FILE|NAME|NUMBER")
@language_option
@json_option
def diff(old: str, new: str, language: str, as_json: bool) -> int:
    """What callers get otherwise in NEW than in OLD. A NUMBER is a version of the flow OLD. Exit status 1 if anything."""
    from controller.flows.differences import differences
    from controller.flows.document import REFERABLE

    with _clinic() as (database, clinic):
        names = {noun: clinic.names(noun) for noun in REFERABLE}
        before = _version(database, old, None)
        after = _version(database, old, NUMBER(new)) if new.isdecimal() else _version(database, new, None)
        found = differences(before.document, after.document, names)
    if as_json:
        echo_json([{**vars(one), "text": one.text.render(language)} for one in found])
    else:
        for one in found:
            click.echo(one.text.render(language))
        if not found:
            click.echo("callers get the same")
    return PROBLEMS if found else 0


@flow.command("rehearse")
@click.argument("what", metavar="FILE|NAME")
@click.option("--version", "number", type=NUMBER, help="Number of the version, with a NAME.")
@language_option
@json_option
def rehearse_(what: str, number: int | None, language: str, as_json: bool) -> int:
    """Run the rehearsals that go with a document or a flow. Exit status 1 when one fails."""
    from flow_editor.flows import service

    with _clinic() as (database, clinic):
        results = service.rehearse_all(_version(database, what, number), clinic)
    if as_json:
        echo_json(
            [
                {
                    "title": result.rehearsal.title,
                    "passed": result.passed,
                    "path": result.path,
                    "heard": result.heard,
                    "end": result.end,
                    "why": [text.render(language) for text in result.why],
                }
                for result in results
            ]
        )
    else:
        for result in results:
            click.echo(f"{'passed' if result.passed else 'FAILED'}  {result.rehearsal.title}")
            for text in result.why:
                click.echo(f"        {text.render(language)}")
        if not results:
            click.echo(service.NO_REHEARSALS.render(language))
    return PROBLEMS if any(not result.passed for result in results) else 0


@flow.command()
def schema() -> None:
    """JSON Schema of the document, with every kind of node."""
    from controller.flows.schema import schema as document_schema

    json.dump(document_schema(), sys.stdout, indent=2, ensure_ascii=False)
    click.echo()


def _document(given: bytes, file: str) -> Document:
    """What a file holds. Raises ClickException, naming the file."""
    from controller.flows.upgrades import DocumentRefused, read

    try:
        return read(given)
    except DocumentRefused as refused:
        raise click.ClickException(f"{'standard input' if file in ('-', '<stdin>') else file}: {refused}") from refused


def _version(database: Database, what: str, number: int | None) -> Version:
    """A file's document, matched with the clinic where it can be, or a flow by name."""
    from controller.flows.walker import Version
    from flow_editor.flows import service
    from flow_editor.flows.references import match

    path = Path(what)
    if what == "-" or path.is_file():
        if number is not None:
            raise click.UsageError(f"--version goes with the name of a flow, and {what!r} is a file")
        document = _document(sys.stdin.buffer.read() if what == "-" else path.read_bytes(), what)
        with database.read() as session:
            document, _ = match(document, session)
        return Version.read("file", "", document)
    if path.suffix == ".json" or path.is_dir():
        raise click.UsageError(f"{what!r} is not a file")
    return service.version_of(database, what, number)


def _say_problems(document: Document, problems: list[Problem], language: str) -> None:
    from controller.flows.registry import Severity

    for problem in problems:
        drawn = document.nodes.get(problem.node or "")
        where = f"{drawn.title or problem.node}: " if drawn else ""
        text = problem.text.render(language)
        mark = "error" if problem.severity is Severity.ERROR else "warning"
        click.echo(f"{mark}: {'' if text.startswith(where) else where}{text}")


def _say_failed(results: list[RehearsalResult], language: str) -> None:
    for result in results:
        for text in result.why:
            click.echo(f"rehearsal {result.rehearsal.title!r}: {text.render(language)}")

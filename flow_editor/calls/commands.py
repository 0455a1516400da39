"""`careline call`: calls as they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from controller.cli import opened
from flow_editor.output import echo_json, echo_json_line, echo_table, json_option, local

if TYPE_CHECKING:
    from flow_editor.calls.service import CallRow


@click.group()
def call() -> None:
    """Calls as they went."""


@call.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--live", is_flag=True, help="Only calls that have not ended.")
@json_option
def list_(limit: int, live: bool, as_json: bool) -> None:
    """The newest calls first."""
    from flow_editor.calls import service

    with opened() as database:
        rows = service.newest(database, limit=limit, live=live)
    if as_json:
        echo_json(rows)
    elif not rows:
        click.echo("No call yet.")
    else:
        echo_table(
            ["began", "from", "to", "flow", "now at / ended by", "id"],
            [
                (
                    local(row.began_at),
                    row.caller or "withheld",
                    row.dialled,
                    f"{row.flow or '-'} v{row.version or '-'}",
                    row.now_at if row.ended_at is None else row.ending,
                    row.id,
                )
                for row in rows
            ],
        )


@call.command()
@click.argument("call_id", metavar="ID")
@json_option
def trace(call_id: str, as_json: bool) -> None:
    """The steps a call took. ID may be the first characters of it."""
    from flow_editor.calls import service

    with opened() as database:
        row = service.trace(database, call_id)
    if as_json:
        echo_json(row)
    else:
        _print(row)


@call.command()
@json_option
def watch(as_json: bool) -> None:
    """Calls being walked, a line for each step, until Ctrl-C."""
    from flow_editor.calls.watch import Watch

    with opened() as database:
        Watch(database, echo_json_line if as_json else click.echo).run()


def _print(row: CallRow) -> None:
    click.echo(f"{row.caller or 'withheld'} called {row.dialled} at {local(row.began_at)}")
    click.echo(f"flow {row.flow or '-'}, version {row.version or '-'}, controller {row.controller}")
    for step in row.steps:
        seconds = (step.left_at - step.entered_at).total_seconds() if step.left_at else 0.0
        way = f" -> {step.exit}" if step.exit else ""
        click.echo(f"{step.step:>4}  {local(step.entered_at)}  {seconds:6.1f} s  {step.title} ({step.kind}){way}")
        for note in step.notes:
            said = ", ".join(f"{key}: {value}" for key, value in note.items() if key not in ("at", "what"))
            click.echo(f"        {note.get('what', '')}{': ' if said else ''}{said}")
        if step.error:
            click.echo(f"        failed: {step.error}")
    if row.ended_at is None:
        click.echo(f"now at {row.now_at or 'its beginning'}{f' ({row.phase})' if row.phase else ''}")
    else:
        seconds = (row.ended_at - row.began_at).total_seconds()
        click.echo(f"ended after {seconds:.1f} s: {row.ending}")

"""`careline number`: numbers that patients dial."""

from __future__ import annotations

import click

from controller.cli import opened
from flow_editor.output import echo_json, echo_table, json_option, who_option


@click.group()
def number() -> None:
    """Numbers that patients dial, and the flow that answers each."""


@number.command()
@click.argument("dialled", metavar="NUMBER")
@click.option("--flow", required=True, help="Name of the flow that answers.")
@click.option("--location", help="Name of the location it belongs to.")
@click.option("--backup", metavar="NUMBER", help="Whom the switch rings when no controller answers.")
@who_option
def add(dialled: str, flow: str, location: str | None, backup: str | None, who: str) -> None:
    """Have a flow answer NUMBER; run again to change it."""
    from controller.config import Config
    from flow_editor.numbers import service

    with opened() as database:
        row = service.put_on_flow(
            database, dialled, flow=flow, location=location, backup=backup, region=Config.load().country, who=who
        )
    click.echo(f"{row.number} is answered by {row.flow!r}" + ("" if row.live else ", once a version of it is live"))


@number.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every number, its flow, location and backup line."""
    from flow_editor.numbers import service

    with opened() as database:
        rows = service.listed(database)
    if as_json:
        echo_json(rows)
    elif not rows:
        click.echo("No number yet. Put a flow on one: careline number add NUMBER --flow NAME")
    else:
        echo_table(
            ["number", "flow", "location", "backup"], [(row.number, row.flow, row.location, row.backup) for row in rows]
        )

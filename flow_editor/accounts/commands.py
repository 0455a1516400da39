"""`careline person` and `careline editor`: who signs in, and the program they sign in to."""

from __future__ import annotations

import click

from flow_editor.output import who_option


@click.command()
def editor() -> int:
    """Serve the flow editor to browsers."""
    from controller.config import Config
    from flow_editor.server import run

    return run(Config.load())


@click.group()
def person() -> None:
    """People who sign in to the flow editor."""


@person.command()
@click.option("--name", required=True)
@click.option("--email", required=True, help="What they sign in with.")
@click.option(
    "--role",
    required=True,
    type=click.Choice(["owner", "lead", "agent", "auditor", "wallboard"]),
    help="What they may do.",
)
@click.option("--location", help="Only at this location; otherwise for the whole organisation.")
@who_option
def add(name: str, email: str, role: str, location: str | None, who: str) -> None:
    """Let somebody sign in; prints the link by which they choose their password."""
    from sqlalchemy import select

    from controller.cli import opened
    from controller.config import Config
    from controller.store.models import Location, Purpose, Role
    from flow_editor.accounts.service import add_person, make_link

    with opened() as database:
        at = None
        if location:
            with database.read() as session:
                at = session.scalar(select(Location.id).where(Location.name == location))
            if at is None:
                raise click.UsageError(f"there is no location named {location!r}")
        made = add_person(database, name, email, Role(role), at, who)
        token = make_link(database, Purpose.PASSWORD, made)
    click.echo(f"{Config.load().editor_address}/welcome/{token}")


@person.command()
@click.option("--demo", is_flag=True, help="Signs in as the demo's lead; for a practice installation only.")
@click.option("--first", is_flag=True, help="Say nothing when there is an owner already.")
def link(demo: bool, first: bool) -> None:
    """Print a link that lets somebody in: the first owner of a new installation."""
    from sqlalchemy import select

    from controller.cli import opened
    from controller.config import Config
    from controller.store.models import HeldRole, Person, Purpose, Role
    from flow_editor.accounts.service import make_link, owners

    where = Config.load().editor_address
    with opened() as database:
        with database.read() as session:
            if demo:
                found = session.scalar(select(Person.id).join(HeldRole).where(HeldRole.role == Role.LEAD))
                if found is None:
                    raise click.UsageError("the demo clinic has no lead: run `careline demo seed`")
            elif owners(session):
                if first:
                    return
                raise click.UsageError("Careline has an owner already, who can add people: `careline person add`")
        if demo:
            click.echo(f"{where}/api/sign-in/{make_link(database, Purpose.DEMO, found)}")
        else:
            click.echo(f"{where}/welcome/{make_link(database, Purpose.OWNER)}")


commands: tuple[click.Command, ...] = (editor, person)

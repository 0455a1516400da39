"""All commands in one place, and how every one of them ends: with a status, and with one line for whatever went wrong.

The commands' modules import what they work with when they are run, so that `--help` and small commands answer at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from controller.cli import commands as controller_commands
from flow_editor.accounts.commands import commands as account_commands
from flow_editor.calls.commands import call
from flow_editor.flows.commands import flow
from flow_editor.numbers.commands import number

WRONG_USE = 2
"""Exit status when a command could not be done as it was asked for."""
INTERRUPTED = 130
"""Exit status after Ctrl-C, as of every program."""
OUR_FAULT = 70
"""Exit status when the program failed where it should not (sysexits.h)."""
FOR_PEOPLE = (
    "controller.config.ConfigError",
    "controller.flows.upgrades.DocumentRefused",
    "controller.freeswitch.phones.CannotWrite",
    "controller.store.engine.DatabaseBusy",
    "controller.telephone.NotATelephoneNumber",
    "flow_editor.calls.service.NoSuchCall",
    "flow_editor.flows.service.FlowRefused",
    "flow_editor.numbers.service.NoSuchThing",
)
"""Errors whose message is made for whoever typed the command."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="careline")
def careline() -> None:
    """Careline answers a clinic's phones."""


for command in (*controller_commands, *account_commands, flow, number, call):
    careline.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    try:
        status = careline.main(list(arguments), prog_name="careline", standalone_mode=False)
        sys.stdout.flush()  # a full disk is to be noticed here, not while Python ends
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else str(error), err=True)
        return WRONG_USE
    except click.ClickException as error:
        context = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "careline"
        return _say(context, error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough (`| head`). Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if (reason := _reason(error)) is not None:
            return _say("careline", reason)
        if os.environ.get("CARELINE_LOG_LEVEL", "").lower() == "debug":
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind = type(error).__name__
        _say(
            "careline", f"failed: {kind}: {error} ({last.name}, line {last.lineno}; CARELINE_LOG_LEVEL=debug shows all)"
        )
        return OUR_FAULT
    return status if isinstance(status, int) else 0


def _reason(error: Exception) -> str | None:
    """One line for an error that whoever typed the command can do something about; None: it is our fault."""
    if _is(error, *FOR_PEOPLE):
        return "; ".join(str(error).splitlines())
    if _is(error, "sqlalchemy.exc.DBAPIError"):
        return f"the database: {getattr(error, 'orig', error)}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    return None


def _is(error: Exception, *names: str) -> bool:
    """Whether it is of one of these classes, which need not be imported for that."""
    return any(f"{kind.__module__}.{kind.__qualname__}" in names for kind in type(error).__mro__)


def _say(where: str, what: str) -> int:
    click.echo(f"{where}: " + " ".join(what.split()), err=True)
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

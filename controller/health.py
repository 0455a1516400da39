"""Whether calls are taken here, asked from outside: the database, and each switch, which lists the controllers it calls on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

import migrations
from controller.config import Config
from controller.freeswitch.connection import Disconnected, NoReply, Refused
from controller.freeswitch.link import Link, PasswordRefused
from controller.freeswitch.presence import Presence


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, and in a few words how it is."""

    what: str
    well: bool
    said: str


def look(config: Config) -> Iterator[Finding]:
    """The database, then every switch. A controller that hangs, or has no room, is off a switch's list within 3 seconds.

    Raises ConfigError.
    """
    (password,) = config.need("switch_password")
    yield _database(config)
    for where in config.switches:
        yield _switch(Link(where.host, where.port, password), str(config.advertised))


def _database(config: Config) -> Finding:
    try:
        found, needed = migrations.current(config.database), migrations.newest()
    except DBAPIError as error:
        return Finding("database", False, " ".join(str(error.orig).split()))
    return Finding("database", found == needed, f"at {found}" + ("" if found == needed else f", not {needed}"))


def _switch(link: Link, controller: str) -> Finding:
    try:
        link.connect()
        listed = Presence(link.api, controller).listed()
    except (OSError, PasswordRefused, Disconnected, NoReply, Refused) as error:
        return Finding(f"switch {link.name}", False, str(error) or type(error).__name__)
    finally:
        link.close()
    return Finding(f"switch {link.name}", listed, f"{'hands' if listed else 'does not hand'} calls to {controller}")

"""The clinic's phones, lines and dial rules, from SQL to what the switch's files are made of (freeswitch/phones.py); and
the switches told of new files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.config import Config, ConfigError
from controller.dialling import DIAL_RULES, Reach
from controller.freeswitch import phones
from controller.freeswitch.connection import Disconnected, NoReply, Refused
from controller.freeswitch.link import Link, PasswordRefused
from controller.store.engine import Database
from controller.store.models import Location, Number, NumberState, Person, Phone, Preference, Trunk

TOPICS = frozenset(kind.__tablename__ for kind in (Location, Number, Person, Phone, Preference, Trunk))
"""Topics of notices that something here may have changed."""


def exchange(database: Database, country: str) -> phones.Exchange:
    """All that the switch is told about the clinic. `country` (ISO 3166): where calls may go when no dial rules say."""
    with database.read() as session:
        rules = {row.location_id: row.value for row in session.scalars(select(Preference).filter_by(key=DIAL_RULES))}
        ours = rules.get(None) or {}
        # Until the provider sends us a number's calls, our own phones reach whoever has it now.
        ours_already = Number.state.in_([NumberState.TESTING, NumberState.LIVE])
        locations = session.scalars(select(Location).order_by(Location.id)).all()
        return phones.Exchange(
            domain=os.environ.get("CARELINE_SIP_DOMAIN") or phones.Exchange.domain,
            locations=tuple(
                phones.Location(
                    id=row.id,
                    name=row.name,
                    number=row.number or "",
                    address=row.address,
                    rules=_rules({**ours, **(rules.get(row.id) or {})}, country),
                )
                for row in locations
            ),
            phones=tuple(_phones(session)),
            trunks=tuple(
                phones.Trunk(gateway=row.gateway, location=row.location_id or "")
                for row in session.scalars(select(Trunk).where(Trunk.enabled).order_by(Trunk.position, Trunk.id))
            ),
            numbers=tuple(session.scalars(select(Number.number).where(ours_already).order_by(Number.number))),
        )


def _rules(given: dict[str, Any], country: str) -> phones.DialRules:
    reach = Reach.read(given, country)
    return phones.DialRules(
        region=reach.region,
        allowed=reach.allowed,
        denied=reach.denied,
        outside_prefix=given.get("outside_prefix", ""),
        at_once=given.get("at_once", 0),
    )


def _phones(session: Session) -> list[phones.InsidePhone]:
    people = {row.id: row for row in session.scalars(select(Person))}
    inside = session.scalars(select(Phone).where(Phone.sip_user.is_not(None)).order_by(Phone.sip_user))
    return [
        phones.InsidePhone(
            user=row.sip_user or "",
            secret=row.secret,
            name=people[row.person_id].name if row.person_id else row.label,
            location=row.location_id or (people[row.person_id].location_id if row.person_id else None) or "",
        )
        for row in inside
    ]


def tell_switches(config: Config, commands: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Have every switch do API commands (`careline phones write`): its name, the command and its answer, as they come.

    Raises ConfigError when a switch cannot be told.
    """
    (password,) = config.need("switch_password")
    for where in config.switches:
        link = Link(where.host, where.port, password)
        try:
            link.connect()
            for command in commands:
                yield link.name, command, " ".join(link.api(command).split())
        except (OSError, PasswordRefused, Disconnected, NoReply, Refused) as error:
            raise ConfigError(
                f"CARELINE_SWITCHES: {link.name} could not be told: {error or type(error).__name__}"
            ) from error
        finally:
            link.close()

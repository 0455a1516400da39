"""Which phones are signed in to which switch, as it was last seen: written only when that changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from controller.store.engine import Database
from controller.store.models import Registration
from controller.store.notices import Notice

TOPIC = Registration.__tablename__


def seen(database: Database, switch: str, there: Mapping[str, str], now: datetime) -> bool:
    """These users (to the address each is at) are signed in to this switch, and no others. Returns whether that is news.

    Any number of controllers may say so of one switch; whoever was there before keeps the time since when.
    """
    with database.read() as session:
        rows = session.scalars(select(Registration).where(Registration.switch == switch))
        known = {row.sip_user: row.address for row in rows}
    if known == there:
        return False
    insert = (sqlite.insert if database.sqlite else postgresql.insert)(Registration)
    put = insert.on_conflict_do_update(index_elements=["switch", "sip_user"], set_={"address": insert.excluded.address})
    rows_now = [
        {"switch": switch, "sip_user": user, "since": now, "address": address[:64]}
        for user, address in there.items()
        if known.get(user) != address
    ]
    gone = known.keys() - there.keys()
    with database.connect(Notice(TOPIC)) as connection:
        if gone:
            connection.execute(
                delete(Registration).where(Registration.switch == switch, Registration.sip_user.in_(gone))
            )
        if rows_now:
            connection.execute(put, rows_now)
    return True

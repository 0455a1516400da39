"""Short notices that something has changed: made in writing transactions, sent once these are committed (bus.py hears them).

A notice carries no data: whoever hears it reads SQL. A lost one delays and never breaks, because everybody also looks by
themselves every few seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from controller.store.models.changes import NoticeRow

CHANNEL = "careline"
MANY = 50
"""More notices than this of one topic in one transaction are sent as one, without a key."""


@dataclass(frozen=True)
class Notice:
    """That something has changed: a topic (a table's name, mostly), and a key within it (a row's id; "": look at all)."""

    topic: str
    key: str = ""


def tell(session: Session, topic: str, key: str = "") -> None:
    """Have a notice sent when this writing transaction has been committed."""
    session.info.setdefault("notices", {})[Notice(topic, key)] = None


def told(session: Session) -> list[Notice]:
    """The notices of a session, in order, each once; many of a topic as one."""
    notices: dict[Notice, None] = session.info.pop("notices", {})
    counts = Counter(notice.topic for notice in notices)
    return list(dict.fromkeys(n if counts[n.topic] <= MANY else Notice(n.topic) for n in notices))


# Said with every batch of the journal, so without SQLAlchemy's work.
_INSERT = f"INSERT INTO {NoticeRow.__tablename__} (topic, key, at) VALUES (?, ?, ?)"  # noqa: S608 - our own table


def write(connection: Connection, notices: Iterable[Notice]) -> None:
    """On SQLite: put notices into the transaction; other connections see that the file has changed when it commits."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")  # as UTCDateTime stores it
    rows = [(notice.topic, notice.key, now) for notice in notices]
    if rows:
        connection.exec_driver_sql(_INSERT, rows)


_NOTIFY = text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload")


def notify(connection: Connection, notices: Iterable[Notice]) -> None:
    """On PostgreSQL: send notices. Never within a transaction that writes: NOTIFY puts those in a queue one by one."""
    payloads = [f"{notice.topic} {notice.key}" for notice in notices]
    if payloads:
        connection.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})

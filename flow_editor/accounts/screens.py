"""Screens on a wall: let in once by a code, signed in for long, ended from the page of screens.

A screen is no person: it has one role, at one location or everywhere, and may only look at the wallboard.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.store.engine import Database
from controller.store.models import Role, Screen
from controller.store.notices import Notice
from controller.texts import T
from flow_editor.accounts.permissions import Held, Visitor
from flow_editor.accounts.tokens import hashed
from flow_editor.errors import Refusal

PREFIX = "screen."
"""How a screen's token begins."""
IDLE = timedelta(days=30)
"""A screen that has been off for so long must be let in anew ..."""
LONGEST = timedelta(days=365)
"""... and each one once a year."""
CODE_LIVES = timedelta(hours=1)
TOUCH = timedelta(minutes=1)
"""How exactly it is known when a screen was last there."""

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""None that is taken for another one when it is typed from a sheet of paper."""
_LENGTH = 10


def new_code(session: Session, screen: Screen) -> str:
    """A code that lets this screen in, once; the one before is void. Whatever shows it now is signed out by that."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    screen.code, screen.code_until = hashed(code), datetime.now(UTC) + CODE_LIVES
    session.flush()
    return f"{code[:5]}-{code[5:]}"


def open_by(database: Database, code: str, address: str) -> str:
    """Let a screen in by its code: the token for its browser. Raises Refusal when the code is none."""
    wanted = hashed("".join(sign for sign in code.upper() if sign.isalnum()))
    now = datetime.now(UTC)
    token = PREFIX + secrets.token_urlsafe(32)
    opened = (
        update(Screen)
        .where(Screen.code == wanted, Screen.code_until > now)
        .values(
            code=None, code_until=None, token=hashed(token), csrf=secrets.token_urlsafe(32), opened_at=now, seen_at=now,
            address=address[:64],
        )
    )  # fmt: skip
    with database.connect(Notice(Screen.__tablename__)) as connection:
        if connection.execute(opened).rowcount != 1:
            raise Refusal(T("This code has been used or has expired. Ask for a new one."), status=410)
    return token


def find(database: Database, token: str) -> tuple[Visitor, str] | None:
    """Which screen's token this is, and its CSRF token; None when it is signed in no more. A screen that asks is there."""
    now = datetime.now(UTC)
    with database.read() as session:
        row = session.scalar(select(Screen).where(Screen.token == hashed(token)))
    if row is None or row.seen_at is None or row.opened_at is None:
        return None
    if now >= row.seen_at + IDLE or now >= row.opened_at + LONGEST:
        return None
    if now - row.seen_at > TOUCH:
        with database.connect() as connection:
            connection.execute(update(Screen).where(Screen.id == row.id).values(seen_at=now))
    roles = (Held(Role.WALLBOARD, row.location_id),)
    return Visitor(row.id, row.name, row.language or "", roles, screen=True), row.csrf

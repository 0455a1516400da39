"""Signing in and out. A browser holds a token, SQL its hash: a sign-in can be ended from anywhere, and ends by itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from controller.store.engine import Database
from controller.store.models import HeldRole, Link, Person, Purpose, Role, SignIn
from controller.texts import T
from flow_editor.accounts import screens
from flow_editor.accounts.permissions import Visitor, held
from flow_editor.accounts.tokens import hashed
from flow_editor.errors import NotSignedIn, Refusal

SHORTEST_PASSWORD = 12
"""Characters; NIST SP 800-63B asks for 8 at least, and for no rules about which."""
LINK_LIVES = timedelta(days=3)
DEMO_LIVES = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
"""How exactly it is known when somebody last did something: to write it with every click would be too dear."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def password_hash(password: str) -> str:
    """Argon2id (RFC 9106), in a thread: it takes a tenth of a second. Raises Refusal for one that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        text = T("Please choose a password of at least {count} characters: a few words are easy to remember.",
                 count=SHORTEST_PASSWORD)  # fmt: skip
        raise Refusal(text, fields={"password": text})
    return str(gevent.get_hub().threadpool.apply(_hasher.hash, (password[:1024],)))


def _matches(kept: str, password: str) -> bool:
    try:
        return bool(gevent.get_hub().threadpool.apply(_hasher.verify, (kept, password[:1024])))
    except (VerificationError, InvalidHashError):
        return False


def check_password(database: Database, email: str, password: str) -> str:
    """The person who signs in so. Raises NotSignedIn, after the same time whether or not anybody has this address."""
    with database.read() as session:
        person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    kept = person.password_hash if person and person.password_hash else _NOBODY
    if not _matches(kept, password) or person is None or person.password_hash is None:
        raise NotSignedIn(T("This e-mail address and password do not belong together. Please try again."))
    return person.id


def begin(database: Database, person: str, *, hours: int, address: str, browser: str) -> tuple[str, str]:
    """Sign a person in. Returns the token for the browser, and the one that its changes must bring (CSRF)."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    row = SignIn(
        id=hashed(token),
        person_id=person,
        csrf=csrf,
        began_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=hours),
        address=address[:64],
        browser=browser[:300],
    )
    database.transact(lambda session: session.merge(row), person)
    return token, csrf


def find(database: Database, token: str, *, idle: timedelta, touch: bool = True) -> tuple[Visitor, str] | None:
    """Whose token this is, and their CSRF token; None when that sign-in is over. `touch`: they are doing something."""
    if token.startswith(screens.PREFIX):
        return screens.find(database, token)
    now = datetime.now(UTC)
    with database.read() as session:
        row = session.get(SignIn, hashed(token))
        if row is None or row.ended_at is not None or now >= row.ends_at or now >= row.seen_at + idle:
            return None
        person = session.scalars(
            select(Person).where(Person.id == row.person_id).options(selectinload(Person.roles))
        ).one()
        visitor = Visitor(
            person.id, person.name, person.reads or "", held(person.roles), sign_in=row.id, email=person.email or ""
        )
        csrf, seen = row.csrf, row.seen_at
    if touch and now - seen > TOUCH:
        seen_now = update(SignIn).where(SignIn.id == hashed(token)).values(seen_at=now)
        with database.connect() as connection:
            connection.execute(seen_now)
    return visitor, csrf


def end(database: Database, sign_in: str) -> None:
    """Sign out."""
    now = datetime.now(UTC)
    with database.connect() as connection:
        connection.execute(update(SignIn).where(SignIn.id == sign_in, SignIn.ended_at.is_(None)).values(ended_at=now))


def end_all(session: Session, person: str) -> None:
    """Sign a person out everywhere: their password or roles have changed, or they have left."""
    still = update(SignIn).where(SignIn.person_id == person, SignIn.ended_at.is_(None))
    session.execute(still.values(ended_at=datetime.now(UTC)))


# -- links


def make_link(database: Database, purpose: Purpose, person: str | None = None) -> str:
    """A link's token. What is kept is its hash."""
    token = secrets.token_urlsafe(24)
    now = datetime.now(UTC)
    lives = DEMO_LIVES if purpose is Purpose.DEMO else LINK_LIVES
    row = Link(id=hashed(token), purpose=purpose, person_id=person, made_at=now, expires_at=now + lives)
    database.transact(lambda session: session.merge(row), "link")
    return token


def read_link(session: Session, token: str) -> Link:
    """The link with this token. Raises Refusal when it has expired, been used, or never was."""
    link = session.get(Link, hashed(token))
    if link is None or link.used_at is not None or datetime.now(UTC) >= link.expires_at:
        raise Refusal(T("This link has been used or has expired. Ask for a new one."), status=410)
    return link


def accept_link(database: Database, token: str, *, name: str, email: str, password: str) -> str:
    """Choose one's name, address and password by a link; returns the person. Raises Refusal."""
    email = email.strip().lower()
    if "@" not in email or len(email) > 200:
        text = T("Please give an e-mail address, such as anna@clinic.example.")
        raise Refusal(text, fields={"email": text})
    if not (name := " ".join(name.split())):
        text = T("Please give your name.")
        raise Refusal(text, fields={"name": text})
    kept = password_hash(password)

    def work(session: Session) -> str:
        link = read_link(session, token)
        person = session.get(Person, link.person_id) if link.person_id else None
        taken = session.scalar(select(Person).where(Person.email == email))
        if taken is not None and taken is not person:
            text = T("Somebody signs in with this address already.")
            raise Refusal(text, fields={"email": text})
        if link.purpose is Purpose.OWNER:
            if owners(session):
                raise Refusal(T("Careline has an owner already. Ask them to add you."), status=410)
            person = Person(name=name, email=email, roles=[HeldRole(role=Role.OWNER)])
            session.add(person)
        assert person is not None
        person.name, person.email, person.password_hash = name, email, kept
        session.flush()
        link.used_at = datetime.now(UTC)
        end_all(session, person.id)
        return person.id

    return database.transact(work, email)


def owners(session: Session) -> list[Person]:
    """Those who may do everything and can sign in."""
    return list(
        session.scalars(
            select(Person)
            .join(HeldRole)
            .where(HeldRole.role == Role.OWNER, HeldRole.location_id.is_(None), Person.password_hash.is_not(None))
        )
    )


def add_person(database: Database, name: str, email: str, role: Role, location: str | None, who: str) -> str:
    """A person who may sign in once they have chosen a password (make_link); with this address there already, the role is
    added. Returns their id."""
    email = email.strip().lower()

    def work(session: Session) -> str:
        person = session.scalar(select(Person).where(Person.email == email))
        if person is None:
            person = Person(name=name, email=email, location_id=location)
            session.add(person)
        if not any(it.role is role and it.location_id == location for it in person.roles):
            person.roles.append(HeldRole(role=role, location_id=location))
        session.flush()
        return person.id

    return database.transact(work, who)

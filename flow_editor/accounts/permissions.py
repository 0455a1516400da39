"""What each role is allowed. Every route and every Socket.IO event names one of these permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from controller.store.models import Role

F = TypeVar("F", bound=Callable[..., Any])


class Permission(StrEnum):
    """One thing that somebody may be allowed to do."""

    ANYONE = "anyone"  # also who is not signed in
    SIGNED_IN = "signed_in"
    SEE_FLOWS = "see_flows"
    DRAW_FLOWS = "draw_flows"
    PUBLISH_FLOWS = "publish_flows"
    SEE_CALLS = "see_calls"
    SEE_CALLERS = "see_callers"  # their numbers and names
    TEST_CALLS = "test_calls"
    SEE_SETUP = "see_setup"  # numbers, hours, people, teams ...
    CHANGE_SETUP = "change_setup"
    OPEN_AND_CLOSE = "open_and_close"  # the emergency closure, close early, the day's announcement
    EXPECT_CALLS = "expect_calls"  # have a caller put through to a provider, for a time
    SEE_MESSAGES = "see_messages"
    HANDLE_MESSAGES = "handle_messages"
    SEE_HISTORY = "see_history"
    SEE_WALLBOARD = "see_wallboard"
    TAKE_CALLS = "take_calls"  # queues' calls: one's own state, the call in hand, notes on it
    SUPERVISE = "supervise"  # move callers, change what agents do, listen in
    MANAGE_ACCOUNTS = "manage_accounts"  # who signs in, and their roles


_SEES = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.SEE_FLOWS,
        Permission.SEE_CALLS,
        Permission.SEE_CALLERS,
        Permission.SEE_SETUP,
        Permission.SEE_HISTORY,
        Permission.SEE_WALLBOARD,
    }
)
_LEADS = _SEES | {
    Permission.DRAW_FLOWS,
    Permission.PUBLISH_FLOWS,
    Permission.TEST_CALLS,
    Permission.CHANGE_SETUP,
    Permission.OPEN_AND_CLOSE,
    Permission.EXPECT_CALLS,
    Permission.SEE_MESSAGES,
    Permission.HANDLE_MESSAGES,
    Permission.TAKE_CALLS,
    Permission.SUPERVISE,
}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(_LEADS | {Permission.MANAGE_ACCOUNTS}),
    Role.LEAD: frozenset(_LEADS),
    Role.AGENT: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.SEE_FLOWS,
            Permission.SEE_CALLS,
            Permission.SEE_CALLERS,
            Permission.SEE_SETUP,
            Permission.EXPECT_CALLS,
            Permission.SEE_MESSAGES,
            Permission.HANDLE_MESSAGES,
            Permission.SEE_WALLBOARD,
            Permission.TAKE_CALLS,
        }
    ),
    Role.AUDITOR: _SEES | {Permission.SEE_MESSAGES},
    Role.WALLBOARD: frozenset({Permission.SIGNED_IN, Permission.SEE_WALLBOARD}),
}


@dataclass(frozen=True)
class Held:
    """A role somebody has, at one location or (None) everywhere."""

    role: Role
    location: str | None


@dataclass(frozen=True)
class Visitor:
    """Whoever is asking: a person who is signed in, or a screen (then `person` is its id). `sign_in`: the id of that sign-in."""

    person: str
    name: str
    language: str
    roles: tuple[Held, ...]
    sign_in: str = ""
    email: str = ""
    screen: bool = False

    def may(self, permission: Permission, location: str | None = None) -> bool:
        """Whether they may do this to what belongs to `location`; what belongs to none takes a role held everywhere."""
        return any(
            permission in ALLOWED[held.role] and (held.location is None or held.location == location)
            for held in self.roles
        )

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether they may do this at any location at all."""
        if permission is Permission.SIGNED_IN:
            return True
        return any(permission in ALLOWED[held.role] for held in self.roles)

    def where(self, permission: Permission) -> frozenset[str] | None:
        """The locations at which they may do this; None: everywhere."""
        allowed = [held.location for held in self.roles if permission in ALLOWED[held.role]]
        return None if None in allowed else frozenset(at for at in allowed if at is not None)

    def permissions(self) -> list[Permission]:
        """What they may do somewhere: for pages, which leave out what would be refused."""
        return sorted({Permission.SIGNED_IN, *(it for held in self.roles for it in ALLOWED[held.role])})


def needs(permission: Permission) -> Callable[[F], F]:
    """Mark a route with the permission it needs; the application refuses routes without a mark."""

    def marked(view: F) -> F:
        view.__permission__ = permission  # type: ignore[attr-defined]
        return view

    return marked


def needed(view: Any) -> Permission | None:
    """The permission a route is marked with."""
    found: Permission | None = getattr(view, "__permission__", None)
    return found


def held(rows: Iterable[Any]) -> tuple[Held, ...]:
    """From rows of HeldRole."""
    return tuple(Held(row.role, row.location_id) for row in rows)

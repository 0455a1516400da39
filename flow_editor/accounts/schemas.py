"""What browsers and the server tell each other about signing in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from controller.store.models import Purpose, Role
from flow_editor.accounts.permissions import Permission, Visitor


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignInWith(_Asked):
    email: str = Field(max_length=200)
    password: str = Field(max_length=1024)


class RoleHeld(BaseModel):
    role: Role
    location: str | None = None


class Me(BaseModel):
    """Whoever is signed in. `language`: empty, their browser's."""

    id: str
    name: str
    email: str
    language: str
    roles: list[RoleHeld]


class SessionOut(BaseModel):
    """`csrf`: what each change must bring as X-CSRF-Token."""

    person: Me
    permissions: list[Permission]
    csrf: str

    @classmethod
    def of(cls, visitor: Visitor, csrf: str) -> SessionOut:
        roles = [RoleHeld(role=held.role, location=held.location) for held in visitor.roles]
        me = Me(id=visitor.person, name=visitor.name, email=visitor.email, language=visitor.language, roles=roles)
        return cls(person=me, permissions=visitor.permissions(), csrf=csrf)


class MyChanges(_Asked):
    """What somebody changes about themselves."""

    language: str | None = Field(default=None, max_length=8)


class Welcome(BaseModel):
    """What a link is for, and what is known of whom."""

    purpose: Purpose
    name: str
    email: str


class Accepted(_Asked):
    name: str = Field(max_length=200)
    email: str = Field(max_length=200)
    password: str = Field(max_length=1024)

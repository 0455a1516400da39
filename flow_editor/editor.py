"""What every feature works with: the database, the bus, the clinic, the config. One per process, made by app.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import current_app, g, request

from controller.config import Config
from controller.store.bus import Bus
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.texts import languages
from controller.voice.speech import Speech
from flow_editor.accounts.permissions import Permission, Visitor
from flow_editor.errors import NotAllowed


@dataclass(frozen=True)
class Editor:
    """A process's parts."""

    config: Config
    database: Database
    bus: Bus
    clinic: SqlClinic
    speech: Speech

    @property
    def idle(self) -> timedelta:
        """After so long without doing anything somebody is signed out."""
        return timedelta(minutes=self.config.session_idle_minutes)


def editor() -> Editor:
    """This process's, within a request or event."""
    return cast(Editor, current_app.extensions["careline"])


def visitor() -> Visitor:
    """Who is asking, within a request or event that needs somebody to be signed in."""
    return cast(Visitor, g.visitor)


def language() -> str:
    """The language of whoever is asking, within a request or event."""
    return cast(str, g.get("language", "en"))


def asked_language() -> str:
    """The language that the browser asks for, of those that pages are in."""
    return request.accept_languages.best_match(languages()) or "en"


def must(permission: Permission, location: str | None) -> None:
    """Raises NotAllowed unless whoever is asking may do this to what belongs to `location` (None: to no single one)."""
    if not visitor().may(permission, location):
        raise NotAllowed

"""The flow editor without a browser: its application on a database of the test's own, and people who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.engine import URL
from werkzeug.test import TestResponse

from controller.config import Config
from controller.store.engine import Database
from controller.store.models import HeldRole, Person, Role
from controller.store.seed import seed
from flow_editor.accounts import service
from flow_editor.app import create_app
from flow_editor.editor import Editor
from flow_editor.live import COOKIE, socketio
from flow_editor.server import assemble

NOON = datetime(2026, 11, 20, 18, tzinfo=UTC)


class Browser:
    """Somebody's browser: sends the cookie and, with changes, the token that proves them to be our page's."""

    def __init__(self, app: APIFlask, person: str | None = None) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.csrf = ""
        self.person = person
        if person is not None:
            parts: Editor = app.extensions["careline"]
            token, self.csrf = service.begin(parts.database, person, hours=12, address="127.0.0.1", browser="a test")
            self.client.set_cookie(COOKIE, token)

    def ask(self, method: str, path: str, json: Any = None, **more: Any) -> TestResponse:
        """A request as the pages make it."""
        headers = {"X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.client.open(path, method=method, headers=headers, **more)

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self._answer(self.ask("GET", path, **more), status)

    def post(self, path: str, json: Any = None, status: int = 200, **more: Any) -> Any:
        return self._answer(self.ask("POST", path, json, **more), status)

    def put(self, path: str, json: Any = None, status: int = 200, **more: Any) -> Any:
        return self._answer(self.ask("PUT", path, json, **more), status)

    def patch(self, path: str, json: Any = None, status: int = 200, **more: Any) -> Any:
        return self._answer(self.ask("PATCH", path, json, **more), status)

    def delete(self, path: str, status: int = 200, **more: Any) -> Any:
        return self._answer(self.ask("DELETE", path, **more), status)

    @staticmethod
    def _answer(response: TestResponse, status: int) -> Any:
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        return response.get_json() if response.is_json else response.get_data()

    def live(self) -> Any:
        """A Socket.IO connection (flask_socketio's test client)."""
        return socketio.test_client(self.app, flask_test_client=self.client)

    def say(self, live: Any, event: str, data: Any = None) -> Any:
        """Say something by it; what comes back."""
        answer = live.emit(event, data, callback=True)
        assert "ok" in answer, answer
        return answer["ok"]


@pytest.fixture
def app(database_url: URL, tmp_path: Path) -> Iterator[APIFlask]:
    """The application on an empty database of the test's own; each test runs on SQLite and on PostgreSQL."""
    config = Config.load(database_url=database_url.render_as_string(hide_password=False), data_dir=tmp_path / "data")
    parts = assemble(config)
    parts.bus.start()
    parts.clinic.start(parts.bus)
    made = create_app(parts)
    made.config["TESTING"] = False  # errors are answered as they are to people
    made.extensions["careline.live"].start()
    yield made
    made.extensions["careline.live"].stop()
    parts.clinic.stop()
    parts.bus.stop()
    parts.speech.close()
    parts.database.close()


@pytest.fixture
def parts(app: APIFlask) -> Editor:
    """The application's parts."""
    found: Editor = app.extensions["careline"]
    return found


@pytest.fixture
def clinic(parts: Editor) -> Database:
    """The same database with the demo clinic in it."""
    seed(parts.database, NOON)
    parts.clinic.refresh()
    return parts.database


@pytest.fixture
def person(parts: Editor) -> Callable[..., str]:
    """Makes a person with a role; returns their id."""

    def made(role: Role = Role.LEAD, location: str | None = None, name: str = "Pat Moore") -> str:
        row = Person(name=name, email=f"{name.split()[0].lower()}-{role}-{location}@clinic.example")
        row.roles.append(HeldRole(role=role, location_id=location))
        with parts.database.write("test") as session:
            session.add(row)
        return row.id

    return made


@pytest.fixture
def browser(app: APIFlask, person: Callable[..., str]) -> Callable[..., Browser]:
    """`browser()`: a lead's; `browser(Role.AGENT, location)`; `browser(None)`: nobody's."""

    def made(role: Role | None = Role.LEAD, location: str | None = None, name: str = "Pat Moore") -> Browser:
        return Browser(app, None if role is None else person(role, location, name))

    return made


@pytest.fixture
def lead(browser: Callable[..., Browser]) -> Browser:
    """A front-office lead of the whole organisation."""
    return browser()

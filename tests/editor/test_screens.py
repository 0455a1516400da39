"""Screens on a wall: let in once by a code, signed in for long, ended from elsewhere; and what they may not do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from controller.store.models import Change, Role, Screen
from flow_editor.accounts.routes import limiter
from flow_editor.editor import Editor
from flow_editor.live import COOKIE
from tests.editor.conftest import Browser


@pytest.fixture(autouse=True)
def patient(app: APIFlask) -> None:
    limiter.reset()


@pytest.fixture
def owner(browser: Callable[..., Browser]) -> Browser:
    return browser(Role.OWNER)


def test_a_screen_comes_in_once_and_stays(app: APIFlask, parts: Editor, owner: Browser) -> None:
    made = owner.post("/api/screens", {"name": " Front  desk ", "language": "es"})
    screen = Browser(app)
    session = screen.post("/api/screens/open", {"code": made["code"].lower().replace("-", " ")})
    assert session["person"]["name"] == "Front desk"
    assert session["person"]["language"] == "es"
    assert session["permissions"] == ["see_wallboard", "signed_in"]
    cookie = screen.client.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert cookie.max_age == 365 * 86_400
    Browser(app).post("/api/screens/open", {"code": made["code"]}, status=410)
    (shown,) = owner.get("/api/screens")["screens"]
    assert (shown["name"], shown["location"], shown["address"]) == ("Front desk", None, "127.0.0.1")

    def age(**values: datetime) -> None:
        with parts.database.connect() as connection:
            connection.execute(update(Screen).values(**values))

    now = datetime.now(UTC)
    age(seen_at=now - timedelta(days=29))
    assert screen.get("/api/session")["person"]["id"] == made["screen"]
    with parts.database.read() as reading:
        seen = reading.scalars(select(Screen.seen_at)).one()
    assert seen
    assert seen >= now - timedelta(seconds=1), "was seen just now"
    age(seen_at=now - timedelta(days=31))
    screen.get("/api/session", status=401)
    age(seen_at=now, opened_at=now - timedelta(days=366))
    screen.get("/api/session", status=401)


def test_a_screen_only_looks(app: APIFlask, owner: Browser) -> None:
    made = owner.post("/api/screens", {"name": "Corridor"})
    screen = Browser(app)
    screen.csrf = screen.post("/api/screens/open", {"code": made["code"]})["csrf"]
    live = screen.live()
    assert screen.say(live, "wallboard.follow", {})["now"]["queues"] == []
    for method, path in (
        ("GET", "/api/calls"),
        ("GET", "/api/people"),
        ("GET", "/api/screens"),
        ("DELETE", "/api/session"),
    ):
        assert screen.ask(method, path).status_code == 403, path
    assert screen.ask("PATCH", "/api/session", {"language": "en"}).status_code == 403


def test_a_screen_is_ended_from_elsewhere(app: APIFlask, owner: Browser) -> None:
    made = owner.post("/api/screens", {"name": "Corridor"})
    screen = Browser(app)
    screen.post("/api/screens/open", {"code": made["code"]})
    live = screen.live()
    again = owner.post(f"/api/screens/{made['screen']}/code")
    screen.get("/api/session")
    other = Browser(app)
    other.post("/api/screens/open", {"code": again["code"]})
    screen.get("/api/session", status=401)
    app.extensions["careline.live"]._look()
    assert not live.is_connected()
    owner.delete(f"/api/screens/{made['screen']}", status=204)
    other.get("/api/session", status=401)
    assert owner.get("/api/screens")["screens"] == []


def test_codes_expire_are_guessed_slowly_and_kept_nowhere(app: APIFlask, parts: Editor, owner: Browser) -> None:
    made = owner.post("/api/screens", {"name": "Corridor"})
    assert made["link"].endswith(f"/screen/{made['code']}")
    with parts.database.connect() as connection:
        connection.execute(update(Screen).values(code_until=datetime.now(UTC)))
    Browser(app).post("/api/screens/open", {"code": made["code"]}, status=410)
    for _ in range(9):
        Browser(app).post("/api/screens/open", {"code": "AAAAA-AAAAA"}, status=410)
    Browser(app).post("/api/screens/open", {"code": "AAAAA-AAAAA"}, status=429)
    with parts.database.read() as session:
        kept = str([change.after for change in session.scalars(select(Change).where(Change.entity == "screens"))])
    assert "Corridor" in kept
    assert "code" not in kept
    assert "token" not in kept


def test_only_who_manages_accounts_lets_screens_in(
    browser: Callable[..., Browser], parts: Editor, clinic: object, owner: Browser
) -> None:
    browser(Role.LEAD).post("/api/screens", {"name": "Mine"}, status=403)
    owner.post("/api/screens", {"name": " "}, status=422)
    owner.post("/api/screens", {"name": "One"})
    refused = owner.post("/api/screens", {"name": "One"}, status=422)
    assert list(refused["fields"]) == ["name"]
    owner.post("/api/screens", {"name": "Two", "location": "nowhere"}, status=404)

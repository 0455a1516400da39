"""Signing in, roles, sessions that end, links, and that nothing is open which does not say so."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from controller.store.models import HeldRole, Link, Location, Person, Purpose, Role, SignIn
from flow_editor.accounts import service
from flow_editor.accounts.permissions import ALLOWED, Held, Permission, Visitor, needed
from flow_editor.accounts.routes import limiter
from flow_editor.editor import Editor
from flow_editor.live import COOKIE, EVENTS
from tests.editor.conftest import Browser

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def patient(app: APIFlask) -> None:
    """A new test, a new guesser."""
    limiter.reset()


@pytest.fixture
def anna(parts: Editor) -> str:
    """A lead with a password."""
    made = service.add_person(parts.database, "Anna Lee", "Anna@Clinic.example", Role.LEAD, None, "test")
    token = service.make_link(parts.database, Purpose.PASSWORD, made)
    return service.accept_link(parts.database, token, name="Anna Lee", email="anna@clinic.example", password=PASSWORD)


def test_every_route_and_every_event_states_what_it_needs(app: APIFlask) -> None:
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 5
    for rule in rules:
        assert isinstance(needed(app.view_functions[rule.endpoint]), Permission), f"{rule} states no permission"
    assert EVENTS
    for event in EVENTS.values():
        assert isinstance(event.needs, Permission)
        assert event.needs is not Permission.ANYONE


def test_what_is_open_to_anyone_is_little(app: APIFlask) -> None:
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if needed(app.view_functions[rule.endpoint]) is Permission.ANYONE
    }
    assert found == {
        "accounts.sign_in",
        "accounts.by_link",
        "accounts.welcome",
        "accounts.accept",
        "screens.open_screen",
        "pages.page",
        "pages.healthz",
    }


def test_nobody_gets_in_without_signing_in(app: APIFlask) -> None:
    nobody = Browser(app)
    for rule in app.url_map.iter_rules():
        if needed(app.view_functions[rule.endpoint]) is Permission.ANYONE:
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x").replace(f"<path:{name}>", "x").replace(f"<int:{name}>", "1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert nobody.ask(method, path).status_code == 401, (method, path)


def test_sign_in_and_out(app: APIFlask, anna: str) -> None:
    browser = Browser(app)
    wrong = browser.post("/api/session", {"email": "anna@clinic.example", "password": "wrong"}, status=401)
    assert "do not belong together" in wrong["message"]
    unknown = browser.post("/api/session", {"email": "nobody@clinic.example", "password": "wrong"}, status=401)
    assert unknown == wrong, "nothing tells who has an account"
    session = browser.post("/api/session", {"email": " ANNA@clinic.example", "password": PASSWORD})
    assert session["person"]["name"] == "Anna Lee"
    assert session["person"]["roles"] == [{"role": "lead", "location": None}]
    assert "publish_flows" in session["permissions"]
    assert "manage_accounts" not in session["permissions"]
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    browser.csrf = session["csrf"]
    assert browser.get("/api/session")["person"]["id"] == anna
    browser.delete("/api/session", status=204)
    browser.client.set_cookie(COOKIE, cookie.value)
    browser.get("/api/session", status=401)


def test_a_change_needs_our_own_page(app: APIFlask, lead: Browser) -> None:
    lead.patch("/api/session", {"language": "es"})
    lead.csrf = "guessed"
    refused = lead.patch("/api/session", {"language": "en"}, status=403)
    assert refused["message"] == "Esta página es demasiado antigua. Vuelva a cargarla."
    elsewhere = {"Origin": "https://evil.example"}
    Browser(app).post("/api/session", {"email": "a@b.c", "password": "x"}, status=403, headers=elsewhere)


def test_guessing_is_slowed_down(app: APIFlask, anna: str) -> None:
    browser = Browser(app)
    for _ in range(10):
        browser.post("/api/session", {"email": "anna@clinic.example", "password": "wrong"}, status=401)
    told = browser.post("/api/session", {"email": "anna@clinic.example", "password": PASSWORD}, status=429)
    assert "wait a few minutes" in told["message"]
    browser.post("/api/session", {"email": "somebody.else@clinic.example", "password": "wrong"}, status=401)


def test_a_sign_in_ends_by_itself_and_from_elsewhere(app: APIFlask, parts: Editor, lead: Browser) -> None:
    lead.get("/api/session")

    def age(**values: datetime) -> None:
        with parts.database.connect() as connection:
            connection.execute(update(SignIn).values(ended_at=None, **values))

    now = datetime.now(UTC)
    age(seen_at=now - timedelta(minutes=31))
    lead.get("/api/session", status=401)
    age(seen_at=now - timedelta(minutes=29))
    lead.get("/api/session")
    with parts.database.read() as session:
        assert session.scalars(select(SignIn.seen_at)).one() >= now - timedelta(seconds=1), "was seen just now"
    age(ends_at=now)
    lead.get("/api/session", status=401)
    age(ends_at=now + timedelta(hours=1))
    lead.get("/api/session")
    assert lead.person
    with parts.database.write() as session:
        service.end_all(session, lead.person)
    lead.get("/api/session", status=401)


def test_the_first_owner_makes_themselves(app: APIFlask, parts: Editor) -> None:
    token = service.make_link(parts.database, Purpose.OWNER)
    browser = Browser(app)
    assert browser.get(f"/api/welcome/{token}") == {"purpose": "owner", "name": "", "email": ""}
    given = {"name": "Olga Owner", "email": "olga@clinic.example", "password": "short"}
    refused = browser.post(f"/api/welcome/{token}", given, status=422)
    assert list(refused["fields"]) == ["password"]
    session = browser.post(f"/api/welcome/{token}", {**given, "password": PASSWORD})
    assert "manage_accounts" in session["permissions"]
    browser.get("/api/session")
    browser.get(f"/api/welcome/{token}", status=410)
    again = service.make_link(parts.database, Purpose.OWNER)
    given = {"name": "Eve", "email": "eve@clinic.example", "password": PASSWORD}
    browser.post(f"/api/welcome/{again}", given, status=410)


def test_links_expire_and_are_not_kept(app: APIFlask, parts: Editor, anna: str) -> None:
    token = service.make_link(parts.database, Purpose.PASSWORD, anna)
    with parts.database.connect() as connection:
        assert token not in [row.id for row in connection.execute(select(Link.id))]
        connection.execute(update(Link).values(expires_at=datetime.now(UTC)))
    Browser(app).get(f"/api/welcome/{token}", status=410)


def test_a_demo_link_signs_in(app: APIFlask, parts: Editor, anna: str) -> None:
    token = service.make_link(parts.database, Purpose.DEMO, anna)
    for _ in range(2):
        browser = Browser(app)
        response = browser.ask("GET", f"/api/sign-in/{token}")
        assert (response.status_code, response.location) == (302, "/")
        assert browser.get("/api/session")["person"]["name"] == "Anna Lee"


def test_roles_at_one_location() -> None:
    lead = Visitor("p", "P", "en", (Held(Role.LEAD, "here"), Held(Role.AUDITOR, None)))
    assert lead.may(Permission.CHANGE_SETUP, "here")
    assert not lead.may(Permission.CHANGE_SETUP, "there")
    assert not lead.may(Permission.CHANGE_SETUP), "what belongs to no location belongs to all"
    assert lead.may(Permission.SEE_SETUP, "there")
    assert lead.where(Permission.CHANGE_SETUP) == {"here"}
    assert lead.where(Permission.SEE_SETUP) is None
    assert ALLOWED.keys() == set(Role)
    assert Permission.MANAGE_ACCOUNTS not in ALLOWED[Role.LEAD]


def test_live_needs_a_sign_in_and_the_permission(app: APIFlask, parts: Editor, browser: Callable[..., Browser]) -> None:
    assert not Browser(app).live().is_connected()
    lead = browser()
    live = lead.live()
    assert live.is_connected()
    assert lead.say(live, "watch", {"topics": ["locations"]}) is None
    wrong = live.emit("watch", {"topics": 5}, callback=True)
    assert wrong["error"]["status"] == 422
    live.get_received()
    with parts.database.write("test") as session:
        made = Location(name="New", zone="UTC")
        session.add(made)
    from tests.waiting import wait_until

    got = wait_until(lambda: [told for told in live.get_received() if told["name"] == "changed"], 10)
    assert got[0]["args"][0] == {"topic": "locations", "key": made.id}


def test_headers_that_protect(app: APIFlask, lead: Browser) -> None:
    response = lead.ask("GET", "/api/session")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"


def test_what_is_large_is_compressed_and_what_is_secret_is_not(lead: Browser) -> None:
    asked = {"Accept-Encoding": "gzip"}
    large = lead.ask("GET", "/api/openapi.json", headers=asked)
    assert large.content_encoding == "gzip"
    assert json.loads(gzip.decompress(large.get_data()))["openapi"].startswith("3.")
    assert lead.ask("GET", "/api/openapi.json").content_encoding is None
    assert lead.ask("GET", "/api/session", headers=asked).content_encoding is None


def test_names_are_kept_as_history(parts: Editor, anna: str) -> None:
    with parts.database.read() as session:
        assert session.scalars(select(HeldRole.role)).one() is Role.LEAD
        person = session.get_one(Person, anna)
        assert person.password_hash
        from controller.store.models import Change

        for change in session.scalars(select(Change)):
            assert person.password_hash not in str(change.after)


def test_who_is_signed_out_is_heard_no_more(
    app: APIFlask, parts: Editor, lead: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flow_editor.live.FRESH", 0.0)
    live = lead.live()
    lead.say(live, "watch", {"topics": ["locations"]})
    assert lead.person
    with parts.database.write() as session:
        service.end_all(session, lead.person)
    refused = live.emit("watch", {"topics": ["locations"]}, callback=True)
    assert refused["error"]["status"] == 401
    app.extensions["careline.live"]._look()
    assert not live.is_connected()

"""Calls in the browser: the list and its filters, one call in words, callers on the canvas; and who may see who calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest
from sqlalchemy import select

from controller.calls.journal import CallBegan, CallEnded, CallMoved, StepTaken
from controller.store.engine import Database
from controller.store.journal import SqlJournal
from controller.store.models import Flow, Location, Role
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.waiting import wait_until


class Clinic:
    """The demo clinic's main line, and calls that are walked on it."""

    def __init__(self, database: Database) -> None:
        self.now = datetime.now(UTC)
        self.journal = SqlJournal(database, window=0.001)
        self.journal.start()
        with database.read() as session:
            flow = session.scalars(select(Flow).where(Flow.name == "Lakeside main line")).one()
            places = session.scalars(select(Location).order_by(Location.name)).all()
        self.flow, self.version = flow.id, str(flow.live_version_id)
        self.hillside, self.lakeside = (place.id for place in places)

    def begin(self, call: str, *, at: datetime | None = None, location: str | None = None, test: bool = False) -> None:
        number = f"+1312555{len(call):04d}"
        self.journal.began(
            CallBegan(
                call, at or self.now, number, "Ana Diaz", "+16085550100", None, location or self.lakeside, self.flow,
                self.version, "switch", "controller", test,
            )
        )  # fmt: skip
        self.journal.flush()

    def move(self, call: str, node: str, step: int) -> None:
        self.journal.moved(CallMoved(call, self.now, self.version, node, step, "", "sealed", "controller"))
        self.journal.flush()

    def step(self, call: str, node: str, step: int, exit: str, kind: str = "menu", notes: Any = ()) -> None:
        left = self.now + timedelta(seconds=4)
        self.journal.step(StepTaken(call, step, self.version, node, kind, self.now, left, exit, list(notes)))
        self.journal.flush()

    def end(self, call: str, how: Any = "caller hung up") -> None:
        self.journal.ended(CallEnded(call, self.now + timedelta(seconds=20), how))
        self.journal.flush()


@pytest.fixture
def calls(clinic: Database) -> Iterator[Clinic]:
    calls = Clinic(clinic)
    yield calls
    calls.journal.close()


def ids(found: dict[str, Any]) -> list[str]:
    return [call["id"] for call in found["calls"]]


def test_the_list_and_its_filters(lead: Browser, calls: Clinic) -> None:
    for place, name in enumerate(("one", "three", "thirteen")):
        calls.begin(name, at=calls.now - timedelta(minutes=place))
    calls.begin("trial", test=True)
    calls.move("three", "menu", 1)
    calls.step("one", "menu", 0, "2")
    calls.end("one")
    assert ids(lead.get("/api/calls")) == ["one", "three", "thirteen"]
    assert ids(lead.get("/api/calls?tests=true")) == ["trial", "one", "three", "thirteen"]
    assert ids(lead.get("/api/calls?state=live")) == ["three", "thirteen"]
    assert ids(lead.get("/api/calls?ending=caller hung up")) == ["one"]
    assert ids(lead.get(f"/api/calls?state=live&flow={calls.flow}&node=menu")) == ["three"]
    assert ids(lead.get(f"/api/calls?flow={calls.flow}&node=menu&exit=2")) == ["one"]
    assert ids(lead.get(f"/api/calls?flow={calls.flow}&node=menu&exit=3")) == []
    assert ids(lead.get("/api/calls?text=555 0005")) == ["three"]
    assert ids(lead.get("/api/calls?text=ana&limit=2")) == ["one", "three"]
    page = lead.get("/api/calls?limit=2")
    assert (ids(page), page["more"]) == (["one", "three"], "three")
    assert ids(lead.get("/api/calls?limit=2&before=three")) == ["thirteen"]
    shown = page["calls"][1]
    assert shown["caller"] == "+13125550005"
    assert (shown["flow_name"], shown["version"]) == ("Lakeside main line", 1)
    assert shown["here"]["node"] == "menu"
    assert lead.get("/api/calls?state=other", status=422)


def test_callers_are_shown_only_where_one_may_see_them(
    lead: Browser, browser: Callable[..., Browser], calls: Clinic
) -> None:
    calls.begin("here", location=calls.lakeside)
    calls.begin("there", location=calls.hillside)
    agent = browser(Role.AGENT, calls.lakeside)
    assert ids(agent.get("/api/calls")) == ["here"]
    assert agent.get("/api/calls/there", status=404)
    assert agent.get("/api/calls/here")["call"]["caller"]
    assert browser(Role.WALLBOARD).ask("GET", "/api/calls").status_code == 403


def test_who_may_not_see_callers_sees_calls_without_them(
    browser: Callable[..., Browser], calls: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flow_editor.accounts import permissions

    less = permissions.ALLOWED[Role.AGENT] - {permissions.Permission.SEE_CALLERS}
    monkeypatch.setitem(permissions.ALLOWED, Role.AGENT, less)
    calls.begin("hidden")
    agent = browser(Role.AGENT)
    (shown,) = agent.get("/api/calls")["calls"]
    assert (shown["caller"], shown["caller_name"], shown["hidden"]) == ("", "", True)
    assert ids(agent.get("/api/calls?text=ana")) == []
    assert ids(agent.get("/api/calls?text=3125550006")) == []
    assert "Ana" not in str(agent.get("/api/calls/hidden"))


def test_a_call_is_told_in_words_and_the_version_it_walked_is_there(lead: Browser, calls: Clinic) -> None:
    calls.begin("told")
    notes = [
        {"what": "phase", "phase": "asked"},
        {"what": "pressed", "keys": "2", "label": "Billing"},
        {"what": "something newer"},
        {"what": "conversation"},
    ]
    calls.step("told", "menu", 0, "2", notes=notes)
    calls.end("told")
    told = lead.get("/api/calls/told")
    (step,) = told["steps"]
    assert step["notes"] == ["Pressed 2: Billing."]
    assert (step["kind_title"], step["seconds"], step["flow"]) == ("Menu", 4.0, calls.flow)
    assert told["call"]["ended"] == "the caller hung up"
    walked = lead.get(f"/api/calls/walked/{step['version']}")
    assert walked["number"] == 1
    assert walked["document"]["nodes"][walked["document"]["start"]]["kind"]
    assert lead.get("/api/calls/walked/none", status=404)
    assert lead.get("/api/calls/none", status=404)
    spanish = lead.ask("GET", "/api/calls/told", headers={"Accept-Language": "es"}).get_json()
    assert spanish["steps"][0]["notes"] == ["Pulsó 2: Billing."]


class Watching:
    """A browser that looks at a flow's canvas."""

    def __init__(self, browser: Browser, flow: str) -> None:
        self.browser, self.live = browser, browser.live()
        followed = browser.say(self.live, "calls.follow", {"flow": flow})
        self.here: dict[str, int] = followed["here"]["here"]
        self.today: dict[str, Any] = followed["today"]["nodes"]

    def until(self, what: Callable[[], object]) -> object:
        def look() -> object:
            for told in self.live.get_received():
                if told["name"] == "calls.here":
                    self.here = told["args"][0]["here"]
                elif told["name"] == "calls.today":
                    self.today = told["args"][0]["nodes"]
            gevent.sleep(0)
            return what()

        return wait_until(look, 10)


def test_callers_move_on_the_canvas_and_today_is_counted(
    lead: Browser, browser: Callable[..., Browser], calls: Clinic
) -> None:
    calls.begin("before")
    calls.step("before", "menu", 0, "2")
    calls.end("before")
    calls.begin("longago", at=calls.now - timedelta(days=2))
    calls.step("longago", "menu", 0, "2")
    calls.end("longago")
    calls.begin("now")
    calls.move("now", "menu", 0)
    watching = Watching(lead, calls.flow)
    assert watching.here == {"menu": 1}
    assert watching.today["menu"] == {"came": 1, "exits": {"2": 1}, "hung_up": 0}
    calls.move("now", "ring", 1)
    watching.until(lambda: watching.here == {"ring": 1})
    calls.step("now", "menu", 0, "2")
    calls.step("now", "ring", 1, "")
    calls.end("now")
    calls.begin("short")
    calls.step("short", "menu", 0, "")
    calls.end("short")
    calls.begin("trial", test=True)
    calls.move("trial", "menu", 0)
    watching.until(lambda: watching.here == {})
    watching.until(lambda: watching.today.get("ring") == {"came": 1, "exits": {}, "hung_up": 1})
    watching.until(lambda: watching.today["menu"] == {"came": 3, "exits": {"2": 2}, "hung_up": 1})
    again = Watching(lead, calls.flow)
    assert again.today == watching.today
    for one in (watching, again):
        one.live.disconnect()
    assert browser(Role.AGENT, calls.lakeside).live().emit("calls.follow", {"flow": calls.flow}, callback=True)["error"]
    assert Watching(browser(Role.AGENT), calls.flow).today == watching.today


def test_only_who_looks_costs_anything(parts: Editor, lead: Browser, calls: Clinic) -> None:
    watching = Watching(lead, calls.flow)
    watching.browser.say(watching.live, "calls.follow", {"flow": calls.flow, "on": False})
    calls.begin("unseen")
    calls.move("unseen", "menu", 0)
    gevent.sleep(0.3)
    assert not [told for told in watching.live.get_received() if told["name"].startswith("calls.")]

"""A test call as a browser makes it: heard, answered, shown as it goes, kept as a rehearsal; and only by whoever may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.engine import URL

from controller.config import Config
from controller.flows.document import Document
from controller.flows.rehearsals import Rehearsal
from controller.store.engine import Database
from controller.store.models import Flow, Mailbox, Number, Phone, Role
from controller.store.seed import seed
from flow_editor.app import create_app
from flow_editor.drafts import store as drafts
from flow_editor.server import assemble
from tests.editor.conftest import NOON, Browser
from tests.testcalls.stand import Stand
from tests.waiting import wait_until

SUNDAY_AT_NIGHT = "2026-11-29T03:00:00-06:00"


@pytest.fixture
def stand(database_url: URL, database: Database, tmp_path: Path) -> Iterator[Stand]:
    seed(database, NOON)
    with Stand(database_url.render_as_string(hide_password=False), tmp_path / "data") as stand:
        yield stand


@pytest.fixture
def app(stand: Stand) -> Iterator[APIFlask]:
    """The application, beside the practice switch and the controller for test calls."""
    given = {name.removeprefix("CARELINE_").lower(): value for name, value in stand.settings.items()}
    parts = assemble(Config.load(**given))
    parts.bus.start()
    parts.clinic.start(parts.bus)
    made = create_app(parts)
    made.extensions["careline.live"].start()
    yield made
    made.extensions["careline.live"].stop()
    parts.clinic.stop()
    parts.bus.stop()
    parts.speech.close()
    parts.database.close()


class Trying:
    """Somebody who tries flows in their browser: what they are shown is in `state`."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.live = browser.live()
        self.state: dict[str, Any] = {}

    def say(self, what: str, **given: Any) -> Any:
        return self.browser.say(self.live, f"test_calls.{what}", given or None)

    def refused(self, what: str, **given: Any) -> Any:
        answer = self.live.emit(f"test_calls.{what}", given or None, callback=True)
        return answer["error"]

    def until(self, what: Callable[[dict[str, Any]], object], seconds: float = 30) -> Any:
        """Once the state says so."""

        def look() -> object:
            for told in self.live.get_received():
                if told["name"] == "test_calls.state":
                    self.state = told["args"][0]
            gevent.sleep(0)
            return self.state and what(self.state)

        try:
            return wait_until(look, seconds)
        except AssertionError:
            raise AssertionError(f"not shown: {self.state}") from None

    def path(self) -> list[str]:
        return [step["node"] for step in self.state["path"]]


@pytest.fixture
def trying(lead: Browser, clinic: Database) -> Iterator[Trying]:
    trying = Trying(lead)
    yield trying
    trying.live.disconnect()


@pytest.fixture
def main_line(clinic: Database) -> str:
    with clinic.read() as session:
        return session.scalars(select(Flow.id).where(Flow.name == "Lakeside main line")).one()


def draw(database: Database, flow: str, nodes: dict[str, Any], edges: dict[str, dict[str, str]], start: str) -> None:
    """Make the flow's draft this."""
    document = Document.model_validate(
        {
            "name": "Draft",
            "start": start,
            "nodes": {**nodes, "over": {"kind": "hang_up", "title": "Hang up", "settings": {}}},
            "edges": edges,
            "catch_all": "over",
        }
    )
    with database.write("test") as session:
        drafts.replace(session, flow, document, datetime.now(UTC), None)


def node(kind: str, title: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "title": title, "settings": settings}


def say(text: str) -> dict[str, Any]:
    return node("say", text, speech={"text": {"en": text}})


def test_a_draft_is_called_heard_and_kept_as_a_rehearsal(trying: Trying, clinic: Database, main_line: str) -> None:
    with clinic.read() as session:
        phone = session.scalars(
            select(Phone).where(Phone.person_id.isnot(None), Phone.sip_user.isnot(None)).order_by(Phone.id)
        ).first()
    assert phone is not None
    draw(
        clinic,
        main_line,
        {
            "menu": node(
                "menu", "Main menu", prompt={"text": {"en": "Press 1."}}, choices=[{"key": "1", "label": "We"}]
            ),
            "set": node("set", "Remember", values=[{"name": "wish", "value": "staff"}]),
            "ring": node("ring", "Ring", steps=[{"people": [{"id": phone.person_id}], "phones": "first"}]),
            "later": say("Nobody is there."),
        },
        {"menu": {"1": "set"}, "set": {"next": "ring"}, "ring": {"no_answer": "later"}},
        "menu",
    )
    begun = trying.say("begin", flow=main_line, caller="+1 312 555 0188", at=SUNDAY_AT_NIGHT)
    trying.until(lambda state: state["here"] and state["here"]["node"] == "menu" and state["sounds"])
    sound = trying.state["sounds"][0]
    assert (sound["kind"], sound["text"]) == ("said", "Press 1.")
    heard = trying.browser.get(f"/api/test-calls/{begun['id']}/sounds/{sound['number']}")
    assert heard[:4] == b"RIFF"
    trying.say("press", keys="1")
    rung = trying.until(lambda state: [phone for phone in state["phones"] if phone["state"] == "ringing"])[0]
    assert rung["name"] not in ("", rung["number"])
    trying.until(lambda state: state["variables"].get("wish") == "staff")
    trying.say("answer", leg=rung["leg"])
    trying.until(lambda state: state["talking_with"] == rung["leg"])
    trying.say("leave", leg=rung["leg"])
    trying.until(lambda state: state["stage"] == "ended" and state["ending"] == "flow ended")
    assert trying.path() == ["menu", "set", "ring"]
    lines = [(line["who"], line["what"], line["text"]) for line in trying.state["lines"]]
    assert lines == [
        ("clinic", "said", "Press 1."),
        ("caller", "pressed", "1"),
        ("staff", "rings", rung["name"]),
        ("staff", "answered", rung["name"]),
        ("staff", "talking", rung["name"]),
        ("staff", "parted", rung["name"]),
    ]

    made = trying.browser.get(f"/api/test-calls/{begun['id']}/rehearsal")
    assert (made["passes"], made["why"]) == (True, [])
    rehearsal = Rehearsal.model_validate(made["rehearsal"])
    assert rehearsal.keys == {"Main menu": ["1"]}
    assert rehearsal.reaches == rung["name"]
    assert rehearsal.path == ["Main menu", "Remember", "Ring"]
    assert rehearsal.time().isoformat() == SUNDAY_AT_NIGHT
    assert rehearsal.caller == "+13125550188"


def test_a_message_and_who_did_not_answer_are_kept_too(trying: Trying, clinic: Database, main_line: str) -> None:
    with clinic.read() as session:
        mailbox = session.scalars(select(Mailbox).order_by(Mailbox.id)).first()
        person = session.scalars(select(Phone.person_id).where(Phone.sip_user.isnot(None)).order_by(Phone.id)).first()
    assert mailbox is not None
    draw(
        clinic,
        main_line,
        {
            "ring": node("ring", "Ring", steps=[{"people": [{"id": person}], "phones": "first"}]),
            "box": node("voicemail", "Box", mailbox={"id": mailbox.id}),
            "bye": say("Goodbye."),
        },
        {"ring": {"no_answer": "box"}, "box": {"left": "bye"}},
        "ring",
    )
    begun = trying.say("begin", flow=main_line)
    rung = trying.until(lambda state: [phone for phone in state["phones"] if phone["state"] == "ringing"])[0]
    trying.say("decline", leg=rung["leg"])
    trying.until(lambda state: state["recording"])
    trying.say("speak", seconds=4)
    trying.until(lambda state: state["stage"] == "ended" and state["ending"] == "flow ended", 60)
    assert ("caller", "spoke") in [(line["who"], line["what"]) for line in trying.state["lines"]]
    made = trying.browser.get(f"/api/test-calls/{begun['id']}/rehearsal")
    assert (made["passes"], made["why"]) == (True, [])
    rehearsal = Rehearsal.model_validate(made["rehearsal"])
    assert [one.does for one in rehearsal.people[rung["name"]]] == ["declines"]
    assert rehearsal.reaches == mailbox.name
    assert rehearsal.path == ["Ring", "Box", "Goodbye.", "Hang up"]


def test_the_number_calls_what_is_live(trying: Trying, clinic: Database) -> None:
    with clinic.read() as session:
        number = session.scalars(select(Number.number).order_by(Number.number)).first()
    trying.say("begin", dialled=number, at="2026-11-24T10:00:00-06:00")
    trying.until(lambda state: any(line["what"] == "said" for line in state["lines"]))
    trying.say("hang_up")
    trying.until(lambda state: state["ending"] == "caller hung up")
    assert trying.path()
    assert trying.refused("press", keys="1")["status"] == 409


def test_what_is_secret_is_never_shown(trying: Trying, clinic: Database, main_line: str) -> None:
    draw(
        clinic,
        main_line,
        {
            "pin": node(
                "collect", "PIN", prompt={"text": {"en": "Type it."}}, variable="pin", sensitive=True, least=4, most=4
            ),
            "thanks": say("Thank you."),
        },
        {"pin": {"entered": "thanks"}},
        "pin",
    )
    begun = trying.say("begin", flow=main_line)
    trying.until(lambda state: state["sounds"])
    trying.say("press", keys="4711")
    trying.until(lambda state: state["stage"] == "ended" and state["ending"])
    assert "4711" not in str(trying.state)
    assert ("caller", "pressed", "••••") in [
        (line["who"], line["what"], line["text"]) for line in trying.state["lines"]
    ]
    assert "4711" not in str(trying.browser.get(f"/api/test-calls/{begun['id']}/rehearsal"))


def test_only_ones_own_calls_can_be_heard_and_only_what_was_played(
    trying: Trying, clinic: Database, main_line: str, browser: Callable[..., Browser]
) -> None:
    draw(clinic, main_line, {"hello": say("Hello.")}, {}, "hello")
    begun = trying.say("begin", flow=main_line)
    trying.until(lambda state: state["lines"])
    path = f"/api/test-calls/{begun['id']}/sounds"
    assert trying.browser.get(f"{path}/1")
    assert trying.browser.get(f"{path}/2", status=404)
    assert browser(Role.OWNER, None, "Olga Else").get(f"{path}/1", status=404)
    assert browser(Role.AGENT, None, "Anna Else").get(f"{path}/1", status=403)
    agent = browser(Role.AGENT, None, "Ben Else").live()
    assert agent.emit("test_calls.begin", {"flow": main_line}, callback=True)["error"]["status"] == 403


def test_nothing_to_call_is_said(trying: Trying, clinic: Database, main_line: str) -> None:
    assert trying.refused("begin", flow="gone")["status"] == 404
    assert trying.refused("begin", flow=main_line, caller="me")["fields"].keys() == {"caller"}
    with clinic.write("test") as session:
        drafts.replace(session, main_line, Document(), datetime.now(UTC), None)
    assert "draw a first step" in trying.refused("begin", flow=main_line)["message"]

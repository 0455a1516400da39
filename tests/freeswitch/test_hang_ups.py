"""Callers who hang up, in every kind of node and at moments of chance, on a real switch: nothing is left behind anywhere."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from controller.flows.document import Document
from controller.flows.registry import kinds
from controller.store import models
from flow_editor.calls import service as calls
from flow_editor.calls.service import CallRow
from flow_editor.flows import service as flows
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.softphone import PhoneCall, Softphone
from tests.freeswitch.sound import tone
from tests.freeswitch.switch import Switch, wait_until
from tests.freeswitch.test_calls import messages_in, ring, said, voiced

LONG = (
    "This is a rather long sentence, so that there is time enough to hang up before it has been said to its very end."
)
INSTANTANEOUS = {"set", "compare", "share", "hours", "caller", "recording", "return"}
"""Kinds that hold no caller: the calls at moments of chance go through them."""


@dataclass(frozen=True)
class Held:
    """A node that holds its caller. `here`: whether the caller is where they are to hang up; `before`: what happens first."""

    kind: str
    settings: dict[str, Any]
    here: Callable[[CallRow], bool] = lambda row: True
    before: Callable[[PhoneCall], None] = lambda call: None


class Service(BaseHTTPRequestHandler):
    """A web service that takes its time."""

    seconds = 1.0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.free.wait(self.seconds)  # type: ignore[attr-defined]
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.free = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.free.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path, service: str) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        installation.environment["CARELINE_WEBHOOK_HOSTS"] = service
        with installation.database.write("test") as session:
            hours = models.Hours(name="Never")
            session.add(hours)
            session.flush()
            installation.ids["Never"] = hours.id
        inner = Document(
            name="Inner",
            start="inner",
            nodes={
                "inner": {"kind": "say", "title": "inner", "settings": {"speech": said(LONG)}},
                "back": {"kind": "return", "title": "back", "settings": {}},
            },  # type: ignore[arg-type]
            edges={"inner": {"next": "back"}},
        )
        saved = flows.save(
            installation.database, inner, "Inner", create_missing=False, note="", who="test", now=datetime.now(UTC)
        )
        flows.publish(installation.database, saved.version, who="test")
        with installation.database.read() as session:
            installation.ids["Inner"] = session.query(models.Flow).filter_by(name="Inner").one().id
        yield installation


def held(clinic: Installation, service: str) -> dict[str, Held]:
    """Every kind that can hold a caller, holding one."""
    ana, carrier = clinic.phone("1001"), clinic.carrier()

    def rung(phone: Softphone) -> Callable[[PhoneCall], None]:
        return lambda call: phone.next_call(10).ring()

    def message(call: PhoneCall) -> None:
        clinic.until(lambda row: row.phase == "recording", "nothing is recorded")
        call.sound.play(tone(700, 4.0))
        wait_until(lambda: voiced(clinic) > 2.5, 15, "no sound is recorded")

    cases = [
        Held("say", {"speech": said(LONG)}),
        Held("menu", {"prompt": said(LONG), "choices": [{"key": "1", "label": "one"}]}),
        Held("collect", {"prompt": said(LONG)}),
        Held("language", {}),
        Held("consent", {"prompt": said(LONG)}),
        Held("location", {"by": "post_code"}),
        Held("ring", ring(clinic, "Ana", seconds=20)[1], lambda row: row.phase == "ringing", rung(ana)),
        Held("on_call", {"rota": clinic.ref("Night")}, lambda row: row.phase == "ringing", rung(ana)),
        Held("transfer", {"number": "+13125550188"}, lambda row: row.phase == "ringing", rung(carrier)),
        Held("voicemail", {"mailbox": clinic.ref("Messages")}, lambda row: row.phase == "recording", message),
        Held("webhook", {"url": f"http://{service}/x"}, lambda row: row.phase == "asking"),
        Held("subflow", {"flow": clinic.ref("Inner")}),
        Held("hang_up", {"goodbye": said(LONG)}),
    ]
    return {case.kind: case for case in cases}


def nothing_left(clinic: Installation) -> None:
    wait_until(lambda: not calls.newest(clinic.database, live=True), 20, "a call stays live")
    wait_until(lambda: clinic.switch.api("show channels count").strip().startswith("0 "), 10, "a channel stays")


def at_rest(clinic: Installation, greenlets: int) -> None:
    """Until the controller has no call and no more greenlets than at first."""

    def rests() -> bool:
        state = clinic.controllers[0].state()
        return bool(state["calls"] == 0 and state["greenlets"] <= greenlets)

    wait_until(rests, 15, f"something runs on in the controller: at first {greenlets} greenlets")


def called(clinic: Installation, phone: Softphone, flow_version: int) -> PhoneCall:
    """A call that walks this version: the controller hears of it a moment after it is published."""
    for _ in range(20):
        before = {row.id for row in calls.newest(clinic.database, limit=5)}
        call = phone.dial(NUMBER)
        row = clinic.until(lambda row: row.id not in before, "the call is not journalled")  # noqa: B023
        if row.version == flow_version:
            return call
        call.hang_up()
        nothing_left(clinic)
    raise AssertionError("the new version is not walked")


def test_in_every_kind_of_node(clinic: Installation, service: str) -> None:
    cases = held(clinic, service)
    assert set(kinds()) == cases.keys() | INSTANTANEOUS, "a kind of node without a case"
    controller = clinic.start_controller()
    caller = clinic.caller()
    greenlets = 0
    for number, case in enumerate(cases.values(), 1):
        node = "inner" if case.kind == "subflow" else "it"
        clinic.live({"it": (case.kind, case.settings)}, {})
        call = called(clinic, caller, number)
        case.before(call)
        clinic.until(lambda row, case=case, node=node: row.now_at == node and case.here(row), f"not in {case.kind}")  # type: ignore[misc]
        call.hang_up()
        nothing_left(clinic)
        row = clinic.call()
        assert row.ending == "caller hung up", case.kind
        assert row.steps[-1].node == node, case.kind
        if number == 1:
            wait_until(lambda: controller.state()["calls"] == 0, 10, "the call stays open")
            greenlets = controller.state()["greenlets"]
    at_rest(clinic, greenlets)
    (message,) = messages_in(clinic)
    assert message.seconds > 2


def test_at_moments_of_chance(clinic: Installation, service: str) -> None:
    chance = random.Random(20)
    cases = held(clinic, service)
    way: dict[str, tuple[str, dict[str, Any]]] = {
        "set": ("set", {"values": [{"name": "x", "value": "1"}]}),
        "compare": ("compare", {"variable": "x", "value": "1"}),
        "share": ("share", {}),
        "hours": ("hours", {"hours": clinic.ref("Never")}),
        "caller": ("caller", {}),
        "recording": ("recording", {"state": "on"}),
    }
    short = {"seconds": 5}
    for kind, case in cases.items():
        more = {"steps": [{**case.settings["steps"][0], **short}]} if kind == "ring" else {}
        more |= short | {"times": 1} if kind == "on_call" else short if kind == "transfer" else {}
        way[kind] = (kind, {**case.settings, **more})
    order = [*list(way)[:6], "webhook", *(kind for kind in cases if kind not in ("webhook", "voicemail", "hang_up"))]
    order += ["voicemail", "hang_up"]
    following = dict(pairwise(order))
    clinic.live(
        {name: way[name] for name in order},
        {name: {exit_.name: following[name] for exit_ in _exits(*way[name])} for name in order if name in following},
        catch_all="hang_up",
    )
    controller = clinic.start_controller()
    ana, carrier = clinic.phone("1001"), clinic.carrier()
    phones = [Softphone(clinic.switch.outside, f"+1312555015{at}") for at in range(4)]
    try:
        first = phones[0].dial(NUMBER)
        first.wait_answered()
        first.hang_up()
        nothing_left(clinic)
        wait_until(lambda: controller.state()["calls"] == 0, 10, "the call stays open")
        greenlets = controller.state()["greenlets"]
        for _ in range(5):
            until = sorted((time.monotonic() + chance.uniform(0, 9), phone.dial(NUMBER)) for phone in phones)
            for at, call in until:
                while time.monotonic() < at and not call.ended:
                    time.sleep(chance.uniform(0.02, 0.4))
                    if call.answered and not call.ended and chance.random() < 0.5:
                        call.press(chance.choice("0123456789#"))
                call.hang_up()
        nothing_left(clinic)
        at_rest(clinic, greenlets)
        assert not any(one for phone in (ana, carrier) for one in phone._calls.values() if not one.ended)
    finally:
        for phone in phones:
            phone.close()


def _exits(kind: str, settings: dict[str, Any]) -> Any:
    return kinds()[kind].model_validate(settings).exits()

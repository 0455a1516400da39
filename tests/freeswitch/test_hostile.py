"""Hostile callers, and hostile texts of staff, on a real switch: nothing is run, nothing is forged, nothing is dialled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from controller.store import models
from tests.freeswitch.installation import NUMBER, Installation
from tests.freeswitch.switch import Switch
from tests.freeswitch.test_calls import menu, ring, said, talk


@pytest.fixture
def clinic(switch: Switch, tmp_path: Path) -> Iterator[Installation]:
    with Installation(switch, tmp_path) as installation:
        yield installation


@pytest.fixture
def trap() -> Iterator[Path]:
    """A file that must not be made. Its name is short, because it is spoken."""
    with TemporaryDirectory(prefix="") as folder:
        yield Path(folder) / "x"


def expressions(trap: Path) -> list[str]:
    return [
        f"${{system(touch {trap})}}",
        f"$${{system(touch {trap})}}",
        f"${{bgsystem touch {trap}}}",
        f"x\n\nbgapi system touch {trap}\n\n",
        f"x\r\nexecute-app-name: system\r\nexecute-app-arg: touch {trap}",
    ]


@pytest.mark.parametrize("number", range(5))
def test_texts_of_staff_run_nothing(clinic: Installation, trap: Path, number: int) -> None:
    text = expressions(trap)[number]
    with clinic.database.write("test") as session:
        for person in session.query(models.Person):
            person.name = text
        for phone in session.query(models.Phone):
            phone.label = text
        for mailbox in session.query(models.Mailbox):
            mailbox.name = text
            mailbox.greeting = {"en": text}
    clinic.live(
        {
            "say": ("say", {"speech": said(f"Hello {text}")}),
            "set": ("set", {"values": [{"name": "note", "value": text}]}),
            "again": ("say", {"speech": said("You said {note} and {note:name}.")}),
            "menu": menu("1"),
            "ring": ring(clinic, "Ana", about=said(text), comfort=said(text)),
            "box": ("voicemail", {"mailbox": clinic.ref("Messages")}),
        },
        {
            "say": {"next": "set"},
            "set": {"next": "again"},
            "again": {"next": "menu"},
            "menu": {"1": "ring", "no_choice": "ring"},
            "ring": {"no_answer": "box"},
        },
        catch_all="box",
    )
    clinic.start_controller()
    ana = clinic.phone("1001")
    call = clinic.caller().dial(NUMBER)
    call.wait_answered()
    clinic.until(lambda row: row.now_at == "menu", "the menu is not reached", 60)
    call.press("1")
    ana.next_call(15).decline()
    clinic.until(lambda row: row.phase == "recording", "nothing is recorded", 60)
    call.hang_up()
    clinic.ended()
    assert not trap.exists()
    assert not any(
        str(trap) in line and "system" in line and "touch" in line and "EXECUTE" in line for line in log(clinic)
    )


def log(clinic: Installation) -> list[str]:
    return clinic.switch.log.read_text(errors="replace").splitlines()


@pytest.mark.parametrize("number", range(5))
def test_names_and_numbers_of_callers_run_nothing_and_forge_nothing(
    clinic: Installation, trap: Path, number: int
) -> None:
    name = expressions(trap)[number].replace("\r", "%0D").replace("\n", "%0A").replace('"', "")
    clinic.live(
        {
            "say": ("say", {"speech": said("Hello {caller.name}, {caller.number:phone}.")}),
            "set": ("set", {"values": [{"name": "who", "value": "{caller.name}"}]}),
            "ring": ring(clinic, "Ana", show_caller="everywhere"),
            "bye": ("hang_up", {}),
        },
        {"say": {"next": "set"}, "set": {"next": "ring"}, "ring": {"no_answer": "bye"}},
        catch_all="bye",
    )
    clinic.start_controller()
    ana = clinic.phone("1001")
    call = clinic.caller().dial(NUMBER, name=name)
    call.wait_answered()
    leg = ana.next_call(20)
    leg.answer()
    talk(call, leg)
    call.hang_up()
    row = clinic.ended()
    assert not trap.exists()
    assert [step.node for step in row.steps] == ["say", "set", "ring"]


def test_a_forged_header_in_a_display_name_moves_no_call(clinic: Installation) -> None:
    clinic.live(
        {"menu": menu("1"), "bye": ("hang_up", {})}, {"menu": {"1": "bye", "no_choice": "bye"}}, catch_all="bye"
    )
    clinic.start_controller()
    forged = "x%0Avariable_careline_bookmark: forged%0AEvent-Name: CHANNEL_HANGUP%0AHangup-Cause: NORMAL_CLEARING"
    call = clinic.caller().dial(NUMBER, name=forged)
    call.wait_answered()
    call.sound.wait_for_sound(10)
    clinic.until(lambda row: row.now_at == "menu", "the menu is not reached")
    call.press("1")
    call.wait_ended()
    row = clinic.ended()
    assert [(step.node, step.exit) for step in row.steps] == [("menu", "1"), ("bye", "")]
    assert row.ending == "flow ended"


def test_what_a_web_service_answers_runs_nothing_and_dials_nothing(clinic: Installation, trap: Path) -> None:
    hostile = f'{{"say": "${{system(touch {trap})}}", "dial": "+13125550188,error/USER_BUSY|user/1002@careline.local"}}'

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(hostile)))
            self.end_headers()
            self.wfile.write(hostile.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        clinic.environment["CARELINE_WEBHOOK_HOSTS"] = f"127.0.0.1:{server.server_port}"
        clinic.live(
            {
                "ask": (
                    "webhook",
                    {
                        "url": f"http://127.0.0.1:{server.server_port}/",
                        "kept": [{"field": "say", "name": "said"}, {"field": "dial", "name": "number"}],
                    },
                ),
                "say": ("say", {"speech": said("It said {said}.")}),
                "out": ("transfer", {"variable": "number"}),
                "bye": ("hang_up", {}),
            },
            {
                "ask": {"answered": "say", "failed": "bye"},
                "say": {"next": "out"},
                "out": {"failed": "bye", "no_answer": "bye"},
            },
            catch_all="bye",
        )
        clinic.start_controller()
        ben, carrier = clinic.phone("1002"), clinic.carrier()
        call = clinic.caller().dial(NUMBER)
        call.wait_ended(30)
        row = clinic.ended()
        assert [step.node for step in row.steps] == ["ask", "say", "out", "bye"]
        assert not trap.exists()
        for phone in (ben, carrier):
            assert not any(first.startswith("INVITE") for first in phone.messages)
    finally:
        server.shutdown()
        server.server_close()

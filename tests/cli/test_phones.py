"""A controller keeps the switch's files of the clinic's phones up to date, and sees which phones are signed in."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL

from controller.practice.staff import Habit
from controller.practice.switch import PracticeSwitch
from controller.store.engine import Database
from controller.store.models import Person, Phone, PhoneKind, Registration
from tests.cli.conftest import PROGRAM, ROOT, environment
from tests.freeswitch.switch import free_port
from tests.waiting import wait_until


@pytest.fixture
def controller(clinic: Database, database_url: URL, tmp_path: Path) -> Iterator[PracticeSwitch]:
    """A controller on a practice switch to which 201 has signed in."""
    switch = PracticeSwitch(password="the password", secret="a secret of it")
    switch.start()
    switch.phones.put("201", Habit())
    settings = {
        "CARELINE_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "CARELINE_DATA_DIR": str(tmp_path / "data"),
        "CARELINE_SWITCHES": "{}:{}".format(*switch.address),
        "CARELINE_SWITCH_PASSWORD": "the password",
        "CARELINE_SOCKET_SECRET": "a-secret-of-it",
        "CARELINE_ESL_LISTEN": f"127.0.0.1:{free_port(socket.SOCK_STREAM)}",
        "CARELINE_PHONES_DIR": str(tmp_path / "phones"),
        "PYTHONPATH": str(ROOT),
    }
    with (tmp_path / "controller.log").open("wb") as log:
        process = subprocess.Popen([*PROGRAM, "controller"], cwd=tmp_path, env=environment(settings), stderr=log)
    yield switch
    process.terminate()
    process.wait(20)
    switch.stop()
    assert "Traceback" not in (tmp_path / "controller.log").read_text()


def test_changed_phones_reach_the_switch_and_signed_in_ones_are_seen(
    controller: PracticeSwitch, clinic: Database, tmp_path: Path
) -> None:
    people = tmp_path / "phones" / "people.xml"
    wait_until(lambda: people.is_file() and 'id="201"' in people.read_text(), 40)
    with clinic.write("test") as session:
        maria = session.scalars(select(Person).where(Person.name == "Maria Santos")).one()
        maria.phones = [*maria.phones, Phone(kind=PhoneKind.BROWSER, sip_user="299")]
    wait_until(lambda: 'id="299"' in people.read_text(), 20)

    def there() -> set[str]:
        with clinic.read() as session:
            return set(session.scalars(select(Registration.sip_user)))

    wait_until(lambda: there() == {"201"}, 40)
    controller.phones.put("202", Habit())
    wait_until(lambda: there() == {"201", "202"}, 40)

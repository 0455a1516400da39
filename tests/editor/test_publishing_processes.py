"""Publishing with controllers that are processes of their own: they acknowledge, and they carry out what is planned."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from controller.store.acknowledgements import controllers
from controller.store.engine import Database
from tests.cli.conftest import PROGRAM, ROOT, environment
from tests.editor.conftest import Browser
from tests.editor.publishing import draw, flow_id, live, publish, retitle
from tests.freeswitch.switch import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def running(clinic: Database, database_url: URL, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two controllers. There is no switch: they try to reach it, and publishing goes on beside that."""
    settings = {
        "CARELINE_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "CARELINE_DATA_DIR": str(tmp_path / "data"),
        "CARELINE_SWITCHES": f"127.0.0.1:{free_port(1)}",
        "CARELINE_SWITCH_PASSWORD": "not-the-well-known-one",
        "CARELINE_SOCKET_SECRET": "proves-the-switch",
        "PYTHONPATH": str(ROOT),
    }
    processes = []
    for place in range(2):
        given = {**settings, "CARELINE_ESL_LISTEN": f"127.0.0.1:{free_port(1)}"}
        with (tmp_path / f"controller-{place}.log").open("wb") as log:
            processes.append(
                subprocess.Popen([*PROGRAM, "controller"], cwd=tmp_path, env=environment(given), stdout=log, stderr=log)
            )
    try:
        wait_until(lambda: len(controllers(clinic)) == 2, 60)
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
    for place in range(2):
        assert "Traceback" not in (tmp_path / f"controller-{place}.log").read_text()


def test_acknowledged_and_planned(lead: Browser, clinic: Database, running: list[subprocess.Popen[bytes]]) -> None:
    main = flow_id(clinic)
    draw(clinic, main, retitle("Message about a bill", "Bills"))
    told = publish(lead, main)["acknowledgement"]
    assert (told["on"], told["of"], told["everywhere"]) == (2, 2, True)  # type: ignore[index]

    # No editor runs the loop here: a plan is carried out by the controllers, and its end by the one that is left.
    draw(clinic, main, retitle("Bills", "Holiday bills"))
    now = datetime.now(UTC)
    publish(
        lead,
        main,
        starts_at=(now + timedelta(seconds=1)).isoformat(),
        ends_at=(now + timedelta(seconds=4)).isoformat(),
    )

    def number() -> int:
        version = live(clinic, main)
        assert version is not None
        return version.number

    wait_until(lambda: number() == 3, 20)
    running[0].kill()
    running[0].wait()
    wait_until(lambda: number() == 2, 20)

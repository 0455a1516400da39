"""A running flow editor, and real Chromium with people signed in at it. Screenshots go to tests/output/."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright

from controller.store.engine import Database
from controller.store.models import HeldRole, Person, Role
from controller.store.seed import seed
from flow_editor.accounts import service
from flow_editor.live import COOKIE
from flow_editor.pages import STATIC
from migrations import upgrade
from tests.cli.conftest import PROGRAM, ROOT, environment
from tests.waiting import wait_until

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
OUTPUT = Path(__file__).parents[1] / "output"


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """An editor process on a database with the demo clinic."""

    url: str
    folder: Path
    database: Database
    process: subprocess.Popen[bytes]
    settings: dict[str, str]

    def person(self, role: Role = Role.LEAD, location: str | None = None, name: str = "Pat Moore") -> str:
        """Somebody with a role; their id."""
        row = Person(name=name)
        row.roles.append(HeldRole(role=role, location_id=location))
        with self.database.write("test") as session:
            session.add(row)
        return row.id


def start_editor(folder: Path, **settings: str) -> Running:
    """An editor of its own in a folder, with the demo clinic unless the folder has a database already."""
    given_port = settings.get("CARELINE_EDITOR_LISTEN", "").rpartition(":")[2]
    port = int(given_port) if given_port else free_port()
    path = folder / "careline.db"
    if not path.exists():
        upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    seed(database, datetime.now(UTC))
    given = {
        "CARELINE_DATABASE_URL": f"sqlite:///{path}",
        "CARELINE_DATA_DIR": str(folder),
        "CARELINE_EDITOR_LISTEN": f"127.0.0.1:{port}",
        "CARELINE_SWITCH_PASSWORD": "password-of-the-switch",
        "CARELINE_SOCKET_SECRET": "secret-of-the-socket",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    with (folder / "editor.log").open("ab") as log:
        process = subprocess.Popen([*PROGRAM, "editor"], cwd=folder, env=environment(given), stdout=log, stderr=log)

    def answers() -> bool:
        assert process.poll() is None, (folder / "editor.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    wait_until(answers, 30)
    return Running(f"http://127.0.0.1:{port}", folder, database, process, given)


def stop_editor(running: Running) -> None:
    """End it as an operator would; what it complained of fails the test."""
    running.process.terminate()
    running.process.wait(15)
    running.database.close()
    log = (running.folder / "editor.log").read_text()
    assert "Traceback" not in log, log


@pytest.fixture(scope="session")
def built() -> None:
    """The browser application, as `make web` builds it."""
    assert (STATIC / "index.html").is_file(), "run `make web` first"


@pytest.fixture
def editor(built: None, tmp_path: Path) -> Iterator[Running]:
    """A running editor with the demo clinic."""
    running = start_editor(tmp_path)
    yield running
    stop_editor(running)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The system's Chromium."""
    executable = os.environ.get("CARELINE_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS.split())
        yield started
        started.close()


class Visit:
    """A person's browser window at an editor."""

    def __init__(self, running: Running, context: BrowserContext) -> None:
        self.running = running
        self.context = context
        self.complaints: list[str] = []
        """What the pages wrote to the console as errors, and requests that left the server's own origin."""
        self.page = self.open()

    def open(self) -> Page:
        """One more tab."""
        page = self.context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: self._complained(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        return page

    def _complained(self, said: str) -> None:
        # What the server refuses (nobody signed in, a form that is not right) Chromium reports too; the pages say it.
        if not re.search(r"the server responded with a status of 4\d\d", said):
            self.complaints.append(said)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.running.url, self.running.url.replace("http", "ws", 1), "data:", "blob:")):
            self.complaints.append(f"left the server: {url}")

    def goto(self, path: str) -> Page:
        """Go to an address of the application and wait until it is drawn."""
        self.page.goto(self.running.url + path)
        self.page.wait_for_selector("main")
        return self.page

    def picture(self, name: str) -> Path:
        """A screenshot to be looked at."""
        OUTPUT.mkdir(exist_ok=True)
        path = OUTPUT / f"{name}.png"
        self.page.screenshot(path=str(path))
        return path


@pytest.fixture
def visit(chromium: Chromium) -> Iterator[Callable[..., Visit]]:
    """`visit(running, role=Role.LEAD, language="en", dark=False, size=(1440, 900))`: somebody signed in (`person`: who is
    there already). At the end nothing may have been complained of: no error in a console, no request to another origin."""
    opened: list[Visit] = []

    def visiting(
        running: Running,
        role: Role | None = Role.LEAD,
        *,
        name: str = "Pat Moore",
        language: str = "en",
        dark: bool = False,
        size: tuple[int, int] = (1440, 900),
        location: str | None = None,
        person: str | None = None,
    ) -> Visit:
        context = chromium.new_context(
            locale={"en": "en-US", "es": "es-US"}[language],
            color_scheme="dark" if dark else "light",
            viewport={"width": size[0], "height": size[1]},
            timezone_id="America/Chicago",
        )
        if role is not None:
            person = person or running.person(role, location, name)
            token, _ = service.begin(running.database, person, hours=12, address="127.0.0.1", browser="a test")
            context.add_cookies([{"name": COOKIE, "value": token, "url": running.url}])
        opened.append(Visit(running, context))
        return opened[-1]

    yield visiting
    complaints = [said for one in opened for said in one.complaints]
    for one in opened:
        one.context.close()
    assert complaints == []


AXE = Path(__file__).parents[2] / "flow_editor" / "web" / "node_modules" / "axe-core" / "axe.min.js"


def accessible(page: Page) -> list[str]:
    """What axe finds wrong with a page that is serious or critical (WCAG 2.1 A and AA)."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    return [
        f"{rule['id']}: {rule['help']}: {json.dumps([node['html'][:160] for node in rule['nodes'][:3]])}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def words(page: Page) -> str:
    """What a page says, in one line."""
    return re.sub(r"\s+", " ", page.inner_text("body"))

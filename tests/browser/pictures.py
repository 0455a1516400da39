"""Pictures of the running demo for README and docs/guide.md: `make pictures` writes docs/pictures/.

The demo runs as `make run` starts it, with calls coming in, so that what is seen is what there is.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from gevent import monkey

monkey.patch_all()

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.browser.conftest import FLAGS  # noqa: E402
from tests.cli.conftest import PROGRAM, ROOT, environment  # noqa: E402
from tests.waiting import wait_until  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1600, "height": 940}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        printed = Path(folder) / "printed.txt"
        demo = subprocess.Popen(
            [*PROGRAM, "up", "--demo", "--calls", "900"],
            cwd=folder,
            env=environment({"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}),
            stdout=printed.open("wb"),
            start_new_session=True,
        )
        try:
            wait_until(
                lambda: printed.read_text().count("\n") > 50, 110
            )  # some calls, so that there is something to be seen
            (link,) = re.findall(r"http://\S+/api/sign-in/\S+", printed.read_text())
            chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
            page = chromium.new_page(viewport=SIZE, locale="en-US", timezone_id="America/Chicago")
            page.goto(link)
            PICTURES.mkdir(exist_ok=True)
            take(page)
            chromium.close()
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.wait(30)
    return 0


def take(page: Page) -> None:
    """Every picture, in the order of docs/guide.md."""
    page.get_by_role("heading", name="Open or closed").wait_for()
    page.get_by_text("on the line").first.wait_for()
    shoot(page, "home")
    page.get_by_role("link", name="Flows", exact=True).click()
    page.get_by_role("link", name="Lakeside main line").click()
    page.locator(".react-flow__edge").nth(3).wait_for(state="attached")
    page.get_by_text("All changes are saved").wait_for()
    shoot(page, "canvas")
    page.get_by_role("button", name="Callers now").click()
    page.locator("[data-callers]").first.wait_for(state="attached")
    shoot(page, "callers")
    page.get_by_role("button", name="Callers now").click()
    page.get_by_role("button", name="Test call").click()
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_text("medical emergency").last.wait_for()
    page.get_by_text("English, press").or_(page.get_by_text("para español")).first.wait_for(timeout=40_000)
    shoot(page, "test_call")
    page.get_by_role("button", name="Hang up").click()
    page.goto(page.url)
    page.locator("[data-step]").first.dblclick()
    page.get_by_label("Text in English").first.fill(
        "If this is a medical emergency, hang up and dial 911. Thank you for calling Lakeside. Our flu clinic is open."
    )
    page.get_by_text("your changes are not yet").wait_for()
    page.get_by_text("All changes are saved").wait_for()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("What changes for callers").wait_for()
    page.get_by_text("end as expected").first.wait_for()
    shoot(page, "publish")
    page.get_by_role("link", name="On-call").click()
    page.get_by_role("link", name="Lakeside on call").click()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    shoot(page, "on_call")


def shoot(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    path: Path = PICTURES / f"{name}.png"
    page.screenshot(path=str(path), animations="disabled")
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())

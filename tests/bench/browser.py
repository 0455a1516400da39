"""The browser application: what the first visit of the canvas loads, how soon a large flow is there, what dragging costs."""

from __future__ import annotations

import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from controller.flows.document import Document
from controller.store.engine import Database
from controller.store.models import Role
from flow_editor.accounts import service as accounts
from flow_editor.flows import service as flows
from flow_editor.live import COOKIE
from tests.bench.row import Row
from tests.browser.conftest import FLAGS, start_editor, stop_editor

NODES = 300
OPENINGS = 5
MOVES = 120
"""Movements of the mouse in one drag, one a frame."""


def run() -> list[Row]:
    """Kilobytes, and milliseconds on this machine's software renderer."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        editor = start_editor(Path(folder))
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        try:
            flow = large_flow(editor.database)
            context = chromium.new_context(viewport={"width": 1440, "height": 900})
            token, _ = accounts.begin(
                editor.database, editor.person(Role.LEAD), hours=12, address="127.0.0.1", browser="a benchmark"
            )
            context.add_cookies([{"name": COOKIE, "value": token, "url": editor.url}])
            page = context.new_page()
            devtools = context.new_cdp_session(page)
            address = f"{editor.url}/flows/{flow}"
            loaded = _first_load(page, devtools, address)
            opened = statistics.median(_opening(page, address) for _ in range(OPENINGS))
            scripting = _drag(page, devtools)
        finally:
            chromium.close()
            stop_editor(editor)
    return [
        Row("first load of the canvas, compressed", loaded / 1000, "kB", at_most=400),
        Row(f"a flow of {NODES} nodes, from its address to drawn, median of {OPENINGS}", opened, "ms", at_most=1500),
        Row("scripting for each frame while a node of it is dragged", scripting, "ms", at_most=8),
    ]


def large_flow(database: Database) -> str:
    """A live flow of menus and what they lead to, three hundred steps; returns its id."""
    kinds = ("menu", "say", "voicemail", "ring", "hours")
    nodes: dict[str, Any] = {}
    edges: dict[str, Any] = {}
    for place in range(NODES):
        kind = kinds[place % len(kinds)]
        settings: dict[str, Any] = {}
        if kind == "menu":
            settings = {"prompt": {"text": {"en": f"Choice {place}"}}, "choices": [{"key": "1"}, {"key": "2"}]}
        elif kind == "say":
            settings = {"speech": {"text": {"en": f"Sentence {place}"}}}
        nodes[f"n{place}"] = {
            "kind": kind,
            "title": f"Step {place}",
            "settings": settings,
            "x": place % 20 * 320,
            "y": place // 20 * 220,
        }
        if kind == "menu" and place + 2 < NODES:
            edges[f"n{place}"] = {"1": f"n{place + 1}", "2": f"n{place + 2}"}
    document = Document.model_validate({"name": "A large flow", "start": "n0", "nodes": nodes, "edges": edges})
    saved = flows.save(
        database, document, "A large flow", create_missing=True, note="", who="bench", now=datetime.now(UTC)
    )
    flows.publish(database, saved.version, who="bench")
    return saved.flow


def _drawn(page: Page) -> None:
    """Wait until the flow is drawn, its texts and exits included."""
    page.locator(".react-flow__node").nth(5).wait_for(state="attached")
    page.locator(".react-flow__edge").nth(2).wait_for(state="attached")


def _first_load(page: Page, devtools: CDPSession, address: str) -> float:
    received: list[float] = []
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda said: received.append(said["encodedDataLength"]))
    page.goto(address)
    _drawn(page)
    return sum(received)


def _opening(page: Page, address: str) -> float:
    page.goto("about:blank")
    page.goto(address)
    _drawn(page)
    return float(page.evaluate("performance.now()"))


def _script_seconds(devtools: CDPSession) -> float:
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration"))


def _drag(page: Page, devtools: CDPSession) -> float:
    devtools.send("Performance.enable")
    page.locator(".react-flow__controls-fitview").click()  # as many in sight as can be read
    page.locator(".react-flow__node").nth(60).wait_for(state="attached")
    node = page.locator(".react-flow__node").nth(10)
    box = node.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + min(12, box["height"] / 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10)
    page.evaluate("window.frames_ = 0; (function next() { window.frames_++; requestAnimationFrame(next) })()")
    before = _script_seconds(devtools)
    for move in range(MOVES):
        page.mouse.move(x + 10 + move % 60 * 4, y + 10 + move % 40 * 3)
    spent = _script_seconds(devtools) - before
    frames = int(page.evaluate("window.frames_"))
    page.mouse.up()
    return spent * 1000 / max(frames, 1)

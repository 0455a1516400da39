"""The API's description, and the browser application's types that are made from it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from flow_editor.live import EVENTS, TOLD
from flow_editor.openapi import description

WEB = Path(__file__).parents[2] / "flow_editor" / "web"


def test_the_browsers_types_are_as_the_server_says(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(description(), indent=1, sort_keys=True, default=str), encoding="utf-8")
    made = tmp_path / "schema.d.ts"
    program = WEB / "node_modules" / ".bin" / "openapi-typescript"
    subprocess.run([program, path, "--output", made], check=True, capture_output=True, timeout=60)
    kept = (WEB / "src" / "api" / "schema.d.ts").read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == kept, "run `make types`"


def test_events_are_described_with_the_routes() -> None:
    told = description()
    assert told["x-events"].keys() == EVENTS.keys()
    assert told["x-told"].keys() == TOLD.keys()
    reference = told["x-events"]["watch"]["asked"]["$ref"]
    assert reference.rpartition("/")[2] in told["components"]["schemas"]

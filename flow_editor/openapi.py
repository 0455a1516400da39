"""Prints the API's description (OpenAPI), Socket.IO's events among it: the browser application's types are made from it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from controller.config import Config
from flow_editor.server import assemble


def description() -> dict[str, Any]:
    """The API's description, from the code alone."""
    from flow_editor.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        parts = assemble(Config.load(data_dir=Path(folder), database_url=""))
        try:
            app = create_app(parts)
            with app.app_context():
                return cast(dict[str, Any], app.spec)
        finally:
            parts.database.close()


if __name__ == "__main__":
    json.dump(description(), sys.stdout, indent=1, sort_keys=True, default=str)
    sys.stdout.write("\n")

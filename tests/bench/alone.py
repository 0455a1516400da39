"""Runs a measurement in a process of its own that gevent has patched, as it has every program of Careline."""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys

from tests.bench.row import Row


def measured(module: str) -> list[Row]:
    """The rows of `module.measure()`, run apart."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.alone", module], stdout=subprocess.PIPE, check=True, text=True
    )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    print(json.dumps([dataclasses.asdict(row) for row in importlib.import_module(sys.argv[1]).measure()]))

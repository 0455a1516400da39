"""`make bench [ONLY=name]`: every measurement, side by side in one run, as a table.

A module in this folder with `run() -> list[Row]` is a benchmark. Where a bound is known the row carries it, and the table
says whether it held; nothing fails because a machine is busy.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import time

import tests.bench as benches
from tests.bench.row import Row


def main() -> int:
    only = os.environ.get("ONLY", "")
    missed = 0
    for module in pkgutil.iter_modules(benches.__path__, benches.__name__ + "."):
        name = module.name.rsplit(".", 1)[-1]
        loaded = importlib.import_module(module.name) if name != "__main__" and only in name else None
        if loaded is None or not hasattr(loaded, "run"):
            continue
        began = time.monotonic()
        print(f"\n{name}: {(loaded.__doc__ or '').strip().splitlines()[0]}", flush=True)
        for row in loaded.run():
            row = row if isinstance(row, Row) else Row(*row)
            missed += row.held is False
            print("  " + row.line(), flush=True)
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"\n{missed} bound(s) missed" if missed else "\nevery bound held")
    return 0


if __name__ == "__main__":
    sys.exit(main())

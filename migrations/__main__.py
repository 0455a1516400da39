"""`python -m migrations MESSAGE`: write the next migration, from what the models have that the migrations have not."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from migrations import _alone, _config, newest, upgrade

with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{Path(folder) / 'empty.db'}"
    upgrade(url)
    number = int(newest() or "0") + 1
    with _alone(url) as connection:
        command.revision(_config(connection), " ".join(sys.argv[1:]), autogenerate=True, rev_id=f"{number:04}")

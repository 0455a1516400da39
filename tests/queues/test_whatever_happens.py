"""Random joins, hang-ups, answers, sign-outs, kills and clock steps, on both databases, three controllers: see machine.py."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import URL

from controller.store.engine import Database
from tests.queues.machine import CONTROLLERS, Machine


@pytest.mark.timeout(600)
def test_whatever_happens(database_url: URL) -> None:
    databases = [Database(database_url) for _ in CONTROLLERS]
    try:
        run_state_machine_as_test(
            lambda: Machine(databases),
            settings=settings(
                max_examples=20 if databases[0].sqlite else 8,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        for database in databases:
            database.close()

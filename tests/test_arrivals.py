"""Which flow answers a new call: the number's, or the default line's; and which calls count as tests."""

from __future__ import annotations

from typing import Any

import pytest

from controller.arrivals import Arrivals
from controller.calls.call import Caller
from controller.flows.document import Document
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.store.models import Flow, FlowVersion, Number, NumberState, Preference
from controller.store.snapshot import DEFAULT_FLOW
from tests.calls.switchboard import KEY, NOW, Ledger

OURS = "+13125550100"


def arrive(database: Database, dialled: str, folder: Any) -> tuple[str, bool, str]:
    """The version that answers, whether it counts as a test, and the number as it was dialled."""
    clinic = SqlClinic(database, data_dir=folder, web=None)  # type: ignore[arg-type]
    ledger = Ledger()
    arrivals = Arrivals(clinic, ledger, KEY, "c1", lambda: NOW)
    standing = arrivals.place("call-1", Caller("+13125550111", ""), dialled, switch="s1")
    (began,) = ledger.begun
    return standing.mark.version, began.test, began.dialled


@pytest.fixture(autouse=True)
def flows(database: Database) -> None:
    with database.write("test") as session:
        for name in ("main", "default"):
            session.add(Flow(id=name, name=name))
            session.flush()
            document = Document.model_validate({"name": name, "start": "end", "nodes": {"end": {"kind": "hang_up"}}})
            session.add(
                FlowVersion(
                    id=f"{name}-1",
                    flow_id=name,
                    number=1,
                    document=document.model_dump(mode="json"),
                    published_at=NOW,
                )
            )
            session.get_one(Flow, name).live_version_id = f"{name}-1"
        session.add(Preference(key=DEFAULT_FLOW, value="default"))
        session.add(Number(id="n1", number=OURS, flow_id="main"))


@pytest.mark.parametrize(
    ("state", "version", "test"),
    [
        (NumberState.PLANNED, "main-1", False),
        (NumberState.PORTING, "main-1", False),
        (NumberState.TESTING, "main-1", True),
        (NumberState.LIVE, "main-1", False),
        (NumberState.RETIRED, "default-1", False),
    ],
)
def test_what_a_state_means(database: Database, tmp_path: Any, state: NumberState, version: str, test: bool) -> None:
    with database.write("test") as session:
        session.get_one(Number, "n1").state = state
    assert arrive(database, "3125550100", tmp_path) == (version, test, "3125550100")


def test_numbers_that_nobody_answers_reach_the_default_line(database: Database, tmp_path: Any) -> None:
    assert arrive(database, "0013125559999", tmp_path) == ("default-1", False, "0013125559999")
    with database.write("test") as session:
        session.get_one(Number, "n1").flow_id = None
    assert arrive(database, OURS, tmp_path)[0] == "default-1"
    with database.write("test") as session:
        session.get_one(Flow, "default").live_version_id = None
    assert arrive(database, OURS, tmp_path)[0] == "", "then the backup line"

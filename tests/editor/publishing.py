"""What tests of publishing share: a flow drawn on, controllers that take versions up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from controller.flows.document import Document
from controller.flows.upgrades import read
from controller.store.engine import Database
from controller.store.models import Draft, Flow, FlowVersion
from flow_editor.drafts import store
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.store.test_acknowledgements import InProcess

MAIN = "Lakeside main line"
AFTER = "After hours"

Change = Callable[[Document], object]


def flow_id(database: Database, name: str = MAIN) -> str:
    """A flow by name."""
    with database.read() as session:
        return session.scalars(select(Flow.id).where(Flow.name == name)).one()


def live(database: Database, flow: str) -> FlowVersion | None:
    """What callers hear."""
    with database.read() as session:
        id = session.get_one(Flow, flow).live_version_id
        return session.get_one(FlowVersion, id) if id else None


def draw(database: Database, flow: str, change: Change, who: str = "somebody") -> None:
    """Change what is drawn of a flow."""
    with database.write(who) as session:
        document, _ = store.document_of(session, flow, datetime.now(UTC))
        change(document)
        store.replace(session, flow, document, datetime.now(UTC), who)


def drawn(database: Database, flow: str) -> Document:
    """What is drawn of it."""
    with database.write() as session:
        return store.document_of(session, flow, datetime.now(UTC))[0]


def draft(database: Database, flow: str) -> Draft:
    with database.read() as session:
        return session.get_one(Draft, flow)


def titled(document: Document, title: str) -> str:
    """A node by title."""
    return next(id for id, node in document.nodes.items() if node.title == title)


def retitle(old: str, new: str) -> Change:
    """A change that callers do not hear, but that is one."""

    def change(document: Document) -> None:
        document.nodes[titled(document, old)].title = new

    return change


def publish(browser: Browser, flow: str, status: int = 200, **more: object) -> dict[str, object]:
    """Look, and publish what was seen."""
    seen = browser.get(f"/api/flows/{flow}/publishing")
    return browser.post(  # type: ignore[no-any-return]
        f"/api/flows/{flow}/publishing", {"seq": seen["seq"], "live": seen["live"]["id"] if seen["live"] else None, **more},
        status=status,
    )  # fmt: skip


def controllers(parts: Editor, folder: Path, *names: str) -> list[InProcess]:
    """Controllers, as far as publishing goes."""
    return [InProcess(Database(parts.database.url), name, folder).start() for name in names]


def document_of(version: FlowVersion | None) -> Document:
    assert version is not None
    return read(version.document)

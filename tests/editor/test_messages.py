"""Messages: who sees which, every listening written down, heard and not heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from controller.store.engine import Database
from controller.store.models import Listening, Location, Mailbox, Message, Role
from flow_editor.editor import Editor
from tests.editor.conftest import Browser
from tests.editor.test_prompts import sound

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


@pytest.fixture
def ids(clinic: Database, parts: Editor) -> dict[str, str]:
    """Two messages: one at Lakeside, one that belongs to nobody in particular and has lost its sound."""
    folder = parts.config.data_dir / "messages"
    folder.mkdir(parents=True)
    (folder / "m.wav").write_bytes(sound())
    with clinic.write("t") as session:
        box = session.scalars(select(Mailbox).where(Mailbox.name == "Front desk")).one()
        lakeside = session.scalars(select(Location.id).where(Location.name == "Lakeside")).one()
        hillside = session.scalars(select(Location.id).where(Location.name == "Hillside")).one()
        same = {"mailbox_id": box.id, "seconds": 12.5, "language": "es", "caller": "+16085550111", "step": 3}
        session.add(
            Message(id="one", call_id="c1", location_id=lakeside, path="messages/m.wav", left_at=NOW, urgent=True,
                    caller_name="<b>Ana</b>", **same)
        )  # fmt: skip
        session.add(Message(id="two", call_id="c2", path="messages/gone.wav", left_at=NOW - timedelta(1), **same))
        return {"box": box.id, "lakeside": lakeside, "hillside": hillside}


def listenings(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Listening)) or 0


def test_listening_is_written_down_and_makes_it_heard(lead: Browser, ids: dict[str, str], clinic: Database) -> None:
    first, second = lead.get("/api/messages")["items"]
    assert (first["id"], second["id"]) == ("one", "two")
    assert (first["caller"], first["caller_name"]) == ("(608) 555-0111", "<b>Ana</b>")
    assert first["heard_at"] is None
    assert lead.post("/api/messages/one/listen")[:4] == b"RIFF"
    lead.post("/api/messages/one/listen")
    heard = lead.get("/api/messages")["items"][0]
    assert heard["heard_by"] == "Pat Moore"
    assert [it["who"] for it in lead.get("/api/messages/one/listenings")["items"]] == ["Pat Moore", "Pat Moore"]
    assert listenings(clinic) == 2
    assert [it["id"] for it in lead.get("/api/messages?unheard=1")["items"]] == ["two"]
    lead.patch("/api/messages/one", {"heard": False}, status=204)
    assert len(lead.get("/api/messages?unheard=1")["items"]) == 2
    lead.patch("/api/messages/one", {"heard": True}, status=204)
    assert lead.get(f"/api/messages?mailbox={ids['box']}")["items"][0]["heard_by"] == "Pat Moore"
    assert lead.get("/api/messages?mailbox=other")["items"] == []


def test_a_sound_that_is_gone(lead: Browser, ids: dict[str, str], clinic: Database) -> None:
    assert "not here any more" in lead.post("/api/messages/two/listen", status=404)["message"]
    assert listenings(clinic) == 0


def test_who_sees_and_hears_what(browser: Callable[..., Browser], ids: dict[str, str], clinic: Database) -> None:
    there = browser(Role.AGENT, ids["hillside"], "Hill Agent")
    assert there.get("/api/messages")["items"] == []
    there.post("/api/messages/one/listen", status=404)
    there.patch("/api/messages/one", {"heard": True}, status=404)
    here = browser(Role.AGENT, ids["lakeside"], "Lake Agent")
    assert [it["id"] for it in here.get("/api/messages")["items"]] == ["one"]
    auditor = browser(Role.AUDITOR, name="Audrey")
    auditor.post("/api/messages/one/listen")
    assert auditor.get("/api/messages")["items"][0]["heard_at"] is None  # an auditor's ear is not the clinic's
    assert auditor.get("/api/messages/one/listenings")["items"][0]["who"] == "Audrey"
    auditor.patch("/api/messages/one", {"heard": True}, status=403)
    browser(Role.WALLBOARD).get("/api/messages", status=403)
    here.get("/api/messages/one/listenings", status=403)


def test_a_mailbox_with_messages_needs_another_one_for_them(lead: Browser, ids: dict[str, str]) -> None:
    other = lead.post("/api/mailboxes", {"name": "Other"}, status=201)["id"]
    lead.delete(f"/api/mailboxes/{ids['box']}", json={}, status=409)
    lead.delete(f"/api/mailboxes/{ids['box']}", json={"replace_by": other, "reason": "test"})
    assert {it["mailbox_name"] for it in lead.get("/api/messages")["items"]} == {"Other"}

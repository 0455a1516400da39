"""Prompts: spoken, uploaded, refused with the reason, heard, back to the computer's voice; and mailboxes' greetings alike."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

from controller.store.engine import Database
from controller.store.models import Role
from flow_editor.editor import Editor
from tests.editor.conftest import Browser


def sound(seconds: float = 1.0, format: str = "WAV", level: float = 0.3, **how: Any) -> bytes:
    """A tone that comes and goes, so that it counts as heard."""
    at = np.arange(int(seconds * 16000)) / 16000
    tone = level * np.sin(2 * np.pi * 300 * at) * (np.sin(2 * np.pi * at) ** 2 + 0.2)
    written = io.BytesIO()
    soundfile.write(written, tone, 16000, format=format, **how)
    return written.getvalue()


def upload(browser: Browser, path: str, content: bytes, status: int = 200) -> Any:
    head = b'--edge\r\nContent-Disposition: form-data; name="sound"; filename="anything.exe"\r\n\r\n'
    body = head + content + b"\r\n--edge--\r\n"
    return browser.put(path, data=body, content_type="multipart/form-data; boundary=edge", status=status)


@pytest.fixture
def welcome(lead: Browser, clinic: Database) -> str:
    made = lead.post("/api/prompts", {"name": "Welcome", "text": {"en": "Welcome.", "es": " "}}, status=201)
    return str(made["id"])


def voices(browser: Browser, id: str, path: str = "prompts") -> dict[str, tuple[bool, bool]]:
    return {it["language"]: (it["recorded"], it["text"]) for it in browser.get(f"/api/{path}/{id}")["line"]["voices"]}


@pytest.mark.parametrize("how", [{"format": "WAV"}, {"format": "FLAC"}, {"format": "OGG", "subtype": "OPUS"}])
def test_a_recording_takes_the_place_of_the_computers_voice(
    lead: Browser, welcome: str, parts: Editor, how: dict[str, str]
) -> None:
    assert voices(lead, welcome) == {"en": (False, True), "es": (False, False)}
    path = f"/api/prompts/{welcome}/recordings/en"
    lead.get(path, status=404)
    done = upload(lead, path, sound(**how))
    assert voices(lead, welcome)["en"] == (True, True)
    samples, rate = soundfile.read(io.BytesIO(lead.get(path)))
    assert rate == 8000
    assert len(samples) > 4000
    parts.clinic.refresh()
    answer = parts.clinic.prompt(welcome)
    assert answer is not None
    assert answer.recordings["en"].is_file()
    again = upload(lead, path, sound(2.0))
    lead.delete(path)
    assert voices(lead, welcome)["en"] == (False, True)
    what = [entry["what"] for entry in lead.get(f"/api/prompts/{welcome}/history")["items"]]
    assert what[:3] == [["English: the computer's voice again"], ["English: recorded anew"], ["English: recorded"]]
    assert again["change"] != done["change"]


def test_a_recording_is_undone_and_comes_back(lead: Browser, welcome: str) -> None:
    path = f"/api/prompts/{welcome}/recordings/es"
    upload(lead, path, sound())
    before = lead.get(path)
    gone = lead.delete(path)
    lead.get(path, status=404)
    lead.post(f"/api/changes/{gone['change']}/undo")
    assert lead.get(path) == before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"MZ this is a program, not a sound", "not a sound file"),
        (sound()[:-4000], "ends too early"),
        (sound(seconds=301, format="FLAC"), "too long"),
        (sound(seconds=0.1), "too short"),
        (sound(level=0.0), "Nothing can be heard"),
        (b"RIFF" + bytes(200), "damaged"),
    ],
    ids=["empty", "program", "cut short", "too long", "too short", "silent", "damaged"],
)
def test_what_nobody_could_hear_is_refused_with_the_reason(
    lead: Browser, welcome: str, content: bytes, why: str
) -> None:
    refused = upload(lead, f"/api/prompts/{welcome}/recordings/en", content, status=422)
    assert why in refused["message"]
    assert voices(lead, welcome)["en"] == (False, True)


def test_who_may_record(browser: Callable[..., Browser], welcome: str) -> None:
    agent = browser(Role.AGENT)
    upload(agent, f"/api/prompts/{welcome}/recordings/en", sound(), status=403)
    agent.delete(f"/api/prompts/{welcome}/recordings/en", status=403)
    owner = browser(Role.OWNER)
    upload(owner, f"/api/prompts/{welcome}/recordings/not-a-language", sound(), status=404)
    owner.put(f"/api/prompts/{welcome}/recordings/en", status=422)


def test_a_text_is_heard_as_callers_would(lead: Browser, clinic: Database) -> None:
    spoken = lead.post("/api/speech", {"language": "es", "text": "Abrimos a las {hours.until:time}, {caller.name}."})
    samples, rate = soundfile.read(io.BytesIO(spoken))
    assert rate == 8000
    assert np.abs(samples).max() > 0.05
    assert "nothing to be heard" in lead.post("/api/speech", {"language": "en", "text": " "}, status=422)["message"]
    wrong = lead.post("/api/speech", {"language": "en", "text": "Until {hours"}, status=422)
    assert "{hours" in wrong["message"]
    unknown = lead.post("/api/speech", {"language": "xx", "text": "Hello"}, status=422)
    assert "upload or record" in unknown["message"]


def test_a_mailboxs_greeting_is_recorded_too(lead: Browser, clinic: Database) -> None:
    made = lead.post("/api/mailboxes", {"name": "Night", "greeting": {"en": "Speak."}, "most_seconds": 60}, status=201)
    upload(lead, f"/api/mailboxes/{made['id']}/recordings/en", sound())
    assert voices(lead, made["id"], "mailboxes")["en"] == (True, True)
    lead.post("/api/mailboxes", {"name": "Night", "most_seconds": 5}, status=422)

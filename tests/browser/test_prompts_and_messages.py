"""Prompts typed, heard, uploaded, recorded by microphone; mailboxes and their messages; and how it all looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from controller.store.models import Listening, Mailbox, Message, Prompt
from tests.browser.conftest import Running, Visit, accessible
from tests.editor.test_prompts import sound


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "welcome.wav"
    path.write_bytes(sound(2.0))
    return path


def test_a_prompt_is_typed_heard_saved_and_recorded(
    editor: Running, visit: Callable[..., Visit], file: Path, tmp_path: Path
) -> None:
    here = visit(editor)
    page = here.goto("/prompts")
    expect(page.get_by_text("No prompt yet")).to_be_visible()
    here.picture("prompts-empty")
    assert accessible(page) == []
    page.get_by_role("link", name="New prompt").first.click()
    page.get_by_label("Name").first.fill("Welcome <script>alert(1)</script>")
    page.get_by_label("Words in English").fill("Welcome to Lakeside.")
    english = page.get_by_role("group", name="English")
    with page.expect_response("**/api/speech") as spoken:
        english.get_by_role("button", name="Hear it").click()
    assert spoken.value.status == 200
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Welcome <script>alert(1)</script>")).to_be_visible()
    expect(english).to_contain_text("Computer voice")
    with page.expect_file_chooser() as chooser:
        english.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(file)
    expect(english.get_by_role("button", name="Hear the recording")).to_be_visible()
    expect(english).to_contain_text("Recorded")
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"This is no sound at all")
    with page.expect_file_chooser() as chooser:
        english.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(broken)
    expect(english.get_by_role("alert")).to_contain_text("not a sound file")
    here.complaints.clear()  # the browser says in its console that the upload was refused
    here.picture("prompt")
    assert accessible(page) == []
    english.get_by_role("button", name="Back to the computer's voice").click()
    expect(english).to_contain_text("Computer voice")
    page.get_by_role("button", name="Undo").last.click()
    expect(english.get_by_role("button", name="Hear the recording")).to_be_visible()
    page = here.goto("/prompts")
    expect(page.get_by_role("row", name="Welcome")).to_contain_text("English: Recorded")
    assert accessible(page) == []


def test_a_prompt_is_recorded_by_microphone(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.write("test") as session:
        prompt = Prompt(name="Night", text={"en": "Good night."})
        session.add(prompt)
    here = visit(editor)
    page = here.page
    # What Chromium's own microphone would give, as MediaRecorder gives it: made by an oscillator instead of a device.
    page.add_init_script(
        """
        navigator.mediaDevices.getUserMedia = async () => {
          const context = new AudioContext();
          const tone = new OscillatorNode(context, { frequency: 440 });
          const out = context.createMediaStreamDestination();
          tone.connect(out);
          tone.start();
          return out.stream;
        };
        """
    )
    page = here.goto(f"/prompts/{prompt.id}")
    english = page.get_by_role("group", name="English")
    english.get_by_role("button", name="Record here").click()
    expect(english.get_by_text("Recording … 0:01")).to_be_visible()
    english.get_by_role("button", name="Stop recording").click()
    expect(english.get_by_role("button", name="Hear the recording")).to_be_visible()
    with editor.database.read() as session:
        recorded = session.get_one(Prompt, prompt.id).recordings["en"]
    assert (editor.folder / recorded).stat().st_size > 8000


def test_a_microphone_that_is_not_allowed(editor: Running, visit: Callable[..., Visit]) -> None:
    with editor.database.write("test") as session:
        prompt = Prompt(name="Night", text={"en": "Good night."})
        session.add(prompt)
    page = visit(editor).goto(f"/prompts/{prompt.id}")
    english = page.get_by_role("group", name="English")
    english.get_by_role("button", name="Record here").click()
    expect(english.get_by_role("alert")).to_contain_text("Allow it in the browser's settings")


@pytest.fixture
def messages(editor: Running) -> Running:
    folder = editor.folder / "messages"
    folder.mkdir(exist_ok=True)
    (folder / "m.wav").write_bytes(sound())
    with editor.database.write("test") as session:
        box = session.scalars(select(Mailbox).where(Mailbox.name == "Front desk")).one()
        for step, name in enumerate(("Ana <b>Ruiz</b>", "", "Wolfeschlegelsteinhausenbergerdorff, Hubert")):
            session.add(
                Message(mailbox_id=box.id, call_id="c", step=step, path="messages/m.wav", seconds=75,
                        left_at=datetime.now(UTC), language="en", urgent=step == 0, caller_name=name,
                        caller="+16085550111" if name else None)
            )  # fmt: skip
    return editor


def test_a_message_is_listened_to_and_it_is_written_down(messages: Running, visit: Callable[..., Visit]) -> None:
    here = visit(messages)
    page = here.goto("/messages")
    row = page.get_by_role("row", name="Ana <b>Ruiz</b>")
    expect(row).to_contain_text("New")
    here.picture("messages")
    assert accessible(page) == []
    row.get_by_role("button", name="Listen: message").click()
    expect(row).to_contain_text("Pat Moore")
    row.get_by_role("button", name="Who listened").click()
    expect(page.get_by_role("dialog")).to_contain_text("Pat Moore")
    page.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Mark as new").click()
    expect(row).to_contain_text("New")
    with messages.database.read() as session:
        assert len(session.scalars(select(Listening)).all()) == 1


@pytest.mark.parametrize(
    ("name", "how"),
    [("-dark", {"dark": True}), ("-spanish", {"language": "es"}), ("-narrow", {"size": (390, 844)})],
)
def test_how_they_look(messages: Running, visit: Callable[..., Visit], name: str, how: dict[str, object]) -> None:
    with messages.database.write("test") as session:
        prompt = Prompt(name="Bienvenida y horario de verano para todas las sedes del condado", text={"es": "Hola."})
        session.add(prompt)
        box = session.scalars(select(Mailbox.id).where(Mailbox.name == "Front desk")).one()
    here = visit(messages, **how)
    for path, picture in (
        ("/messages", "messages"),
        ("/mailboxes", "mailboxes"),
        (f"/mailboxes/{box}", "mailbox"),
        (f"/prompts/{prompt.id}", "prompt"),
    ):
        page = here.goto(path)
        page.wait_for_selector("form, table")
        page.wait_for_load_state("networkidle")
        here.picture(f"{picture}{name}")
        assert accessible(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path

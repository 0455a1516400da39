"""Recordings that staff upload or make here, by language: of prompts, and of mailboxes' greetings.

Files are kept below the data folder under the hash of what is in them, and never changed: a change can be undone.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from sqlalchemy.orm import Session

from controller.texts import T
from controller.voice.decoding import Limits
from controller.voice.uploads import UploadRefused, convert
from flow_editor.accounts.permissions import needs
from flow_editor.editor import editor, must, visitor
from flow_editor.errors import NotFound, Refusal
from flow_editor.things import changes
from flow_editor.things.schemas import DoneOut
from flow_editor.things.thing import Thing, location_of

LIMITS = Limits(bytes=30_000_000, most_seconds=300)
"""Nobody listens to a prompt for longer than five minutes."""
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def keep(sound: bytes, data_dir: Path) -> str:
    """Make an upload into what the switch plays best; where it is kept, below the data folder. Raises Refusal."""
    folder = data_dir / "recorded"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as made:
        try:
            converted = convert(sound, Path(made) / "new.wav", limits=LIMITS)
        except UploadRefused as refused:
            raise Refusal(refused.message, fields={"sound": refused.message}) from refused
        path = folder / converted.sha256[:2] / f"{converted.sha256[:40]}.wav"
        path.parent.mkdir(exist_ok=True)
        os.replace(converted.path, path)
    return str(path.relative_to(data_dir))


def serve_recordings(blueprint: APIBlueprint, thing: Thing[Any, Any, Any]) -> None:
    """Routes for the recordings of a kind of thing whose rows have `recordings`.

    GET, PUT (the file as `sound` of a form) and DELETE /api/prompts/<id>/recordings/<language>
    """
    path, name = f"/{thing.path}/<id>/recordings/<language>", thing.path.replace("-", "_")

    @blueprint.get(path, endpoint=f"{name}_recording")
    @needs(thing.sees)
    def play(id: str, language: str) -> Response:
        """The recording in a language, as callers hear it."""
        with editor().database.read() as session:
            kept = changes.get(session, thing, id).recordings.get(language)
        file = None if kept is None else data_dir() / kept
        if file is None or not file.is_file():
            raise NotFound(T("There is no recording in this language."))
        return wav(file)

    @blueprint.put(path, endpoint=f"{name}_record")
    @needs(thing.changes)
    @blueprint.output(DoneOut)
    def record(id: str, language: str) -> DoneOut:
        """Put a recording in the place of the computer's voice, or of another one."""
        sound = request.files.get("sound")
        if sound is None:
            raise Refusal(T("Please choose a sound file."))
        with editor().database.read() as session:  # who may not, need not wait for a conversion
            must(thing.changes, location_of(changes.get(session, thing, id)))
        content = sound.read()
        sound.close()
        return _put(thing, id, language, keep(content, data_dir()))

    @blueprint.delete(path, endpoint=f"{name}_unrecord")
    @needs(thing.changes)
    @blueprint.output(DoneOut)
    def take_away(id: str, language: str) -> DoneOut:
        """Have the computer speak the text again."""
        return _put(thing, id, language, None)


def wav(file: Path) -> Response:
    """A sound to be played: some megabytes at most."""
    return Response(file.read_bytes(), mimetype="audio/wav")


def data_dir() -> Path:
    """Where files are kept."""
    return editor().config.data_dir.resolve()


def _put(thing: Thing[Any, Any, Any], id: str, language: str, kept: str | None) -> DoneOut:
    if not LANGUAGE.fullmatch(language):
        raise NotFound

    def work(session: Session) -> DoneOut:
        row = changes.get(session, thing, id, lock=True)
        must(thing.changes, location_of(row))
        others = {spoken: file for spoken, file in row.recordings.items() if spoken != language}
        row.recordings = others if kept is None else {**others, language: kept}
        session.flush()
        change = str(session.info.get("change") or "")
        return DoneOut(id=id, revision=changes.revision(session, thing, id), change=change)

    return editor().database.transact(work, visitor().person)

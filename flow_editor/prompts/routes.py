"""The pages of prompts, and a text as callers would hear it."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from controller.flows.document import Language
from controller.voice.reading import LONGEST
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.accounts.routes import limiter
from flow_editor.editor import editor
from flow_editor.prompts.prompts import Prompts
from flow_editor.prompts.recordings import serve_recordings, wav
from flow_editor.prompts.speech import spoken
from flow_editor.things.serving import serve

blueprint = APIBlueprint("prompts", __name__, url_prefix="/api")
serve(blueprint, Prompts())
serve_recordings(blueprint, Prompts())


class Speak(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: Language
    text: str = Field(max_length=LONGEST)


@blueprint.post("/speech")
@needs(Permission.SEE_SETUP)
@limiter.limit("120 per minute")
@blueprint.input(Speak)
def speak(json_data: Speak) -> Response:
    """A text as callers would hear it (WAV), with examples at its places."""
    return wav(spoken(editor().speech, json_data.language, json_data.text))

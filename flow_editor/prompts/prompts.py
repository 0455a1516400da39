"""Prompts as staff fill them in: a name, and a text in each language. Their recordings are put beside (recordings.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from controller.flows.document import Language
from controller.store.models import Prompt
from flow_editor.preferences import service as preferences
from flow_editor.things.thing import Form, Line, Thing, basics


class Voice(BaseModel):
    """How something is heard in a language: recorded, or spoken by the computer from its text; neither: not at all."""

    language: Language
    recorded: bool
    text: bool


class PromptForm(Form):
    name: str = Field(min_length=1, max_length=200)
    location: str | None = None
    text: dict[Language, str] = Field(default_factory=dict, max_length=20)


class PromptLine(Line):
    """`voices`: in each language that callers are offered, or that it has besides."""

    voices: list[Voice]


class Prompts(Thing[Prompt, PromptForm, PromptLine]):
    path = "prompts"
    row = Prompt
    form = PromptForm
    line = PromptLine

    def lines(self, session: Session, rows: Sequence[Prompt]) -> list[PromptLine]:
        languages = preferences.languages(session)
        return [
            PromptLine(**basics(row, self.changes), voices=voices(languages, row.recordings, row.text))
            for row in sorted(rows, key=lambda row: row.name.casefold())
        ]

    def read(self, session: Session, row: Prompt) -> PromptForm:
        return PromptForm(name=row.name, location=row.location_id, text=row.text)

    def write(self, session: Session, row: Prompt, form: PromptForm) -> None:
        row.name, row.location_id = form.name, form.location
        row.text = {language: text for language, text in form.text.items() if text.strip()}


def voices(languages: Sequence[str], recordings: Mapping[str, str], text: Mapping[str, str]) -> list[Voice]:
    """How something is heard in each language."""
    every = dict.fromkeys([*languages, *recordings, *text])
    return [Voice(language=it, recorded=it in recordings, text=bool(text.get(it, "").strip())) for it in every]

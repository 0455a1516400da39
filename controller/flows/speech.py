"""What a node says: typed text in each language, or one of the clinic's recorded prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.call import Call, Utterance
from controller.flows.clinic import Clinic
from controller.flows.document import Language, Prompt, Ref
from controller.voice.reading import read_out

_SIGNS = re.compile(r"[\W_]+")


class Speech(BaseModel):
    """Text per language (with `{variable}` places, see voice/reading.py) or a recorded prompt; both may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"x-widget": "speech"})

    text: dict[Language, str] = Field(default_factory=dict, max_length=20)
    prompt: Ref[Prompt] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to be heard."""
        return bool(self.prompt) or any(text.strip() for text in self.text.values())

    def utter(
        self, call: Call, clinic: Clinic, language: str | None = None, also: Mapping[str, str] = MappingProxyType({})
    ) -> list[Utterance]:
        """What `call` hears of it, in its language (or the one given); in another one rather than nothing.

        `also`: values for its places beside the call's own.
        """
        language = language or call.language
        text = self.text.get(language, "")
        recording = None
        if self.prompt:
            prompt = clinic.prompt(self.prompt.id)
            if prompt is not None:
                recording = prompt.recordings.get(language)
                text = text or prompt.text.get(language, "")
                if recording is None and not text:
                    recording = next(iter(prompt.recordings.values()), None)
        if not text and recording is None:
            language, text = next(((lang, said) for lang, said in self.text.items() if said.strip()), (language, ""))
        if not text and recording is None:
            return []
        return [Utterance(language, read_out(text, {**call.values(), **also}, language), recording)]


def speeches(value: Any) -> Iterator[Speech]:
    """Every `Speech` in a node's settings, also inside lists and models."""
    if isinstance(value, Speech):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from speeches(getattr(value, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from speeches(item)


def contains(speech: Speech, clinic: Clinic, sentence: str, language: str) -> bool:
    """Whether `sentence` is in the text of `language`; case, spaces and punctuation make no difference."""
    prompt = clinic.prompt(speech.prompt.id) if speech.prompt else None
    said = speech.text.get(language) or (prompt.text.get(language, "") if prompt else "")
    return _plain(sentence) in _plain(said)


def _plain(text: str) -> str:
    return f" {_SIGNS.sub(' ', text.casefold()).strip()} "

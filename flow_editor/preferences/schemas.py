"""What the page of preferences shows and changes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from controller.flows.document import Language


class PreferencesForm(BaseModel):
    """`emergency`: what callers must hear first, by language. `default_flow`: answers calls to numbers without a flow.
    `interpreter_lines`: a number by language; `dispatch_lines`: that of the emergency dispatch, by location.
    `pause_reasons`: what agents who pause choose from; none: the usual ones."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    organisation: str = Field(default="", max_length=200)
    zone: str | None = Field(default=None, max_length=64)
    languages: list[Language] = Field(default_factory=lambda: ["en"], min_length=1, max_length=20)
    emergency: dict[Language, str] = Field(default_factory=dict, max_length=20)
    default_flow: str | None = Field(default=None, max_length=40)
    interpreter_lines: dict[Language, Annotated[str, Field(max_length=32)]] = Field(default_factory=dict, max_length=30)
    dispatch_lines: dict[str, Annotated[str, Field(max_length=32)]] = Field(default_factory=dict, max_length=500)
    pause_reasons: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(default_factory=list, max_length=20)


class PreferencesOut(BaseModel):
    """`zones`, `locations` (id to name): those to choose from."""

    revision: int
    form: PreferencesForm
    zones: list[str]
    locations: dict[str, str]
    may_change: bool


class PreferencesChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    revision: int
    form: PreferencesForm


class OfferedOut(BaseModel):
    """The languages that callers are offered."""

    languages: list[Language]

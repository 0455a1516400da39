"""A flow as a document: nodes, exits, edges. What is stored, imported, exported and drawn; format version 1.

`Ref[Hours]`, `Ref[Team]` ... name what a node refers to. The one type gives the picker, the check, where-used and the
matching at import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from controller.texts import T, Text

FORMAT = 1
"""The document format this program writes; older ones are upgraded (upgrades.py), newer ones refused."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]


class Referable:
    """Something that a flow can refer to. `noun` is its name in the document; `title` what staff call it."""

    noun: ClassVar[str]
    title: ClassVar[Text]


class Hours(Referable):
    noun, title = "hours", T("opening hours")


class Person(Referable):
    noun, title = "person", T("person")


class Team(Referable):
    noun, title = "team", T("team")


class Rota(Referable):
    noun, title = "rota", T("on-call rota")


class Mailbox(Referable):
    noun, title = "mailbox", T("mailbox")


class Prompt(Referable):
    noun, title = "prompt", T("recorded prompt")


class ContactList(Referable):
    noun, title = "list", T("list of callers")


class Location(Referable):
    noun, title = "location", T("location")


class Flow(Referable):
    noun, title = "flow", T("call flow")


class Trunk(Referable):
    noun, title = "trunk", T("telephone line")


class Queue(Referable):
    noun, title = "queue", T("queue")


class Skill(Referable):
    noun, title = "skill", T("skill")


class Provider(Referable):
    noun, title = "provider", T("provider")


REFERABLE: dict[str, type[Referable]] = {kind.noun: kind for kind in Referable.__subclasses__()}

TelephoneNumber = Annotated[str, Field(max_length=40, json_schema_extra={"x-widget": "telephone"})]
"""A number to be dialled, as staff write it; `checks.py` refuses emergency numbers in every setting of this type."""

R = TypeVar("R")


class Ref(BaseModel, Generic[R]):
    """A reference by id, with the name it had when drawn: import matches by id, then by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=200)

    @classmethod
    def noun(cls) -> str:
        """What kind of thing this type of reference points at: "hours", "team" ..."""
        target: type[Referable] = cls.__pydantic_generic_metadata__["args"][0]
        return target.noun

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        json_schema = handler.resolve_ref_schema(handler(schema))
        if cls.__pydantic_generic_metadata__["args"]:
            json_schema["x-ref"] = cls.noun()
        return json_schema

    def __bool__(self) -> bool:
        """Whether anything has been chosen."""
        return bool(self.id or self.name)


_PLAIN = frozenset({str, int, float, bool, type(None)})


def references(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Ref[Any]]]:
    """Every chosen reference in a model, list or dict, with the path of fields and indexes to it."""
    inside: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Ref):
        if value:
            yield path, value
    elif isinstance(value, BaseModel):
        inside = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list | tuple):
        inside = enumerate(value)
    for name, item in inside:
        if type(item) not in _PLAIN:  # most settings are: hundreds of nodes are looked at while somebody draws
            yield from references(item, (*path, name))


class DrawnNode(BaseModel):
    """A node as drawn. `settings` are its kind's (registry.py); `title` is the clinic's own words for it."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40)
    title: str = Field(default="", max_length=120)
    settings: dict[str, Any] = Field(default_factory=dict)
    x: float = 0
    y: float = 0


class Note(BaseModel):
    """A sticky note on the canvas."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=4000)
    x: float = 0
    y: float = 0
    width: float = 200
    height: float = 120


class Document(BaseModel):
    """One version of a flow. Edges are by node and exit: each exit has at most one target.

    `start`: where a call begins; `catch_all`: where a failure goes that has no edge of its own.
    Nothing here says that the flow is sound: `checks.py` does.
    """

    model_config = ConfigDict(extra="forbid")

    format: int = FORMAT
    name: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=2000)
    languages: list[Language] = Field(default_factory=lambda: ["en"], min_length=1, max_length=20)
    start: Id | None = None
    catch_all: Id | None = None
    nodes: dict[Id, DrawnNode] = Field(default_factory=dict, max_length=2000)
    edges: dict[Id, dict[str, Id]] = Field(default_factory=dict)
    notes: dict[Id, Note] = Field(default_factory=dict, max_length=500)
    rehearsals: list[dict[str, Any]] = Field(default_factory=list, max_length=200)
    """Scripted test calls that go with the flow (rehearsals.Rehearsal)."""

"""Ask a web service, and go on by its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from controller.calls.bookmark import Phase
from controller.calls.call import Call
from controller.flows.clinic import Clinic, WebRequest
from controller.flows.nodes.collect import Collect
from controller.flows.places import Name, filled, places
from controller.flows.registry import FAILED, CheckContext, Exit, Family, Node, NodeFailed, Problem, Result, Undrawn
from controller.texts import T, Text

LONGEST = 500
"""Characters of an answer's field that are kept: it travels with the call."""


class Sent(BaseModel):
    """A field of what is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=80, title="Field")
    value: str = Field(default="", max_length=500, title="Value", description="May hold {caller.number} and the like.")


class Kept(BaseModel):
    """A field of the answer, and the name it is kept under."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(
        default="", max_length=120, title="Field of the answer", description="“patient.name” looks inside."
    )
    name: Name = Field(default="", title="Keep as")


class Webhook(Node):
    """Send fields to a web service, keep fields of its answer, and go on.

    The service answers with JSON. Each request carries an idempotency key: one that comes twice, because of a repeat or
    because another controller took the call over, has the same key and is to be acted on once. Callers hear nothing
    meanwhile: say "One moment, please" before it. Only addresses that your engineer has allowed can be asked.
    """

    kind: ClassVar = "webhook"
    family: ClassVar = Family.SHAPE
    title: ClassVar = T("Web request")
    purpose: ClassVar = T("Ask one of your own systems, and go on by its answer.")
    icon: ClassVar = "webhook"

    url: str = Field(default="", max_length=500, title="Address", description="Begins with https://")
    method: Literal["POST", "GET"] = Field(default="POST", title="Method")
    sent: tuple[Sent, ...] = Field(default=(), max_length=40, title="What is sent")
    kept: tuple[Kept, ...] = Field(default=(), max_length=40, title="What is kept of the answer")
    seconds: float = Field(default=5, ge=1, le=30, title="Seconds at most", description="Tries again included.")
    retries: int = Field(
        default=2, ge=0, le=5, title="Tries again", description="When the service is out of reach or broken."
    )

    def exits(self) -> Sequence[Exit]:
        return [
            Exit("answered", T("Answered")),
            Exit("refused", T("Refused, or not found"), Undrawn.CATCH_ALL),
            Exit(FAILED, T("Fails"), Undrawn.CATCH_ALL),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        request = self._request(call)
        call.phase("asking")
        return self._ask(call, clinic, request)

    def resume(self, call: Call, clinic: Clinic, phase: Phase) -> Result:
        return self._ask(call, clinic, self._request(call))

    def _request(self, call: Call) -> WebRequest:
        values = {**call.values(), **call.secrets}
        for sent in self.sent:
            for name in places(sent.value):
                if name not in values and f"{name}.entered" in values:
                    raise NodeFailed(
                        T("What the caller typed in private is gone: another controller took the call over.")
                    )
        return WebRequest(
            url=self.url,
            method=self.method,
            body={sent.name: filled(sent.value, values) for sent in self.sent if sent.name},
            seconds=self.seconds,
            retries=self.retries,
            idempotency_key=f"{call.id}-{call.mark.step}",
        )

    def _ask(self, call: Call, clinic: Clinic, request: WebRequest) -> Result:
        answer = clinic.send(request)
        call.note("asked", host=urlsplit(self.url).hostname or "", status=answer.status)
        for kept in self.kept:
            if kept.name:
                call.variables[kept.name] = answer.fields.get(kept.field, "")[:LONGEST]
        if 200 <= answer.status < 300 and not answer.error:
            return "answered"
        if 400 <= answer.status < 500:
            return "refused"
        raise NodeFailed(T("The web service gave no answer: {reason}", reason=answer.error or str(answer.status)))

    def variables(self) -> Iterable[str]:
        return [kept.name for kept in self.kept if kept.name]

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        host = _host(self.url)
        return T("Ask {host}", host=host) if host else None

    def problems(self, context: CheckContext) -> Iterator[Problem]:
        node = context.node
        if not self.url:
            yield Problem("no_address", T("Give the address to ask."), node, setting="url")
        elif not _host(self.url) or places(self.url):
            text = T("This is not an address: it begins with https:// and holds no places. Send values as fields.")
            yield Problem("bad_address", text, node, setting="url")
        elif not context.clinic.may_ask(self.url):
            text = T("{host} may not be asked. Your engineer can allow it.", host=_host(self.url))
            yield Problem("host_not_allowed", text, node, setting="url")
        if not all(sent.name for sent in self.sent) or not all(kept.name and kept.field for kept in self.kept):
            yield Problem("field_without_name", T("A field has no name. Give it one, or take it away."), node)
        private = {kind.variable for kind in context.nodes.values() if isinstance(kind, Collect) and kind.sensitive}
        used = {name for sent in self.sent for name in places(sent.value)}
        if private & used and (self.method == "GET" or self.url.lower().startswith("http:")):
            text = T("Private digits would travel in the open. Use POST, and an address that begins with https://")
            yield Problem("private_in_the_open", text, node, setting="url")


def _host(url: str) -> str:
    """The host of an http or https address; "" when it is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "" if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""

"""Decide by who is calling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call
from controller.flows.clinic import Clinic
from controller.flows.document import ContactList, Ref
from controller.flows.registry import Exit, Family, Node, Result
from controller.texts import T, Text


class Caller(Node):
    """Go on by who is calling: someone on a list, a blocked number, a known contact, a withheld number, or someone new.

    They are looked for in this order: withheld, blocked, on the list, known, new. Of known callers, texts behind it may
    say {contact.name:name}, and comparisons look at what else is known of them, such as contact.doctor. Numbers can be
    forged: never give out anything private because of one.
    """

    kind: ClassVar = "caller"
    family: ClassVar = Family.DECIDE
    title: ClassVar = T("Who is calling")
    purpose: ClassVar = T("Go on by whether the caller is known, on a list, or blocked.")
    icon: ClassVar = "user-question"

    blocked: Ref[ContactList] = Field(
        default_factory=Ref[ContactList], title="Blocked callers", description="A list. Empty: nobody is blocked here."
    )
    listed: Ref[ContactList] = Field(
        default_factory=Ref[ContactList],
        title="List",
        description="Callers on it go their own way, such as pharmacies.",
    )

    def exits(self) -> Sequence[Exit]:
        return [
            Exit("known", T("Known")),
            *([Exit("listed", T("On the list"))] if self.listed else []),
            *([Exit("blocked", T("Blocked"))] if self.blocked else []),
            Exit("withheld", T("Number withheld")),
            Exit("new", T("New")),
        ]

    def run(self, call: Call, clinic: Clinic) -> Result:
        number, now = call.caller.number, call.now()
        contact = clinic.contact(number)
        call.variables["contact.name"] = contact.name if contact else ""
        for name, value in (contact.attributes if contact else {}).items():
            call.variables[f"contact.{name}"] = value
        if number is None:
            return "withheld"
        if self.blocked and clinic.listed(self.blocked.id, number, now):
            return "blocked"
        if self.listed and clinic.listed(self.listed.id, number, now):
            return "listed"
        return "known" if contact else "new"

    def variables(self) -> Iterable[str]:
        return ("contact.name", "contact.*")

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Text | None:
        lists = [names.get("list", {}).get(ref.id, ref.name) for ref in (self.listed, self.blocked) if ref]
        return T("By {lists}, and whether known", lists=", ".join(lists)) if lists else T("By whether known")

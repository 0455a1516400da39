"""Templates as they are offered: flows to begin with, each in a sentence. The flows are controller/flows/samples/templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.flows.document import Document
from controller.flows.samples import templates
from controller.texts import T, Text


@dataclass(frozen=True)
class Template:
    """A flow to begin with, and what it is called and good for."""

    title: Text
    description: Text
    document: Document


_SAID: Mapping[str, tuple[Text, Text]] = {
    "family_clinic": (
        T("Family clinic"),
        T(
            "One location, in English and Spanish: opening hours and lunch, a menu for the front desk, nurses, refills and "
            "billing, and the provider on call after hours."
        ),
    ),
    "dental": (
        T("Dental practice"),
        T(
            "By day, callers with toothache go first; the front desk and billing by key; after hours, the dentist on call."
        ),
    ),
    "urgent_care": (
        T("Urgent care"),
        T("For walk-in patients: address and hours, results, a nurse, billing, and what to do when you are closed."),
    ),
    "after_hours": (
        T("After hours only"),
        T("For a number to which your phones are forwarded at night: the provider on call, or a message."),
    ),
}


def offered() -> Mapping[str, Template]:
    """Every template, by the name of its file, in the order in which they are offered."""
    documents = templates()
    return {name: Template(*_SAID[name], document=documents[name]) for name in _SAID if name in documents}

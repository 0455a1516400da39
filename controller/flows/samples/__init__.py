"""Flows to begin with: the demo clinic's own, and templates to be imported and put into one's own words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from controller.flows.document import Document

HERE = Path(__file__).parent
LAKESIDE = HERE / "lakeside"
"""Lakeside Family Clinic: its flows, and in clinic.json what they refer to."""
ORGANISATION = LAKESIDE / "clinic.json"


def lakeside() -> Mapping[str, Document]:
    """The demo clinic's flows, by file name without its ending."""
    return _documents(LAKESIDE)


def templates() -> Mapping[str, Document]:
    """Flows to be imported, by file name without its ending."""
    return _documents(HERE / "templates")


def _documents(folder: Path) -> Mapping[str, Document]:
    return {
        path.stem: Document.model_validate_json(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path != ORGANISATION
    }

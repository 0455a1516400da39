"""The generated pages of docs/ say what the code says."""

from pathlib import Path

import pytest

from controller.reference import pages

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("name", ["nodes.md", "settings.md"])
def test_pages_are_as_generated(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"

"""A kind of step that is new in Python is on the canvas with its words, icon, form and exits: nothing in TypeScript knows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Running, Visit, start_editor, stop_editor
from tests.browser.test_canvas import card, drawn, form, from_palette, new_flow, open_flow, port
from tests.cli.conftest import ROOT
from tests.waiting import wait_until

KIND = '''
"""Read the weather out."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from controller.calls.call import Call
from controller.flows.clinic import Clinic
from controller.flows.document import Ref, Team
from controller.flows.registry import Exit, Family, Node
from controller.texts import T


class Sky(StrEnum):
    CLEAR = "clear"
    CLOUDY = "cloudy"


class Weather(Node):
    """Tell callers the weather.

    They like it.
    """

    kind: ClassVar = "weather"
    family: ClassVar = Family.TALK
    title: ClassVar = T("Weather")
    purpose: ClassVar = T("Callers hear the weather.")
    icon: ClassVar = "umbrella"
    everyday: ClassVar = True

    place: str = Field(default="here", max_length=40, title="Where")
    skies: tuple[Sky, ...] = Field(default=(Sky.CLEAR,), title="Skies")
    team: Ref[Team] = Field(default_factory=Ref[Team], title="Who measures it")

    def exits(self):
        return [Exit(sky.value, T("{sky} sky", sky=sky.value)) for sky in self.skies]

    def run(self, call: Call, clinic: Clinic) -> str:
        return self.skies[0].value

    def summary(self, names):
        return T("The weather {place}", place=self.place)
'''
REGISTERED = """
import controller.flows.nodes as nodes

nodes.__path__.append({folder!r})
"""


@pytest.fixture
def editor(built: None, tmp_path: Path) -> Running:
    """An editor whose registry has one kind more."""
    kinds = tmp_path / "kinds"
    kinds.mkdir()
    (kinds / "weather.py").write_text(KIND)
    (kinds / "sitecustomize.py").write_text(REGISTERED.format(folder=str(kinds)))
    return start_editor(tmp_path, PYTHONPATH=f"{kinds}:{ROOT}")


def test_a_new_kind_needs_no_typescript(editor: Running, visit: Callable[..., Visit]) -> None:
    try:
        flow = new_flow(editor, "Weather")
        page = open_flow(visit(editor), flow)
        row = page.locator('button[data-kind="weather"]')
        expect(row).to_contain_text("Callers hear the weather.")
        assert row.locator("svg path").count() > 1, "its icon, by name"
        from_palette(page, "weather", 620, 400)
        expect(card(page, "Weather").get_by_text("The weather here")).to_be_visible()
        expect(port(page, "Weather", "clear")).to_be_visible()
        form(page).get_by_label("Where").fill("by the lake")
        expect(card(page, "Weather").get_by_text("The weather by the lake")).to_be_visible()
        form(page).get_by_label("cloudy").check()
        expect(port(page, "Weather", "cloudy")).to_be_visible()
        form(page).get_by_label("Who measures it").click()
        page.get_by_role("option", name="Nurses", exact=True).click()
        settings = wait_until(
            lambda: (found := next(iter(drawn(editor, flow).nodes.values())).settings).get("team") and found
        )
        assert settings["place"] == "by the lake"
        assert settings["skies"] == ["clear", "cloudy"]
    finally:
        stop_editor(editor)

"""The pages of skills."""

from __future__ import annotations

from apiflask import APIBlueprint

from flow_editor.skills.skills import Skills
from flow_editor.things.serving import serve

blueprint = APIBlueprint("skills", __name__, url_prefix="/api")
serve(blueprint, Skills())

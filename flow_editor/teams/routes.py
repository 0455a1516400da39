"""The pages of teams."""

from __future__ import annotations

from apiflask import APIBlueprint

from flow_editor.teams.teams import Teams
from flow_editor.things.serving import serve

blueprint = APIBlueprint("teams", __name__, url_prefix="/api")
serve(blueprint, Teams())

"""The pages of locations."""

from __future__ import annotations

from apiflask import APIBlueprint

from flow_editor.locations.locations import Locations
from flow_editor.things.serving import serve

blueprint = APIBlueprint("locations", __name__, url_prefix="/api")
serve(blueprint, Locations())

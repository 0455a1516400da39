"""The pages of queues."""

from __future__ import annotations

from apiflask import APIBlueprint

from flow_editor.queues.queues import Queues
from flow_editor.things.serving import serve

blueprint = APIBlueprint("queues", __name__, url_prefix="/api")
serve(blueprint, Queues())

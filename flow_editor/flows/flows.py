"""Flows as things that can be deleted and replaced. They are drawn, not filled in: what else is done to them is elsewhere.

Drafts, versions and publications stay when a flow goes: calls under way finish on the version they walk, and a flow whose
deletion is undone has them again.
"""

from __future__ import annotations

from controller.store.models import Flow
from flow_editor.accounts.permissions import Permission
from flow_editor.things.thing import Form, Line, Thing


class Flows(Thing[Flow, Form, Line]):
    """What callers hear and where they are led."""

    path = "flows"
    row = Flow
    sees = Permission.SEE_FLOWS
    changes = Permission.PUBLISH_FLOWS

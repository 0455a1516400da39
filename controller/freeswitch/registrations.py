"""Which phones are signed in to a switch, by its own list."""

from __future__ import annotations

import json
from collections.abc import Callable


def signed_in(api: Callable[[str], str]) -> dict[str, str]:
    """Users to the network address that each is at; of one with several phones, one of them.

    Raises what `api` raises, and ValueError for an answer that is no list.
    """
    answer = json.loads(api("show registrations as json"))
    rows = answer.get("rows", ())
    return {str(row["reg_user"]): str(row.get("network_ip", "")) for row in rows if row.get("reg_user")}

"""Which phones are signed in to a switch, and which are in a call, by its own lists."""

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


def calling(api: Callable[[str], str]) -> dict[str, str]:
    """Legs of phones inside that are in a call, or make one, to their users; not of those that only ring.

    Raises as `signed_in`.
    """
    rows = json.loads(api("show channels as json")).get("rows", ())
    return {
        str(row["uuid"]): str(row["presence_id"]).partition("@")[0]
        for row in rows
        if row.get("presence_id") and (row.get("direction") == "inbound" or row.get("callstate") in _TALKING)
    }


_TALKING = ("ACTIVE", "HELD", "UNHELD")

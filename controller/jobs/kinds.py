"""Every kind of work that can be due. A kind's work is a short writing transaction, in which its job is taken away too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from controller.store import publications

Work = Callable[[Session, str, datetime], None]
"""Does what is due about a row (its id), at this time by the database's clock."""

KINDS: Mapping[str, Work] = {
    publications.BEGIN: publications.begin,
    publications.END: publications.end,
}

"""The lines that a switch rings by itself when no controller answers, kept there in step with SQL.

They live in the switch's own database (`db`, not `hash`): they must be there when nothing of ours is, also after the
switch was started anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from controller.telephone import E164, within_country

REALM = "careline_backup"


def keep(api: Callable[[str], str], lines: Mapping[str, str]) -> int:
    """Make the switch's list say `lines` (number dialled to number rung, both E.164). Returns how many entries changed: each
    number has more than one, since some trunks send it as it is dialled within its country.

    Numbers that are not in E.164 are refused with ValueError before anything is changed. Raises what `api` raises.
    """
    for number in (*lines, *lines.values()):
        if not E164.fullmatch(number):
            raise ValueError(f"not in E.164: {number!r}")
    national = {form: line for number, line in lines.items() for form in within_country(number)}
    lines = {**national, **lines}
    changed = 0
    listed = _answer(api(f"db list/{REALM}"))
    # The switch cuts this list at some 4,000 characters: numbers it did not name are written again, which does no harm.
    for gone in set(filter(None, listed.split(","))) - set(lines):
        api(f"db delete/{REALM}/{gone}")
        changed += 1
    for number, line in lines.items():
        if _answer(api(f"db select/{REALM}/{number}")) != line:
            api(f"db insert/{REALM}/{number}/{line}")
            changed += 1
    return changed


def _answer(text: str) -> str:
    # An empty answer reaches us as "-ERR no reply".
    text = text.strip()
    return "" if text.startswith("-ERR") else text

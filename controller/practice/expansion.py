"""`${...}` in an application's argument, as FreeSWITCH reads it: a variable, or an API command with its argument in brackets."""

from __future__ import annotations

from collections.abc import Callable


def expand(text: str, variable: Callable[[str], str], api: Callable[[str, str], str]) -> str:
    """Put in values of variables and answers of API commands; what is inside the braces is expanded first."""
    if "${" not in text:
        return text
    out = []
    place = 0
    while True:
        start = text.find("${", place)
        end = _closing(text, start + 2) if start >= 0 else -1
        if start < 0 or end < 0:
            out.append(text[place:])
            return "".join(out)
        out.append(text[place:start])
        inside = expand(text[start + 2 : end], variable, api)
        name, bracket, argument = inside.partition("(")
        if bracket and argument.endswith(")"):
            out.append(api(name.strip(), argument[:-1]))
        else:
            out.append(variable(inside))
        place = end + 1


def _closing(text: str, start: int) -> int:
    depth = 1
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if not depth:
                return place
    return -1

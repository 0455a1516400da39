"""The one door through which anything becomes an application's argument, an API command or a dial string.

FreeSWITCH expands `${...}` in arguments, API calls among them, and has a grammar of its own for each place: commas, braces,
`|`, `:_:` and `^^` in dial strings, quotes and blanks in commands, `!` and `{` in file names. So nothing is escaped here:
every value has the alphabet of what it is, and what does not fit is refused. Only names, which people write as they like,
are brought into their alphabet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NewType

Argument = NewType("Argument", str)
"""Text that may go to the switch as an argument. Made in this module only."""


class ArgumentRefused(ValueError):
    """A value that has no place in a command to the switch. The message says which kind, and not the value: it may be a
    caller's."""


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FILE = re.compile(r"(/[A-Za-z0-9_+=~-][A-Za-z0-9._+=~-]*)+")
_STREAM = re.compile(r"local_stream://[A-Za-z0-9_-]+|silence_stream://[0-9]+|tone_stream://%\([0-9]+,[0-9]+,[0-9.]+\)")
_KEYS = re.compile(r"[0-9*#A-D]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_VALUE = re.compile(r"(?!.*:_:)[A-Za-z0-9_.:/+=@#*-]*")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_GATEWAY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")
_CAUSE = re.compile(r"[A-Z_]{2,40}")
_EXTENSION = re.compile(r"[A-Za-z0-9_+*#-]{1,64}")
_NOT_IN_A_NAME = re.compile(r"[^\w .+’-]", re.ASCII)
LONGEST_NAME = 40


def _fit(pattern: re.Pattern[str], value: str, what: str) -> Argument:
    if not pattern.fullmatch(value):
        raise ArgumentRefused(f"not {what}")
    return Argument(value)


def leg(uuid: str) -> Argument:
    """A leg's UUID."""
    return _fit(_UUID, uuid, "the id of a leg")


def file(path: Path) -> Argument:
    """A file by its absolute path: letters, digits and . _ + = ~ - only, no folder or file that begins with a dot."""
    return _fit(_FILE, str(path), "a path that the switch can be given (letters, digits and . _ + = ~ - only)")


def stream(name: str) -> Argument:
    """A source of sound of the switch's own: local_stream, silence_stream or one tone."""
    return _fit(_STREAM, name, "a stream")


def silence(milliseconds: int) -> Argument:
    """Silence for so long."""
    return stream(f"silence_stream://{number(milliseconds, 1, 3_600_000)}")


def sound(files: Sequence[Path]) -> Argument:
    """Files played one after the other; a moment of silence when there are none."""
    if not files:
        return silence(1)
    if len(files) == 1:
        return file(files[0])
    return Argument("file_string://" + "!".join(file(one) for one in files))


def number(value: float, least: int, most: int) -> Argument:
    """A whole number between two bounds, rounded."""
    if not least <= value <= most:
        raise ArgumentRefused(f"not a number from {least} to {most}")
    return Argument(str(round(value)))


def keys(pressed: str) -> Argument:
    """Keys of a telephone."""
    return _fit(_KEYS, pressed, "keys of a telephone")


def cause(name: str) -> Argument:
    """A hang-up cause, NORMAL_CLEARING."""
    return _fit(_CAUSE, name, "a hang-up cause")


def variable(name: str) -> Argument:
    """A channel variable's name."""
    return _fit(_VARIABLE, name, "a variable's name")


def value(text: str) -> Argument:
    """A channel variable's value, where the program chooses it: no blanks, commas, semicolons, quotes, braces or dollars."""
    return _fit(_VALUE, text, "a value for a variable")


def extension(name: str, context: str) -> Argument:
    """A place in the dialplan: `name XML context`."""
    return Argument(f"{_fit(_EXTENSION, name, 'an extension')} XML {_fit(_USER, context, 'a context')}")


def name(written: str) -> Argument:
    """A person's or place's name as a phone shows it: what has a meaning to the switch becomes a blank; at most 40 signs.

    Letters of any language stay. The apostrophe becomes the typographic one, which quotes nothing.
    """
    composed = unicodedata.normalize("NFC", written.replace("'", "’"))
    plain = "".join(sign if sign.isalnum() else _NOT_IN_A_NAME.sub(" ", sign) for sign in composed)
    return Argument(" ".join(plain.split())[:LONGEST_NAME].strip())


def settings(variables: Mapping[str, str]) -> Argument:
    """Variables for `uuid_setvar_multi`: a=b;c=d."""
    return Argument(";".join(f"{variable(key)}={value(text)}" for key, text in variables.items()))


def user(address: str) -> Argument:
    """A dial string for a phone that signs in to us."""
    return Argument(f"user/{_fit(_USER, address, 'a phone of ours')}")


def trunk(gateway: str, dialled: str) -> Argument:
    """A dial string for a number outside, by a gateway."""
    return Argument(
        f"sofia/gateway/{_fit(_GATEWAY, gateway, 'a gateway')}/{_fit(_NUMBER, dialled, 'a telephone number')}"
    )


def originate(
    dial: Argument,
    *,
    variables: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    application: str = "park",
    argument: Argument | None = None,
    place: Argument | None = None,
) -> Argument:
    """An `originate` command: `variables` are checked as `value`, `names` brought into shape as `name`. Whoever answers goes to a
    `place` in the dialplan, or to an application with its argument."""
    pairs: Iterable[str] = [
        *(f"{variable(key)}={value(text)}" for key, text in variables.items()),
        *(f"{variable(key)}='{name(text)}'" for key, text in (names or {}).items() if name(text)),
    ]
    onward = place or f"&{_fit(_USER, application, 'an application')}({argument or ''})"
    return Argument(f"originate {{{','.join(pairs)}}}{dial} {onward}")

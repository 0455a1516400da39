"""Where a call stands in its flow: all that another controller needs to go on with it.

It rides on the channel as a variable, sealed, because channel variables land in the switch's log and database in the
clear, and because whoever could write one could send a call anywhere.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import zlib
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LARGEST = 2048
"""Characters a sealed bookmark may have: every event of the channel carries it (freeswitch.md)."""

Json: TypeAlias = "str | int | float | bool | None | list[Json] | dict[str, Json]"


class BookmarkRefused(Exception):
    """A bookmark that was not sealed by this installation for this call, or is of a form this program cannot read."""


class BookmarkTooLarge(Exception):
    """A bookmark that would not fit on the channel."""


@dataclass(frozen=True)
class Phase:
    """How far inside a node a call is: written before each effect outside, so that nothing is done twice.

    `name` is the node kind's own word ("ringing", "talking"); "" when the node has begun nothing yet.
    """

    name: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class Bookmark:
    """Flow version, node, phase, step and what the caller brought along. Times are not kept here but in SQL."""

    version: str
    node: str
    step: int = 0
    phase: Phase = field(default_factory=Phase)
    language: str = "en"
    location: str | None = None
    """Where the flow has placed the caller; None: where the number dialled belongs."""
    variables: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    """Names of variables too large for the channel: their values are in SQL."""
    stack: list[tuple[str, str]] = field(default_factory=list)
    """(version, node) of each subflow node that has been entered and not yet returned to, outermost first."""
    failures: int = 0
    """How many nodes have failed so far: a call that only fails goes to the backup line."""
    priority: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    """Skill to the level that whoever takes the call must have."""
    preferred: dict[str, int] = field(default_factory=dict)
    """Skill to the level that they had better have."""
    entry: str | None = None
    recording: str | None = None
    recording_state: str = "off"
    sent: dict[str, str] = field(default_factory=dict)
    """How staff have sent the call on, the last time (flows/transfers.py)."""
    announced: bool = False
    """The caller has heard the day's announcement."""

    def seal(self, key: bytes, call: str) -> str:
        """Encrypt for `call` (AES-256-GCM, the call's id as associated data), in URL-safe characters.

        Raises BookmarkTooLarge when the result is longer than `LARGEST`.
        """
        # By hand: dataclasses.asdict copies everything, and this is done for every step of every call.
        state = {name: value for name, value in vars(self).items() if value != _DEFAULTS.get(name)}
        if self.phase != _DEFAULTS["phase"]:
            state["phase"] = {"name": self.phase.name, "detail": self.phase.detail}
        if self.kept and self.variables:
            state["variables"] = {name: value for name, value in self.variables.items() if name not in self.kept}
        plain = _WRITER.encode(state).encode()
        if len(plain) > _SHORT:
            plain = zlib.compress(plain, 6)
        nonce = os.urandom(12)
        sealed = base64.urlsafe_b64encode(nonce + _cipher(key).encrypt(nonce, plain, call.encode())).decode()
        if len(sealed) > LARGEST:
            raise BookmarkTooLarge(f"{len(sealed)} characters")
        return sealed

    @classmethod
    def unseal(cls, sealed: str, key: bytes, call: str) -> Bookmark:
        """The reverse of `seal`. Raises BookmarkRefused for anything that `seal` with this key and call did not make."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
            plain = _cipher(key).decrypt(raw[:12], raw[12:], call.encode())
            state = json.loads(plain if plain.startswith(b"{") else zlib.decompress(plain))
            if not isinstance(state, dict):
                raise TypeError("not a bookmark")
            state["phase"] = Phase(**state.get("phase", {}))
            state["stack"] = [(version, node) for version, node in state.get("stack", [])]
            return cls(**state)
        except (ValueError, TypeError, InvalidTag, zlib.error) as error:
            raise BookmarkRefused(str(error) or type(error).__name__) from error


_DEFAULTS = {name: value for name, value in vars(Bookmark("", "")).items() if name not in ("version", "node")}
"""What need not be written: it is so without being said."""
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_SHORT = 300
"""Bytes of JSON, which begins with a brace as no compressed data do, that are not worth compressing."""


@functools.lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)

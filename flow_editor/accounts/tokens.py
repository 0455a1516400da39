"""Tokens that let somebody in: drawn by lot, and kept only as their hash."""

from __future__ import annotations

import hashlib


def hashed(token: str) -> str:
    """How a token is kept: it was drawn by lot, so a fast hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()

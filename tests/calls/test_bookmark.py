"""The bookmark: what is sealed is what comes back, for this call, with this key, and for nobody else."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from controller.calls.bookmark import LARGEST, Bookmark, BookmarkRefused, BookmarkTooLarge, Phase

KEY = bytes(range(32))
CALL = "5f1c3f0a-7a9b-4f64-9a51-0d6a0e1b2c3d"

words = st.text(max_size=30)
ids = st.text("abcdefghjkmnpqrstvwxyz0123456789-_", min_size=1, max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
bookmarks = st.builds(
    Bookmark,
    version=ids,
    node=ids,
    step=st.integers(0, 500),
    phase=st.builds(
        Phase, st.sampled_from(["", "ringing", "talking"]), st.dictionaries(words, json_values, max_size=3)
    ),
    language=st.sampled_from(["en", "es", "es-MX"]),
    variables=st.dictionaries(words, words, max_size=5),
    kept=st.just([]),
    stack=st.lists(st.tuples(ids, ids), max_size=4),
    priority=st.integers(-5, 5),
    skills=st.dictionaries(words, st.integers(0, 5), max_size=3),
    entry=st.none() | ids,
    recording=st.none() | words,
    recording_state=st.sampled_from(["off", "on", "paused"]),
)


@given(bookmarks)
def test_what_is_sealed_comes_back(bookmark: Bookmark) -> None:
    sealed = bookmark.seal(KEY, CALL)
    assert Bookmark.unseal(sealed, KEY, CALL) == bookmark
    assert len(sealed) <= LARGEST


@given(bookmarks)
def test_nothing_in_it_means_anything_to_the_switch(bookmark: Bookmark) -> None:
    sealed = bookmark.seal(KEY, CALL)
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")


@given(bookmarks, st.data())
def test_a_changed_one_is_refused(bookmark: Bookmark, data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(bookmark.seal(KEY, CALL)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BookmarkRefused):
        Bookmark.unseal(base64.urlsafe_b64encode(bytes(raw)).decode(), KEY, CALL)


@given(bookmarks, st.integers(0, LARGEST))
def test_a_cut_one_is_refused(bookmark: Bookmark, length: int) -> None:
    sealed = bookmark.seal(KEY, CALL)
    assume(length < len(sealed))
    with pytest.raises(BookmarkRefused):
        Bookmark.unseal(sealed[:length], KEY, CALL)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused(anything: str) -> None:
    with pytest.raises(BookmarkRefused):
        Bookmark.unseal(anything, KEY, CALL)


@given(bookmarks)
def test_another_calls_is_refused(bookmark: Bookmark) -> None:
    with pytest.raises(BookmarkRefused):
        Bookmark.unseal(bookmark.seal(KEY, CALL), KEY, "00000000-0000-4000-8000-000000000000")


@given(bookmarks)
def test_another_installations_is_refused(bookmark: Bookmark) -> None:
    with pytest.raises(BookmarkRefused):
        Bookmark.unseal(bookmark.seal(KEY, CALL), bytes(32), CALL)


@pytest.mark.parametrize(
    "state",
    [
        {"version": "v"},
        {"version": "v", "node": "n", "of a later program": 1},
        {"version": "v", "node": "n", "phase": "ringing"},
        {"version": "v", "node": "n", "phase": {"name": "x", "more": 1}},
        {"version": "v", "node": "n", "stack": [["only one"]]},
        [],
        "text",
        None,
    ],
)
def test_a_sealed_one_of_another_form_is_refused(state: object) -> None:
    nonce = os.urandom(12)
    plain = zlib.compress(json.dumps(state).encode())
    sealed = base64.urlsafe_b64encode(nonce + AESGCM(KEY).encrypt(nonce, plain, CALL.encode())).decode()
    with pytest.raises(BookmarkRefused):
        Bookmark.unseal(sealed, KEY, CALL)


def test_the_same_bookmark_never_looks_the_same() -> None:
    bookmark = Bookmark("v", "n")
    assert bookmark.seal(KEY, CALL) != bookmark.seal(KEY, CALL)


def test_one_too_large_is_said_so() -> None:
    noise = os.urandom(LARGEST).hex()
    with pytest.raises(BookmarkTooLarge):
        Bookmark("v", "n", variables={"noise": noise}).seal(KEY, CALL)


def test_values_that_are_in_sql_are_left_out() -> None:
    bookmark = Bookmark("v", "n", variables={"long": "x", "short": "y"}, kept=["long"])
    found = Bookmark.unseal(bookmark.seal(KEY, CALL), KEY, CALL)
    assert found == dataclasses.replace(bookmark, variables={"short": "y"})

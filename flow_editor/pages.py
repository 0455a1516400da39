"""The browser application as built (flow_editor/static/): its one page for every address, and its files."""

from __future__ import annotations

import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.errors import NotFound, Refusal

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What the build has written beside a file, best first."""

blueprint = Blueprint("pages", __name__)


@cache
def _content(path: Path, changed: float) -> bytes:
    """A file. `changed`: so that a new build is read anew."""
    return path.read_bytes()


def _serve(path: Path, caching: str) -> Response:
    kind = (
        "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    )
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    encoding, sent = None, path
    for name, suffix in _ENCODINGS.items():
        compressed = path.with_name(path.name + suffix)
        if encoding is None and request.accept_encodings.quality(name) > 0 and compressed.is_file():
            encoding, sent = name, compressed
    response = Response(_content(sent, sent.stat().st_mtime), content_type=f"{kind}; charset=utf-8" if text else kind)
    response.vary.add("Accept-Encoding")
    if encoding is not None:
        response.content_encoding = encoding
    response.headers["Cache-Control"] = caching
    return response


@blueprint.get("/healthz")
@needs(Permission.ANYONE)
def healthz() -> Response:
    """That the process answers."""
    return Response("well\n", content_type="text/plain")


@blueprint.get("/", defaults={"path": ""})
@blueprint.get("/<path:path>")
@needs(Permission.ANYONE)
def page(path: str) -> Response:
    """A file of the application, or its page, which finds its way by the address."""
    wanted = (STATIC / path).resolve()
    if path and wanted.is_file() and wanted.is_relative_to(STATIC):
        return _serve(wanted, FOR_EVER if path.startswith("assets/") else "no-cache")
    if path.startswith(("api/", "assets/", "socket.io")):
        raise NotFound
    index = STATIC / "index.html"
    if not index.is_file():
        raise Refusal(T("The pages have not been built: run `make web`."), status=503)
    return _serve(index, "no-cache")

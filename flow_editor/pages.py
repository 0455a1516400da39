"""The browser application as built (flow_editor/static/): its one page for every address, and its files, compressed once."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from controller.texts import T
from flow_editor.accounts.permissions import Permission, needs
from flow_editor.errors import NotFound, Refusal

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_COMPRESSED = {".js", ".css", ".html", ".svg", ".json", ".webmanifest", ".txt"}

blueprint = Blueprint("pages", __name__)


@cache
def _file(path: Path, changed: float) -> tuple[bytes, bytes | None, str]:
    """A file, compressed where that helps, and what it is. `changed`: so that a new build is read anew."""
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        kind = "text/javascript"
    return content, gzip.compress(content, 9, mtime=0) if path.suffix in _COMPRESSED else None, kind


def _serve(path: Path, caching: str) -> Response:
    content, compressed, kind = _file(path, path.stat().st_mtime)
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    response = Response(content, content_type=f"{kind}; charset=utf-8" if text else kind)
    if compressed is not None:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") > 0:
            response.set_data(compressed)
            response.content_encoding = "gzip"
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

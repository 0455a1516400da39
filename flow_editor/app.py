"""The flow editor's web application, wired: every feature's routes and events, who may use them, and how errors are told.

A feature is a folder of this package; its `routes.py` (with `blueprint`) and `events.py` are found by being there.
"""

from __future__ import annotations

import gzip
import hmac
import importlib
import pkgutil
from types import ModuleType
from typing import Any, cast

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import flow_editor
from controller.store.engine import DatabaseBusy
from controller.texts import T, Text
from flow_editor import pages
from flow_editor.accounts import service
from flow_editor.accounts.permissions import Permission, needed, needs
from flow_editor.accounts.routes import limiter
from flow_editor.editor import Editor, asked_language
from flow_editor.errors import NotAllowed, NotSignedIn, Refusal
from flow_editor.live import COOKIE, EVENTS, TOLD, Live

log = structlog.get_logger(__name__)

LARGEST_REQUEST = 32 * 1024 * 1024
"""Bytes: a recorded prompt of some minutes."""

WORTH_COMPRESSING = 2_000
"""Bytes of JSON below which compressing it is not worth the time."""

CONTENT_SECURITY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Mantine and React Flow place things by style attributes
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}

_ANSWERS = {
    400: T("This request could not be read."),
    404: T("This is not here any more. Somebody may have removed it."),
    405: T("This cannot be done here."),
    413: T("This is too large."),
    415: T("This request could not be read."),
    429: T("Too many attempts. Please wait a few minutes and try again."),
}


def create_app(parts: Editor) -> APIFlask:
    """The application. `parts` are the process's, started by whoever calls."""
    app = APIFlask(
        "flow_editor",
        title="Careline",
        version="1",
        spec_path="/api/openapi.json",
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]  # pages.py serves what is built
    )
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        VALIDATION_ERROR_STATUS_CODE=422,
        AUTO_404_RESPONSE=False,
        SPEC_FORMAT="json",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # a step's fields come in the order in which its kind has them
    app.extensions["careline"] = parts
    if parts.config.editor_proxies:
        count = parts.config.editor_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.before_request(_admit)
    limiter.init_app(app)
    for feature in features("routes"):
        app.register_blueprint(feature.blueprint)
    features("events")
    app.register_blueprint(pages.blueprint)
    needs(Permission.SIGNED_IN)(app.view_functions["openapi.spec"])
    app.after_request(_protect)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _failed)
    app.register_error_handler(DatabaseBusy, _busy)
    app.register_error_handler(Exception, _broken)
    app.error_processor(_api_error)
    app.spec_processor(_with_events)  # type: ignore[arg-type]
    app.extensions["careline.live"] = Live(app, parts)
    return app


def features(part: str) -> list[ModuleType]:
    """Every feature's module of this name, imported."""
    found = []
    for package in pkgutil.iter_modules(flow_editor.__path__, "flow_editor."):
        if package.ispkg:
            inside = importlib.import_module(package.name)
            if any(module.name == part for module in pkgutil.iter_modules(inside.__path__)):
                found.append(importlib.import_module(f"{package.name}.{part}"))
    return found


# -- who is asking, and may they


def _admit() -> None:
    """Before every request: who it is, whether they may, and that a change was made by a page of ours."""
    g.language = asked_language()
    parts = _parts()
    view = _view()
    permission = needed(view)
    if permission is None:
        raise NotAllowed  # a route without a permission is a mistake of ours; a test finds it
    token = request.cookies.get(COOKIE, "")
    found = (
        service.find(parts.database, token, idle=parts.idle) if token and permission is not Permission.ANYONE else None
    )
    if found is not None:
        g.visitor, g.csrf = found
        g.language = found[0].language or g.language
    if permission is not Permission.ANYONE:
        if found is None:
            raise NotSignedIn
        if not found[0].may_somewhere(permission):
            raise NotAllowed
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        _own_page(found[1] if found else None)


def _own_page(csrf: str | None) -> None:
    if csrf is not None:
        if not hmac.compare_digest(request.headers.get("X-CSRF-Token", "").encode(), csrf.encode()):
            raise NotAllowed(T("This page is too old. Please load it again."))
    elif (origin := request.headers.get("Origin")) and origin.rstrip("/") not in (
        request.host_url.rstrip("/"),
        _parts().config.editor_address,
    ):
        raise NotAllowed


def _parts() -> Editor:
    from flow_editor.editor import editor

    return editor()


def _view() -> Any:
    from flask import current_app

    if request.routing_exception is not None:
        raise request.routing_exception
    return current_app.view_functions[cast(str, request.endpoint)]


def _protect(response: Response) -> Response:
    if request.path.startswith("/assets/"):  # half a hundred scripts and styles, which need no more
        response.headers.setdefault("X-Content-Type-Options", HEADERS["X-Content-Type-Options"])
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if _parts().config.editor_address.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
        _compress(response)
    return response


def _compress(response: Response) -> None:
    """JSON of some size goes out compressed; the session, with its token, is smaller and does not (BREACH)."""
    if (
        not response.is_json
        or response.direct_passthrough
        or response.content_encoding
        or request.accept_encodings.quality("gzip") <= 0
        or (response.content_length or 0) < WORTH_COMPRESSING
    ):
        return
    response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
    response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")


# -- how errors are told


def _told(text: Text, status: int) -> tuple[dict[str, Any], int]:
    return {"message": text.render(g.get("language", "en")), "fields": {}}, status


def _refused(refusal: Refusal) -> tuple[dict[str, Any], int]:
    return refusal.told(g.get("language", "en")), refusal.status


def _failed(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    return _told(_ANSWERS.get(error.code or 500, T("This request could not be read.")), error.code or 500)


def _api_error(error: HTTPError) -> Any:
    """What APIFlask found wrong with what was sent: one line, and a word for each field."""
    detail: Any = error.detail if isinstance(error.detail, dict) else {}
    fields: dict[str, str] = {}
    for place in detail.values():
        if isinstance(place, dict):
            for name, wrong in place.items():
                fields[str(name)] = str(wrong[0] if isinstance(wrong, list) and wrong else wrong)
    text = _ANSWERS.get(error.status_code, T("Something in it is not right."))
    return {"message": text.render(g.get("language", "en")), "fields": fields}, error.status_code, error.headers


def _busy(error: DatabaseBusy) -> tuple[dict[str, Any], int]:
    return _told(T("Careline is busy. Nothing was changed; please try again in a moment."), 503)


def _broken(error: Exception) -> tuple[dict[str, Any], int]:
    log.exception("request_failed", path=request.path)
    return _told(T("Something went wrong here. Please try again."), 500)


def _with_events(spec: dict[str, Any]) -> dict[str, Any]:
    """Socket.IO's events among the components: `x-events`, what browsers say; `x-told`, what the server says."""
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})

    def put(model: Any) -> dict[str, str] | None:
        if model is None:
            return None
        made = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(made.pop("$defs", {}))
        schemas[model.__name__] = made
        return {"$ref": f"#/components/schemas/{model.__name__}"}

    spec["x-events"] = {e.name: {"asked": put(e.asked), "answer": put(e.answer)} for e in EVENTS.values()}
    spec["x-told"] = {name: put(model) for name, model in TOLD.items()}
    return spec

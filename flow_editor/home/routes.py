"""Home."""

from __future__ import annotations

from apiflask import APIBlueprint

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.editor import editor, language, visitor
from flow_editor.errors import NotFound
from flow_editor.home import service, switches
from flow_editor.home.concerns import concerns
from flow_editor.home.schemas import Announce, CloseFor, Concerns, Done, EndDay, HomeNow, PlaceKind

blueprint = APIBlueprint("home", __name__, url_prefix="/api/home")


def _kind(given: str) -> PlaceKind:
    try:
        return PlaceKind(given)
    except ValueError:
        raise NotFound from None


@blueprint.get("")
@needs(Permission.SEE_SETUP)
@blueprint.output(HomeNow)
def home() -> HomeNow:
    """How things stand now."""
    with editor().database.read() as session:
        return service.home(session, visitor(), service.now())


@blueprint.get("/concerns")
@needs(Permission.SEE_SETUP)
@blueprint.output(Concerns)
def what_needs_somebody() -> Concerns:
    """What needs somebody, worst first."""
    parts = editor()
    return Concerns(items=concerns(parts.database, parts.clinic, visitor(), language(), service.now()))


@blueprint.post("/places/<kind>/<id>/closure")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.input(CloseFor)
@blueprint.output(Done)
def close(kind: str, id: str, json_data: CloseFor) -> Done:
    """Close in an emergency."""
    return switches.close(_kind(kind), id, json_data, service.now())


@blueprint.delete("/places/<kind>/<id>/closure")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.output(Done)
def reopen(kind: str, id: str) -> Done:
    """Lift the emergency closure."""
    return switches.reopen(_kind(kind), id, service.now())


@blueprint.post("/places/<kind>/<id>/day")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.input(EndDay)
@blueprint.output(Done)
def end_day(kind: str, id: str, json_data: EndDay) -> Done:
    """Close early today, or stay open until."""
    return switches.end_day(_kind(kind), id, json_data, service.now())


@blueprint.delete("/places/<kind>/<id>/day")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.output(Done)
def usual(kind: str, id: str) -> Done:
    """The day under way ends as usually."""
    return switches.usual(_kind(kind), id, service.now())


@blueprint.put("/announcement")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.input(Announce)
@blueprint.output(Done)
def announce_to_all(json_data: Announce) -> Done:
    """Have callers of every location told something, where it has nothing of its own to tell."""
    return switches.announce(None, json_data, service.now())


@blueprint.delete("/announcement")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.output(Done)
def take_back() -> Done:
    """Tell them no longer."""
    return switches.announce(None, None, service.now())


@blueprint.put("/places/location/<id>/announcement")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.input(Announce)
@blueprint.output(Done)
def announce(id: str, json_data: Announce) -> Done:
    """Have callers of a location told something."""
    return switches.announce(id, json_data, service.now())


@blueprint.delete("/places/location/<id>/announcement")
@needs(Permission.OPEN_AND_CLOSE)
@blueprint.output(Done)
def take_back_here(id: str) -> Done:
    """Tell them no longer."""
    return switches.announce(id, None, service.now())

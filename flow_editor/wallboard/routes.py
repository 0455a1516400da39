"""What whoever supervises may do from the wallboard."""

from __future__ import annotations

from apiflask import APIBlueprint

from flow_editor.accounts.permissions import Permission, needs
from flow_editor.wallboard import supervising
from flow_editor.wallboard.schemas import AgentDoes, ListenAs, ListeningOut, ListenTo, MoveTo, RecordOut

blueprint = APIBlueprint("wallboard", __name__, url_prefix="/api/wallboard")


@blueprint.post("/waiting/<id>/move")
@needs(Permission.SUPERVISE)
@blueprint.input(MoveTo)
def move(id: str, json_data: MoveTo) -> tuple[str, int]:
    """Let a caller wait in another queue."""
    supervising.move(id, json_data.queue)
    return "", 204


@blueprint.delete("/held/<id>")
@needs(Permission.SUPERVISE)
def cancel(id: str) -> tuple[str, int]:
    """Call somebody back no more."""
    supervising.cancel(id)
    return "", 204


@blueprint.post("/agents/<id>")
@needs(Permission.SUPERVISE)
@blueprint.input(AgentDoes)
def agent(id: str, json_data: AgentDoes) -> tuple[str, int]:
    """Change what somebody does as an agent."""
    supervising.set_agent(id, json_data.do, json_data.reason)
    return "", 204


@blueprint.post("/listening")
@needs(Permission.SUPERVISE)
@blueprint.input(ListenTo)
@blueprint.output(ListeningOut)
def listen(json_data: ListenTo) -> ListeningOut:
    """Have one's own phone rung, and listen to what somebody talks."""
    return supervising.state(supervising.listen(json_data.agent, json_data.mode))


@blueprint.get("/listening/<id>")
@needs(Permission.SUPERVISE)
@blueprint.output(ListeningOut)
def listening(id: str) -> ListeningOut:
    """How a listening of one's own stands."""
    return supervising.state(id)


@blueprint.patch("/listening/<id>")
@needs(Permission.SUPERVISE)
@blueprint.input(ListenAs)
@blueprint.output(ListeningOut)
def listen_as(id: str, json_data: ListenAs) -> ListeningOut:
    """Listen only, whisper, or join in."""
    supervising.listen_as(id, json_data.mode)
    return supervising.state(id)


@blueprint.delete("/listening/<id>")
@needs(Permission.SUPERVISE)
def stop(id: str) -> tuple[str, int]:
    """Hang up one's phone."""
    supervising.stop_listening(id)
    return "", 204


@blueprint.get("/record")
@needs(Permission.SEE_HISTORY)
@blueprint.output(RecordOut)
def record() -> RecordOut:
    """Who moved, cancelled, paused and listened, and when."""
    return RecordOut(done=supervising.record())

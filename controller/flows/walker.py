"""The loop: takes a call from node to node until it ends, is handed over, or is joined in a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from pydantic import ValidationError

from controller.calls.bookmark import Bookmark, Phase
from controller.calls.call import Call, CallerGone, CarrierFailed, HandedOn, Talking
from controller.calls.journal import CallEnded, Ending, Journal, StepTaken
from controller.flows import transfers
from controller.flows.announcements import announce
from controller.flows.clinic import Clinic
from controller.flows.document import Document
from controller.flows.registry import (
    DONE,
    FAILED,
    Ended,
    Enter,
    Node,
    NodeFailed,
    Result,
    Return,
    Undrawn,
    UnknownKind,
    make,
)
from controller.texts import T, Text

log = structlog.get_logger(__name__)

STEP_CAP = 500
"""Steps after which a call is taken to be in a loop, and goes to the backup line."""

FAILURE_CAP = 10
"""Failures after which the backup line is better for the caller than another round of the catch-all."""

DEPTH_CAP = 8
"""How many flows may be entered inside one another; more is taken to be a flow that enters itself."""

_RETURNED = "returned"
"""The phase of a node whose subflow has ended; the walker's own, no node sees it."""


@dataclass(frozen=True)
class Version:
    """A flow version ready to be walked: its document, with every node's settings read once."""

    id: str
    flow: str
    document: Document
    nodes: dict[str, Node]

    @classmethod
    def read(cls, id: str, flow: str, document: Document) -> Version:
        """Read every node's settings. A node that cannot be read is left out: a call that reaches it fails there."""
        nodes: dict[str, Node] = {}
        for name, drawn in document.nodes.items():
            try:
                nodes[name] = make(drawn.kind, drawn.settings)
            except (UnknownKind, ValidationError) as error:
                log.error("node_unreadable", version=id, node=name, kind=drawn.kind, error=str(error))
        return cls(id, flow, document, nodes)

    def target(self, node: str, exit_name: str) -> str | None:
        """Where an edge leads; None when it is not drawn, or leads to a node that is gone."""
        target = self.document.edges.get(node, {}).get(exit_name)
        return target if target in self.document.nodes else None

    def undrawn(self, node: str, exit_name: str) -> Undrawn:
        """What an exit without an edge means."""
        if node in self.nodes:
            for exit_ in self.nodes[node].exits():
                if exit_.name == exit_name:
                    return exit_.undrawn
        return Undrawn.CATCH_ALL


Outcome = Literal["ended", "gone", "talking", "handed on", "backup", "lost"]

_ENDINGS: dict[Outcome, Ending] = {
    "ended": "flow ended",
    "gone": "caller hung up",
    "backup": "backup line",
    "lost": "lost",
}
"""How the journal calls the outcomes that end a call; after the others it goes on elsewhere, or in another stretch."""


@dataclass(frozen=True)
class Walked:
    """How a stretch of walking ended.

    "talking": the call will come back as a new stretch. "handed on": another controller has it. "backup": the switch's
    backup line has it. "lost": not even that could be done; whoever called `walk` lets go of the call, so that the
    dialplan goes on by itself.
    """

    outcome: Outcome
    cause: str = ""


class _Lost(Exception):
    """There is no node to go to: the last resort is the backup line."""


class Walker:
    """Walks calls over a clinic's flows. One for all calls: it keeps nothing of a call."""

    def __init__(self, clinic: Clinic, journal: Journal, step_cap: int = STEP_CAP) -> None:
        self.clinic = clinic
        self.journal = journal
        self.step_cap = step_cap

    @staticmethod
    def beginning(version: Version) -> Bookmark:
        """Where a new call stands."""
        document = version.document
        return Bookmark(version=version.id, node=document.start or "", language=document.languages[0])

    def walk(self, call: Call) -> Walked:
        """Walk from the call's bookmark on. Never raises for what happens in a flow; whatever else happens, the caller
        reaches the backup line rather than silence."""
        walked = self._walk(call)
        ending = _ENDINGS.get(walked.outcome)
        if ending is not None:
            try:
                self.journal.ended(CallEnded(call.id, call.now(), ending, walked.cause))
            except Exception:
                log.exception("ending_not_journalled", call=call.id)
        return walked

    def settle(self, call: Call) -> None:
        """Let the node at which a call was left do what it owes a caller who is no longer there (`Departed`). The call's end
        is not noted."""
        self._walk(call)

    def _walk(self, call: Call) -> Walked:
        try:
            while True:
                walked = self._step(call)
                if walked is not None:
                    return walked
        except CallerGone as gone:
            return Walked("gone", gone.cause)
        except HandedOn:
            return Walked("handed on")
        except _Lost as lost:
            return self._to_backup(call, str(lost))
        except Exception as error:
            log.exception("walk_failed", call=call.id)
            return self._to_backup(call, type(error).__name__)

    def _to_backup(self, call: Call, why: str) -> Walked:
        log.error("to_backup_line", call=call.id, why=why, node=call.mark.node, version=call.mark.version)
        try:
            call.to_backup_line()
        except CallerGone as gone:
            return Walked("gone", gone.cause)
        except HandedOn:
            return Walked("handed on")
        except Exception as error:
            log.exception("backup_line_failed", call=call.id)
            return Walked("lost", f"{why}; {error or type(error).__name__}")
        return Walked("backup", why)

    def _step(self, call: Call) -> Walked | None:
        """One node: run it (or go on inside it), journal it, and move the bookmark to where its result leads."""
        mark = call.mark
        if mark.step >= self.step_cap:
            raise _Lost("too many steps")
        version = self._version(mark)
        entered = call.now()
        call.notes = []
        error: Text | None = None
        result: Result
        try:
            result = self._run(call, version)
            subflow = self._subflow(call, result) if isinstance(result, Enter) else None
        except Talking:
            self._journal(call, version, entered, "talking", None)
            return Walked("talking")
        except CallerGone:
            self._journal(call, version, entered, "", None)
            raise
        except NodeFailed as failed:
            error = failed.reason
        except CarrierFailed as failed:
            error = T("The telephone system could not do it: {reason}", reason=str(failed) or type(failed).__name__)
        except HandedOn:
            raise
        except Exception as failed:
            error = T("The program failed here: {reason}", reason=type(failed).__name__)
            log.exception("node_raised", call=call.id, version=version.id, node=mark.node)
        if error is not None:
            log.warning("node_failed", call=call.id, version=version.id, node=mark.node, error=str(error))
            self._journal(call, version, entered, FAILED, str(error))
            return self._fail(call, version)
        self._journal(call, version, entered, _exit_name(result), None)
        if isinstance(result, Ended):
            return Walked("ended")
        if subflow is not None:
            mark.stack.append((version.id, mark.node))
            self._move(call, subflow.id, subflow.document.start or "")
            return None
        if isinstance(result, Return):
            return self._return(call, result.outcome)
        assert isinstance(result, str)
        return self._follow(call, version, result)

    def _run(self, call: Call, version: Version) -> Result:
        """What the node the call stands at comes to. Raises what `Node.run` raises."""
        mark = call.mark
        if mark.phase.name == _RETURNED:
            return str(mark.phase.detail.get("outcome", DONE))
        node = version.nodes.get(mark.node)
        if node is None:
            raise NodeFailed(T("This step can't be read by this version of Careline, or it is gone."))
        if mark.phase.name:
            return node.resume(call, self.clinic, mark.phase)
        call.write_bookmark()
        announce(call, self.clinic, node)
        result = node.run(call, self.clinic)
        if not isinstance(result, str | Enter | Return | Ended):
            raise TypeError(f"{type(node).__name__}.run came to {result!r}")
        return result

    def _subflow(self, call: Call, enter: Enter) -> Version:
        """The flow to be entered, as live now. Raises NodeFailed where there is none, or flows go round in circles."""
        if len(call.mark.stack) >= DEPTH_CAP:
            raise NodeFailed(T("Flows enter one another without end."))
        version = self.clinic.live_version(enter.flow)
        if version is None or version.document.start not in version.document.nodes:
            raise NodeFailed(T("The flow to be entered is not live."))
        call.note("entered", flow=enter.flow, version=version.id)
        return version

    def _follow(self, call: Call, version: Version, exit_name: str) -> Walked | None:
        """Move on by the edge of an exit; where none is drawn, by what the exit means then."""
        mark = call.mark
        target = version.target(mark.node, exit_name)
        if target is not None:
            self._move(call, version.id, target)
            return None
        if version.undrawn(mark.node, exit_name) is Undrawn.HANG_UP:
            return self._return(call, DONE)
        log.warning("exit_leads_nowhere", call=call.id, version=version.id, node=mark.node, exit=exit_name)
        return self._catch(call, version)

    def _fail(self, call: Call, version: Version) -> Walked | None:
        """Move on from a node that has failed."""
        mark = call.mark
        target = version.target(mark.node, FAILED)
        if target is None:
            return self._catch(call, version)
        self._count_failure(call)
        self._move(call, version.id, target)
        return None

    def _catch(self, call: Call, version: Version) -> Walked | None:
        """Move on to the catch-all; where there is none, or where it has itself failed, out of the subflow."""
        mark = call.mark
        self._count_failure(call)
        target = version.document.catch_all
        if target in version.document.nodes and target != mark.node:
            self._move(call, version.id, target)
            return None
        if mark.stack:
            return self._return(call, FAILED)
        raise _Lost(f"no catch-all for {mark.node}")

    @staticmethod
    def _count_failure(call: Call) -> None:
        call.mark.failures += 1
        if call.mark.failures >= FAILURE_CAP:
            raise _Lost("too many failures")

    def _return(self, call: Call, outcome: str) -> Walked | None:
        """End the flow the call is in: go on at the node by which it was entered, or hang up."""
        mark = call.mark
        if not mark.stack:
            announce(call, self.clinic)
            call.hang_up()
            return Walked("ended")
        version, node = mark.stack.pop()
        self._move(call, version, node, Phase(_RETURNED, {"outcome": outcome}))
        return None

    @staticmethod
    def _move(call: Call, version: str, node: str, phase: Phase = Phase()) -> None:  # noqa: B008 - it is immutable
        mark = call.mark
        mark.version, mark.node, mark.phase, mark.step = version, node, phase, mark.step + 1

    def _version(self, mark: Bookmark) -> Version:
        version = mark.version
        found = self._sent(mark) if version == transfers.TRANSFER else self.clinic.version(version)
        if found is None:
            raise _Lost(f"version {version} is unknown")
        return found

    @staticmethod
    def _sent(mark: Bookmark) -> Version | None:
        """What a call walks that staff have sent on."""
        document = transfers.document(mark)
        return Version.read(transfers.TRANSFER, "", document) if document is not None else None

    def _journal(self, call: Call, version: Version, entered: datetime, exit_name: str, error: str | None) -> None:
        mark = call.mark
        drawn = version.document.nodes.get(mark.node)
        self.journal.step(
            StepTaken(
                call=call.id,
                step=mark.step,
                version=version.id,
                node=mark.node,
                kind=drawn.kind if drawn else "",
                entered_at=entered,
                left_at=call.now(),
                exit=exit_name,
                notes=call.notes,
                error=error,
            )
        )


def _exit_name(result: Result) -> str:
    """How the journal calls the way a node was left."""
    match result:
        case str():
            return result
        case Return(outcome):
            return outcome
        case Enter():
            return "entered"
        case Ended():
            return ""

"""A controller may die at any moment of a call: the next one brings it to the same end, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.flows.clinic import WebAnswer, WebRequest
from controller.flows.document import Document
from controller.flows.walker import Walked, Walker
from tests.calls.switchboard import ControllerDied, Manner, Switchboard, SwitchboardCall
from tests.flows.clinic import SampleClinic

CLINIC = {
    "people": {
        "ana": {"phones": ["inside:101", "outside:+13125550111"]},
        "ben": {"phones": ["inside:102", "outside:+13125550112"]},
        "doc": {"phones": ["outside:+13125550113"]},
    },
    "teams": {"front": ["ana", "ben"]},
    "rotas": {"nights": [["doc"], ["outside:+13125550114 Answering service"]]},
    "mailboxes": {"box": {}},
}
PHONES = [
    *(phone for person in CLINIC["people"].values() for phone in person["phones"]),  # type: ignore[attr-defined]
    "outside:+13125550114",
    "outside",
]


def _node(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "settings": settings}


def _to(noun: str) -> dict[str, str]:
    return {"id": noun, "name": noun}


def documents(order: str, phones: str, review: bool, times: int) -> dict[str, Document]:
    """A flow with every kind that has effects outside, and one it enters."""
    step = {"teams": [_to("front")], "order": order, "phones": phones}
    ringing = {"steps": [step], "times": 2, "leave_key": "9"}
    nodes = {
        "hello": _node("say", speech={"text": {"en": "Good morning."}}),
        "menu": _node(
            "menu",
            prompt={"text": {"en": "Press 1, 2, 3 or 4."}},
            choices=[{"key": key} for key in "1234"],
            attempts=2,
        ),
        "ring": _node("ring", comfort={"text": {"en": "Please wait."}}, **ringing),
        "ask": _node("webhook", url="https://example.org/x", kept=[{"field": "who", "name": "who"}]),
        "on_call": _node("on_call", rota=_to("nights"), times=times, leave_key="1"),
        "outside": _node("transfer", number="+13125550199"),
        "other": _node("subflow", flow=_to("other"), outcomes=["done", "late"]),
        "mailbox": _node("voicemail", mailbox=_to("box"), review=review),
        "again": _node("webhook", url="https://example.org/y"),
        "sorry": _node("say", speech={"text": {"en": "Something went wrong."}}),
        "goodbye": _node("hang_up", goodbye={"text": {"en": "Goodbye."}}),
    }
    edges = {
        "hello": {"next": "menu"},
        "menu": {"1": "ring", "2": "ask", "3": "outside", "4": "other", "no_choice": "mailbox"},
        "ring": {"answered": "again", "no_answer": "mailbox", "key": "outside"},
        "ask": {"answered": "on_call", "refused": "mailbox"},
        "on_call": {"no_answer": "outside", "key": "mailbox"},
        "outside": {"answered": "goodbye", "busy": "mailbox", "no_answer": "mailbox", "failed": "mailbox"},
        "other": {"done": "goodbye", "late": "mailbox"},
        "mailbox": {"left": "again", "no_message": "goodbye"},
        "again": {"answered": "goodbye"},
        "sorry": {"next": "goodbye"},
    }
    inner = {
        "ring": _node("ring", steps=[{"people": [_to("ben")], "order": "in_order", "phones": "in_turn"}]),
        "late": _node("return", outcome="late"),
    }
    main = {"name": "main", "start": "hello", "catch_all": "sorry", "nodes": nodes, "edges": edges}
    other = {"name": "other", "start": "ring", "nodes": inner, "edges": {"ring": {"no_answer": "late"}}}
    return {"main": Document.model_validate(main), "other": Document.model_validate(other)}


@dataclass
class MortalClinic(SampleClinic):
    """Controllers may die before and after each effect."""

    board: Switchboard = field(default_factory=Switchboard)
    web: Callable[[WebRequest], WebAnswer] = lambda request: WebAnswer(200)

    def leave_message(self, **message: Any) -> None:
        self.board.point("before leaving a message")
        super().leave_message(**message)
        self.board.point("after leaving a message")

    def send(self, request: WebRequest) -> WebAnswer:
        self.board.point("before asking")
        self.requests.append(request)
        self.board.point("after asking")
        return self.web(request)


@dataclass
class Played:
    """What a call came to, over however many controllers."""

    walked: Walked
    board: Switchboard
    clinic: SampleClinic
    controllers: int

    @property
    def way(self) -> dict[int, tuple[str, str]]:
        """Step to node and exit, each as told last."""
        return {step.step: (step.node, step.exit) for step in self.board.ledger.steps}

    @property
    def keys(self) -> list[str]:
        return [request.idempotency_key for request in self.clinic.requests]

    @property
    def messages(self) -> list[tuple[str, float, bool]]:
        return [(left["mailbox"], left["seconds"], left["urgent"]) for left in self.clinic.messages]


def play(board: Switchboard, flows: dict[str, Document], web: Callable[[WebRequest], WebAnswer]) -> Played:
    """From the first ring to the end; whenever a controller dies, the switch hands the call to the next one."""
    clinic = MortalClinic(CLINIC, board=board, web=web)
    versions = {flow: clinic.publish(flow, document) for flow, document in flows.items()}
    walker = Walker(clinic, board.ledger)
    controllers = 0
    while True:
        controllers += 1
        if board.bookmark is None:
            call = SwitchboardCall(board, walker.beginning(versions["main"]))
        else:
            call = SwitchboardCall.again(board)
        try:
            walked = walker.walk(call)
        except ControllerDied:
            continue
        if walked.outcome != "talking":
            return Played(walked, board, clinic, controllers)


manners = st.lists(
    st.sampled_from(["accept", "decline", "busy", "no answer", "unreachable", "drop", "mute"]), min_size=1, max_size=2
)


@settings(max_examples=25, deadline=None)
@given(
    behaviour=st.fixed_dictionaries(dict.fromkeys(PHONES, manners)),
    choice=st.sampled_from(["1", "2", "3", "4", "7", ""]),
    order=st.sampled_from(["at_once", "in_order", "longest_idle"]),
    phones=st.sampled_from(["first", "in_turn", "all"]),
    reviewed=st.sampled_from(["", "1", "2", "3"]),
    review=st.booleans(),
    leaves=st.booleans(),
    times=st.integers(1, 2),
    message=st.tuples(st.sampled_from([0.0, 1.0, 9.0]), st.sampled_from(["key", "silence", "length", "hang-up"])),
    status=st.sampled_from([200, 404, 0]),
)
def test_a_controllers_death_at_any_moment_changes_nothing_and_repeats_nothing(
    behaviour: dict[str, list[Manner]],
    choice: str,
    order: str,
    phones: str,
    reviewed: str,
    review: bool,
    leaves: bool,
    times: int,
    message: Any,
    status: int,
) -> None:
    flows = documents(order, phones, review, times)

    def call(dies_at: int) -> Played:
        board = Switchboard(
            behaviour,
            presses_at={"menu": choice, "mailbox": reviewed, "on_call": "1" if leaves else ""},
            messages=[message],
            strikes=lambda number, name: number == dies_at,
        )
        return play(board, flows, lambda request: WebAnswer(status, {"who": "x" * 700}))

    whole = call(0)
    assert len(whole.keys) == len(set(whole.keys))
    assert len(whole.messages) <= 1
    for dies_at in range(1, len(whole.board.points) + 1):
        taken_over = call(dies_at)
        where = whole.board.points[dies_at - 1]
        assert taken_over.controllers == whole.controllers + 1, where
        assert taken_over.walked.outcome == whole.walked.outcome, where
        assert taken_over.way == whole.way, where
        assert taken_over.board.rung == whole.board.rung, where
        assert taken_over.board.joined == whole.board.joined, where
        assert taken_over.board.ringing() == [], where
        assert taken_over.messages == whole.messages, where
        # What was being recorded is asked for again; what had been recorded is not.
        recorded_again = len(taken_over.board.recorded) - len(whole.board.recorded)
        assert recorded_again <= (where in ("after recording", "before writing")), where
        assert list(dict.fromkeys(taken_over.keys)) == whole.keys, where
        assert len(taken_over.board.ledger.endings) == 1, where


def test_every_way_through_the_flow_is_taken_by_some_caller() -> None:
    """Otherwise the test above proves less than it seems to."""
    flows = documents("at_once", "in_turn", True, 1)
    ways = set()
    for choice in "12347":
        for does in ("accept", "no answer", "busy", "mute"):
            for reviewed in ("1", "3"):
                board = Switchboard(
                    {phone: [does] for phone in PHONES},  # type: ignore[list-item]
                    presses_at={"menu": choice, "mailbox": reviewed},
                    messages=[(9.0, "key")],
                )
                ways |= set(play(board, flows, lambda request: WebAnswer(200)).way.values())
    assert {node for node, _ in ways} >= {"ring", "ask", "on_call", "outside", "other", "mailbox", "again", "late"}
    assert {("ring", "answered"), ("outside", "busy"), ("other", "late"), ("mailbox", "urgent")} <= ways

"""Flows drawn by several people at once: the server's side, with browsers made of Yjs documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from apiflask import APIFlask
from pycrdt import Doc, Map
from sqlalchemy import func, select

from controller.flows.document import Document
from controller.store.engine import Database
from controller.store.models import Change, Draft, DraftUpdate, Flow, Location, Role
from flow_editor.drafts import opened, presence, rooms, shape, store
from flow_editor.drafts.schemas import LARGEST_UPDATE, Point, Somebody, Whereabouts
from flow_editor.editor import Editor
from flow_editor.server import assemble
from tests.editor.conftest import Browser
from tests.waiting import wait_until


class Canvas:
    """A browser with a draft open, as the pages do it."""

    def __init__(self, browser: Browser, flow: str) -> None:
        self.browser, self.flow = browser, flow
        self.live = browser.live()
        self.doc: Doc[Any] = shape.empty()
        self.drawn: dict[str, Any] = {}
        self.nodes: dict[str, Any] = {}
        self.people: list[Any] = []
        self.gone = False
        self.open()

    def open(self) -> dict[str, Any]:
        answer = self.browser.say(self.live, "drafts.open", {"flow": self.flow})
        self.doc.apply_update(answer["update"])
        self.epoch, self.client, self.people = answer["epoch"], answer["client"], answer["people"]
        self._see(answer["drawn"])
        self.answer: dict[str, Any] = answer
        return self.answer

    def part(self, name: str) -> Map[Any]:
        return shape.part(self.doc, name)

    def draw(self, work: Callable[[Canvas], None]) -> bytes:
        """Change something here; the update that says so."""
        before = self.doc.get_state()
        with self.doc.transaction():
            work(self)
        return self.doc.get_update(before)

    def send(self, update: bytes) -> dict[str, Any]:
        """The server's answer to an update."""
        asked = {"flow": self.flow, "epoch": self.epoch, "update": update}
        answer: dict[str, Any] = self.live.emit("drafts.draw", asked, callback=True)
        return answer

    def change(self, work: Callable[[Canvas], None]) -> None:
        assert "ok" in self.send(self.draw(work))

    def hear(self) -> None:
        for said in self.live.get_received():
            body = said["args"][0]
            match said["name"]:
                case "drafts.updated":
                    self.doc.apply_update(body["update"])
                case "drafts.drawn":
                    self._see(body)
                case "drafts.people":
                    self.people = body["people"]
                case "drafts.moved":
                    self.people = [{**p, "at": body["at"]} if p["client"] == body["client"] else p for p in self.people]
                case "drafts.gone":
                    self.gone = True

    def _see(self, drawn: dict[str, Any]) -> None:
        self.drawn = drawn
        if drawn["whole"]:
            self.nodes = {}
        self.nodes |= drawn["nodes"]

    def hears(self, what: Callable[[Canvas], Any]) -> Any:
        """Wait until it holds here."""

        def look() -> Any:
            self.hear()
            return what(self)

        return wait_until(look)

    def codes(self) -> set[str]:
        return {problem["code"] for problem in self.drawn["problems"]}


def add(id: str, kind: str = "say", title: str = "", **settings: Any) -> Callable[[Canvas], None]:
    def work(canvas: Canvas) -> None:
        canvas.part("nodes")[id] = Map({"kind": kind, "title": title, "x": 0, "y": 0, "settings": Map(settings)})

    return work


def setting(id: str, name: str, value: Any) -> Callable[[Canvas], None]:
    def work(canvas: Canvas) -> None:
        canvas.part("nodes")[id]["settings"][name] = value

    return work


def connect(node: str, exit_: str, target: str) -> Callable[[Canvas], None]:
    def work(canvas: Canvas) -> None:
        canvas.part("edges")[f"{node}/{exit_}"] = target

    return work


def remove(id: str) -> Callable[[Canvas], None]:
    def work(canvas: Canvas) -> None:
        del canvas.part("nodes")[id]

    return work


@pytest.fixture
def flow(lead: Browser) -> str:
    """A flow with nothing drawn."""
    made: str = lead.post("/api/flows", {"name": "Night line"})["id"]
    return made


@pytest.fixture
def two(browser: Callable[..., Browser], flow: str) -> tuple[Canvas, Canvas]:
    """Two people at one flow."""
    return Canvas(browser(name="Ana Ruiz"), flow), Canvas(browser(name="Bo Lind"), flow)


def document(database: Database, flow: str) -> Document:
    with database.write() as session:
        return store.document_of(session, flow, datetime.now(UTC))[0]


def test_what_one_draws_the_other_sees(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    ana, bo = two
    ana.change(add("hello", title="Hello"))
    bo.hears(lambda bo: "hello" in bo.part("nodes"))
    bo.change(setting("hello", "speech", {"text": {"en": "Good evening."}}))
    ana.hears(lambda ana: ana.part("nodes")["hello"]["settings"].get("speech"))
    drawn = document(parts.database, flow)
    assert drawn.name == "Night line"
    assert drawn.nodes["hello"].settings == {"speech": {"text": {"en": "Good evening."}}}


def test_the_server_says_what_is_seen_and_what_is_wrong(two: tuple[Canvas, Canvas]) -> None:
    ana, bo = two
    assert ana.codes() == {"no_start"}
    ana.change(add("menu", "menu", choices=[{"key": "1", "label": "Nurse"}]))
    for canvas in two:
        canvas.hears(lambda it: "menu" in it.nodes)
        assert canvas.nodes["menu"]["summary"] == "Press 1: Nurse"
        assert [way["name"] for way in canvas.nodes["menu"]["exits"]] == ["1", "no_choice", "failed"]
        assert "missing_exit" in canvas.codes()
    bo.change(setting("menu", "choices", [{"key": "2", "label": "Desk"}]))
    ana.hears(lambda it: it.nodes["menu"]["summary"] == "Press 2: Desk")
    assert ana.nodes["menu"]["exits"][0]["label"] == "2: Desk"


def test_each_reads_in_their_own_language(browser: Callable[..., Browser], parts: Editor, flow: str) -> None:
    english, spanish = browser(name="Ana Ruiz"), browser(name="Luz Vega")
    spanish.patch("/api/session", {"language": "es"})
    one, other = Canvas(english, flow), Canvas(spanish, flow)
    one.change(add("hello"))
    for canvas, word in ((one, "Next"), (other, "Siguiente")):
        canvas.hears(lambda it: "hello" in it.nodes)
        assert canvas.nodes["hello"]["exits"][0]["label"] == word


def test_one_deletes_what_the_other_edits(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    ana, bo = two
    ana.change(lambda it: (add("a")(it), add("b")(it), connect("a", "next", "b")(it)))
    bo.hears(lambda it: "b" in it.part("nodes"))
    gone, edited = ana.draw(remove("b")), bo.draw(setting("b", "speech", {"text": {"en": "Too late"}}))
    drawn_to = bo.draw(connect("b", "next", "a"))
    for canvas, update in ((ana, gone), (bo, edited), (bo, drawn_to)):
        assert "ok" in canvas.send(update)
    for canvas in two:
        canvas.hears(lambda it: "b" not in it.part("nodes") and "b/next" in it.part("edges"))
    left = document(parts.database, flow)
    assert list(left.nodes) == ["a"]
    assert left.edges == {}, "an arrow to a step that is gone is no arrow"
    assert "no_start" in ana.codes()


def test_work_done_without_a_connection_is_merged(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    ana, bo = two
    bo.live.disconnect()
    offline = bo.draw(add("offline"))
    ana.change(add("online"))
    bo.live = bo.browser.live()
    answer = bo.browser.say(
        bo.live, "drafts.open", {"flow": flow, "epoch": bo.epoch, "vector": shape.loaded([]).get_state()}
    )
    bo.doc.apply_update(answer["update"])
    assert {"online", "offline"} <= set(bo.part("nodes").keys())
    bo.send(bo.doc.get_update(answer["vector"]))
    assert offline
    ana.hears(lambda it: "offline" in it.part("nodes"))
    assert set(document(parts.database, flow).nodes) == {"online", "offline"}


def test_a_second_process_hears_by_the_bus(app: APIFlask, parts: Editor, lead: Browser, flow: str) -> None:
    other_parts = assemble(parts.config)
    other_parts.bus.start()
    other_parts.clinic.start(other_parts.bus)
    # Socket.IO's server is one per process: here both processes' rooms are looked at from within.
    there = rooms.Rooms(other_parts)
    try:
        there.open(flow)
        ana = Canvas(lead, flow)
        ana.change(add("hello"))
        wait_until(lambda: "hello" in there.open(flow).project().nodes)
        with other_parts.database.write() as session:
            draft = session.get_one(Draft, flow)
            doc = store.load(session, flow)
            before = doc.get_state()
            shape.part(doc, "nodes")["from_there"] = Map({"kind": "say", "settings": Map()})
            store.add(session, draft, doc.get_update(before), datetime.now(UTC), None)
        ana.hears(lambda it: "from_there" in it.part("nodes"))
        ana.hears(lambda it: "from_there" in it.nodes)
    finally:
        there.stop()
        other_parts.clinic.stop()
        other_parts.bus.stop()
        other_parts.speech.close()
        other_parts.database.close()


def test_who_is_where(two: tuple[Canvas, Canvas], lead: Browser, flow: str) -> None:
    ana, bo = two
    assert [one["name"] for one in ana.hears(lambda it: it.people if len(it.people) == 2 else None)] == [
        "Ana Ruiz",
        "Bo Lind",
    ]
    at = {"pointer": {"x": 10.5, "y": -3}, "selected": ["hello"], "moving": {"hello": {"x": 70, "y": 30}}}
    bo.browser.say(bo.live, "drafts.here", {"flow": flow, "at": at})
    ana.hears(lambda it: next(one for one in it.people if one["client"] == bo.client)["at"] == at)
    assert lead.get("/api/flows")["items"][0]["drawing"] == ["Ana Ruiz", "Bo Lind"]
    bo.live.disconnect()
    ana.hears(lambda it: [one["name"] for one in it.people] == ["Ana Ruiz"])


def test_people_at_another_process_are_seen(parts: Editor, lead: Browser, flow: str) -> None:
    ana = Canvas(lead, flow)
    far = Somebody(client="far", person="x", name="Far Away", at=Whereabouts())
    with parts.database.write() as session:
        presence.enter(session, flow, "another process", far, datetime.now(UTC))
    ana.hears(lambda it: "Far Away" in [one["name"] for one in it.people])
    with parts.database.write() as session:
        presence.move(session, flow, "far", Whereabouts(pointer=Point(x=1, y=2)), datetime.now(UTC))
    ana.hears(lambda it: {"x": 1.0, "y": 2.0} in [one["at"]["pointer"] for one in it.people])
    with parts.database.write() as session:
        presence.leave_all(session, "another process")
    ana.hears(lambda it: len(it.people) == 1)


def test_another_process_hears_at_once_what_is_dropped(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    _, bo = two
    far = Somebody(client="far", person="x", name="Far Away", at=Whereabouts())
    with parts.database.write() as session:
        presence.enter(session, flow, "another process", far, datetime.now(UTC))
    bo.hears(lambda it: "Far Away" in [one["name"] for one in it.people])

    def told() -> dict[str, Any]:
        with parts.database.read() as session:
            here = presence.elsewhere(session, flow, "another process", datetime.now(UTC))
        return next(one for one in here if one.client == bo.client).at.model_dump()["moving"]

    for moving in ({"hello": {"x": 10.0, "y": 20.0}}, {}):
        bo.browser.say(bo.live, "drafts.here", {"flow": flow, "at": {"moving": moving}})
        assert told() == moving


def test_another_language_is_read_from_now_on(two: tuple[Canvas, Canvas], flow: str) -> None:
    ana, bo = two
    ana.change(add("hello"))
    bo.hears(lambda it: "hello" in it.nodes)
    silent = {problem["text"] for problem in bo.drawn["problems"]}
    told = bo.browser.say(bo.live, "drafts.read", {"flow": flow, "language": "es"})
    assert told["whole"]
    assert silent.isdisjoint(problem["text"] for problem in told["problems"])
    ana.change(add("again"))
    both = [it.hears(lambda it: it.drawn if "again" in it.nodes else None)["problems"] for it in two]
    for here, there in zip(*both, strict=True):
        assert here["code"] == there["code"]
        assert here["text"] != there["text"]
    answer = bo.live.emit("drafts.read", {"flow": flow, "language": "no such"}, callback=True)
    assert answer["error"]["status"] == 404


def test_who_may_only_look_cannot_draw(browser: Callable[..., Browser], parts: Editor, flow: str) -> None:
    agent = Canvas(browser(Role.AGENT), flow)
    here = {"flow": flow, "at": {"moving": {"hello": {"x": 1, "y": 2}}}}
    assert agent.live.emit("drafts.here", here, callback=True)["error"]["status"] == 403
    assert agent.answer["may_draw"] is False
    answer = agent.send(agent.draw(add("hello")))
    assert answer["error"]["status"] == 403
    assert document(parts.database, flow).nodes == {}


def test_a_role_at_one_location_does_not_reach_another(browser: Callable[..., Browser], parts: Editor) -> None:
    with parts.database.write() as session:
        places = [Location(name=name, zone="UTC") for name in ("Lake", "Hill")]
        session.add_all(places)
        session.flush()
        flows = [Flow(name=place.name, location_id=place.id) for place in places]
        session.add_all(flows)
        session.flush()
        lake, hill, at_lake = flows[0].id, flows[1].id, places[0].id
    local = browser(Role.LEAD, at_lake)
    assert Canvas(local, lake).answer["may_draw"] is True
    answer = local.live().emit("drafts.open", {"flow": hill}, callback=True)
    assert answer["error"]["status"] == 403
    assert [one["id"] for one in local.get("/api/flows")["items"]] == [lake]


@pytest.mark.parametrize("broken", [b"", b"\xff" * 40, b"\x01\x02", b"abc"])
def test_what_is_no_update_is_refused(two: tuple[Canvas, Canvas], parts: Editor, flow: str, broken: bytes) -> None:
    ana, bo = two
    assert ana.send(broken)["error"]["status"] == 400
    ana.change(add("hello"))
    bo.hears(lambda it: "hello" in it.part("nodes"))
    assert "hello" in document(parts.database, flow).nodes


def test_other_parts_than_a_flow_has_are_refused(two: tuple[Canvas, Canvas]) -> None:
    ana, _ = two
    other: Doc[Any] = Doc()
    other.get("elsewhere", type=Map)["x"] = "y"
    assert ana.send(other.get_update())["error"]["status"] == 400


def test_too_much_is_refused(
    two: tuple[Canvas, Canvas], parts: Editor, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _ = two
    answer = ana.send(ana.draw(add("long", speech={"text": {"en": "x" * LARGEST_UPDATE}})))
    assert answer["error"]["status"] == 413
    fresh = Canvas(ana.browser, flow)
    monkeypatch.setattr(opened, "MOST_NODES", 3)
    answer = fresh.send(fresh.draw(lambda it: [add(f"n{place}")(it) for place in range(4)] and None))
    assert answer["error"]["status"] == 422
    fresh = Canvas(ana.browser, flow)
    fresh.change(add("one"))
    assert set(document(parts.database, flow).nodes) == {"one"}


def test_a_change_that_goes_on_from_a_lost_one_is_asked_for_again(
    two: tuple[Canvas, Canvas], parts: Editor, flow: str
) -> None:
    ana, _ = two
    ana.draw(add("lost"))
    later = ana.draw(add("later"))
    assert ana.send(later)["error"]["status"] == 409
    ana.send(ana.doc.get_update(ana.answer["vector"]))
    assert set(document(parts.database, flow).nodes) == {"lost", "later"}


def test_the_same_twice_is_kept_once(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    ana, _ = two
    update = ana.draw(add("hello"))
    first, second = ana.send(update), ana.send(update)
    assert first == second


def test_odd_shapes_are_no_part_of_the_flow(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    ana, _ = two

    def odd(it: Canvas) -> None:
        nodes, edges = it.part("nodes"), it.part("edges")
        nodes["plain"] = "text"
        nodes["kindless"] = Map({"title": "no kind"})
        nodes["a/b"] = Map({"kind": "say"})
        nodes["far"] = Map({"kind": "say", "x": float("nan"), "y": "up", "title": 5, "settings": "none"})
        edges["far/next"] = "nowhere"
        edges["far"] = "far"
        edges["far/"] = "far"
        it.part("flow")["languages"] = "en"
        it.part("flow")["start"] = 7
        it.part("notes")["n"] = Map({"text": "x" * 9000, "width": -5})

    ana.change(odd)
    ana.hears(lambda it: "far" in it.nodes)
    drawn = document(parts.database, flow)
    assert list(drawn.nodes) == ["far"]
    assert (drawn.nodes["far"].x, drawn.nodes["far"].y, drawn.nodes["far"].settings) == (0, 0, {})
    assert drawn.edges == {}
    assert drawn.languages == ["en"]
    assert drawn.start is None
    assert len(drawn.notes["n"].text) == 4000


def test_many_updates_become_one(
    two: tuple[Canvas, Canvas], parts: Editor, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MANY_UPDATES", 5)
    ana, bo = two
    for place in range(8):
        ana.change(add(f"n{place}"))
    ana.change(remove("n0"))
    before = document(parts.database, flow)
    with parts.database.write() as session:
        assert store.long_ones(session) == [flow]
        assert store.compact(session, flow)
        assert session.scalar(select(func.count()).select_from(DraftUpdate)) == 1
    assert document(parts.database, flow) == before
    bo.hears(lambda it: "n7" in it.part("nodes"))
    bo.change(add("after"))
    ana.hears(lambda it: "after" in it.part("nodes"))
    assert set(document(parts.database, flow).nodes) == {f"n{place}" for place in range(1, 8)} | {"after"}


def test_drawing_does_not_fill_the_history(two: tuple[Canvas, Canvas], parts: Editor) -> None:
    with parts.database.read() as session:
        before = session.scalar(select(func.count()).select_from(Change))
    two[0].change(add("hello"))
    two[0].hears(lambda it: "hello" in it.nodes)
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == before


def test_a_new_name_is_the_flows(two: tuple[Canvas, Canvas], lead: Browser) -> None:
    two[0].change(lambda it: it.part("flow").update({"name": "Evening line"}))
    wait_until(lambda: [one["name"] for one in lead.get("/api/flows")["items"]] == ["Evening line"])


def test_the_draft_of_a_flow_that_is_live(clinic: Database, lead: Browser) -> None:
    listed = lead.get("/api/flows")["items"]
    main = next(one for one in listed if one["name"] == "Lakeside main line")
    assert main["live"]["number"] == 1
    assert main["changed"] is False
    assert main["numbers"]
    canvas = Canvas(lead, main["id"])
    assert canvas.drawn["changed"] is False
    assert canvas.drawn["live"]["number"] == 1
    assert canvas.part("nodes")["welcome"]["title"] == "Welcome"
    canvas.change(setting("welcome", "speech", {"text": {"en": "Hello"}}))
    canvas.hears(lambda it: it.drawn["changed"])
    wait_until(lambda: next(one for one in lead.get("/api/flows")["items"] if one["id"] == main["id"])["changed"])
    with clinic.read() as session:
        before = session.get_one(Draft, main["id"]).base_version_id
    assert before == canvas.drawn["live"]["id"]


def test_an_untouched_draft_follows_what_goes_live(clinic: Database, lead: Browser) -> None:
    from flow_editor.flows import service

    main = next(one for one in lead.get("/api/flows")["items"] if one["name"] == "Lakeside main line")
    Canvas(lead, main["id"]).live.disconnect()
    version = service.version_of(clinic, main["name"])
    version.document.nodes["welcome"].title = "Good day"
    saved = service.save(
        clinic, version.document, main["name"], create_missing=True, note="", who="x", now=datetime.now(UTC)
    )
    service.publish(clinic, saved.version, who="x")
    canvas = Canvas(lead, main["id"])
    assert canvas.part("nodes")["welcome"]["title"] == "Good day"
    assert canvas.drawn["changed"] is False


def test_a_deleted_flow_closes(two: tuple[Canvas, Canvas], parts: Editor, flow: str) -> None:
    with parts.database.write("x") as session:
        session.delete(session.get_one(Flow, flow))
    for canvas in two:
        canvas.hears(lambda it: it.gone)
    assert two[0].send(two[0].draw(add("ghost")))["error"]["status"] == 404


def test_an_older_format_is_upgraded_and_unsent_work_is_saved_as_a_copy(
    two: tuple[Canvas, Canvas], parts: Editor, lead: Browser, flow: str
) -> None:
    import base64

    ana, bo = two
    ana.change(add("hello"))
    unsent = bo.draw(add("unsent", title="Mine"))
    assert unsent
    with parts.database.write() as session:
        session.get_one(Draft, flow).format = 0
    for canvas in two:
        canvas.live.disconnect()
    fresh = Canvas(lead, flow)
    assert fresh.epoch == 2
    assert "hello" in fresh.part("nodes")
    late = fresh.live.emit("drafts.draw", {"flow": flow, "epoch": 1, "update": unsent}, callback=True)
    assert late["error"]["status"] == 409
    copied = lead.post(f"/api/drafts/{flow}/copy", {"update": base64.b64encode(bo.doc.get_update()).decode()})
    assert document(parts.database, copied["flow"]).nodes["unsent"].title == "Mine"
    assert copied["name"] == "Night line: unsent work of Pat Moore"
    assert "unsent" not in document(parts.database, flow).nodes


def test_a_draft_of_a_newer_careline_is_refused(parts: Editor, lead: Browser, flow: str) -> None:
    with parts.database.write() as session:
        doc = store.load(session, flow)
        before = doc.get_state()
        shape.part(doc, "flow")["format"] = 99
        draft = session.get_one(Draft, flow)
        draft.format = 99
        store.add(session, draft, doc.get_update(before), datetime.now(UTC), None)
    answer = lead.live().emit("drafts.open", {"flow": flow}, callback=True)
    assert "newer version of Careline" in answer["error"]["message"]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in tests for people to stop drawing."""
    monkeypatch.setattr(rooms, "QUIET", 0.02)


def test_the_same_name_twice_is_refused(lead: Browser, flow: str) -> None:
    answer = lead.post("/api/flows", {"name": " Night   line "}, status=409)
    assert "name" in answer["fields"]
    assert lead.post("/api/flows", {"name": "  "}, status=422)["fields"]["name"]

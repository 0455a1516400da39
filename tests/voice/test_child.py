from __future__ import annotations

import gevent
import pytest

from controller.voice.child import Child, ChildFailed, Refused


@pytest.fixture
def question(tmp_path):  # type: ignore[no-untyped-def]
    def ask(text: str) -> dict[str, object]:
        path = str(tmp_path / "x.wav")
        return {"job": "speak", "text": text, "voices": ["en-us"], "speed": 150, "rate": 8000, "path": path}

    return ask


def test_a_module_that_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    child = Child("controller.voice.nowhere")
    with pytest.raises(ChildFailed):
        child.ask({}, 10)
    assert child.starts == 2
    assert child.pid is None


def test_a_refusal_keeps_the_child(question) -> None:  # type: ignore[no-untyped-def]
    child = Child("controller.voice.studio")
    try:
        with pytest.raises(Refused) as raised:
            child.ask(question("x") | {"voices": ["nobody"]}, 10)
        assert raised.value.code == "no-voice"
        assert raised.value.detail == {"voices": ["nobody"]}
        child.ask(question("x"), 10)
        assert child.starts == 1
    finally:
        child.close()


def test_whoever_is_stopped_while_waiting_leaves_no_answer_for_the_next(question) -> None:  # type: ignore[no-untyped-def]
    child = Child("controller.voice.studio")
    try:
        short = child.ask(question("Hi."), 10)["seconds"]
        asking = gevent.spawn(child.ask, question("This is a very long sentence. " * 30), 10)
        gevent.idle()  # it has asked, and waits
        assert not asking.ready()
        asking.kill()
        assert child.ask(question("Hi."), 10)["seconds"] == short
    finally:
        child.close()

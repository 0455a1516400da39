"""What greenswitch does by itself: the application of its README, for comparison. `python -m tests.bench.bare PORT FILE ...`.

The files are the prompts in order; the second one takes a key.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402 (gevent patches first)
from typing import Any  # noqa: E402

import greenswitch  # noqa: E402

PROMPTS: list[str] = []


class Application:
    """One call."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self) -> None:
        """Answer, four prompts, one of them with a key, hang up."""
        session = self.session
        welcome, menu, *rest = PROMPTS
        session.myevents()
        session.linger()
        session.answer()
        session.playback(welcome)
        session.play_and_get_digits(
            "1", "1", "1", "10000", "none", menu, "silence_stream://1", "keys", "[0-9]+", "5000"
        )
        for prompt in rest:
            session.playback(prompt)
        session.hangup()
        session.stop()


if __name__ == "__main__":
    PROMPTS += sys.argv[2:]
    greenswitch.OutboundESLServer(
        bind_address="127.0.0.1", bind_port=int(sys.argv[1]), application=Application, max_connections=10_000
    ).listen()

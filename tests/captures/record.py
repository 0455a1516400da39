"""Record the captures in this folder on a real FreeSWITCH: `python -m tests.captures.record [NAME ...]`."""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

from tests.captures.scripts import SCRIPTS
from tests.captures.tap import save
from tests.freeswitch.switch import find_binary
from tests.scenarios.lab import RealLab

HERE = Path(__file__).parent


def main(names: list[str]) -> None:
    """Record these, or all."""
    binary = find_binary()
    if binary is None:
        sys.exit("no FreeSWITCH on PATH, nor named by CARELINE_FREESWITCH")
    with tempfile.TemporaryDirectory() as folder:
        lab = RealLab(Path(folder), binary)
        for name in names or list(SCRIPTS):
            for old in HERE.glob(f"{name}.*.jsonl"):
                old.unlink()
            lab.controllers(1)
            SCRIPTS[name](lab)
            outbound, links = lab.outbound_taps, lab.link_taps
            own = lab.api("eval ${local_ip_v4}"), lab.api("eval ${local_ip_v6}")
            lab.clear()
            scrub = {folder.encode(): b"/switch", socket.gethostname().encode(): b"switch"}
            scrub |= {address.encode(): b"127.0.0.1" for address in own if address}
            scrub |= {address.replace(":", "%3A").encode(): b"127.0.0.1" for address in own if ":" in address}
            taken = [("call", connection) for tap in outbound for connection in tap.connections]
            taken += [("link", connection) for tap in links for connection in tap.connections]
            counts: dict[str, int] = {}
            for kind, connection in taken:
                counts[kind] = counts.get(kind, 0) + 1
                save(connection, HERE / f"{name}.{kind}-{counts[kind]}.jsonl", scrub)
            print(name, counts, flush=True)
        lab.close()


if __name__ == "__main__":
    main(sys.argv[1:])

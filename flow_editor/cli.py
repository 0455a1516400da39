"""`careline`: every command, the controller's among them.

Exit status 0: done; 1: done, and there are problems (a flow's, a rehearsal's); 2: wrong use, or something it needs is not
there, with one line on stderr that says what and where.
"""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    try:
        if sys.argv[1:2] not in (["up"], ["--help"], ["-h"], ["--version"]):
            # Everything but the parent, which must owe nothing to what it watches, runs on gevent; and before anything else
            # is imported, because psycopg and urllib3 choose then how they wait.
            from gevent import monkey

            monkey.patch_all()
        from flow_editor.commands import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()

"""`python -m controller.practice '{"password": "...", "secret": "..."}'`: the switch alone, for tests. Options: main.py."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 (gevent patches first)
import sys  # noqa: E402

from controller.practice.main import Options, main  # noqa: E402

main(Options(**json.loads(sys.argv[1])))

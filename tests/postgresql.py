"""A PostgreSQL server of the tests' own: in a temporary folder, on loopback, without fsync; gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import psycopg
from sqlalchemy.engine import URL

from tests.waiting import wait_until

INSTALLED = Path("/usr/lib/postgresql")  # where Debian keeps its versions, outside PATH


class NoPostgreSQL(Exception):
    """The tests need PostgreSQL; `make test` installs it."""


def binaries() -> Path:
    """The folder with the newest server's programs. Raises NoPostgreSQL."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    found += sorted(INSTALLED.glob("*/bin"), key=lambda folder: int(folder.parent.name.split(".")[0]), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgreSQL("no PostgreSQL server is installed: `make test` installs it")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """Use as a context manager. It refuses to run as root, so root runs it as the user that its package made."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="careline-postgresql-"))
        self.port = free_port()
        self._as: list[str] = []
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise NoPostgreSQL("there is no user postgres to run the server") from None
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = ["runuser", "-u", "postgres", "--"]
        self._log = (self.folder / "log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *arguments: str) -> Sequence[str]:
        return [*self._as, str(binaries() / program), *arguments]

    def __enter__(self) -> Server:
        initdb = self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "careline", "-A", "trust", "-E", "UTF8", "-N"
        )
        subprocess.run([*initdb, "--locale=C"], check=True, stdout=self._log, stderr=self._log, cwd=self.folder)
        self.start()
        return self

    def start(self) -> None:
        """Start, and return when it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 200,
            "shared_buffers": "32MB",
        }
        settings = [f"-c{name}={value}" for name, value in options.items()]
        command = self._run("postgres", "-D", str(self.folder / "data"), *settings)
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd=self.folder)
        wait_until(self._answers, seconds=30)

    def stop(self, mode: str = "fast") -> None:
        """Stop it, its connections with it ("immediate": as when it dies)."""
        assert self._process is not None
        stop = self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")
        subprocess.run(stop, check=True, stdout=self._log, stderr=self._log, cwd=self.folder)
        self._process.wait()
        self._process = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop("immediate")
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        try:
            self._admin().close()
        except psycopg.OperationalError:
            return False
        return True

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="careline", dbname="postgres", autocommit=True)

    def url(self, name: str) -> URL:
        """The URL of one of its databases."""
        return URL.create("postgresql+psycopg", "careline", host="127.0.0.1", port=self.port, database=name)

    def create(self, template: str | None = None) -> URL:
        """A new database, empty or a copy of another one."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        with self._admin() as admin:
            admin.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.url(name)

    def drop(self, url: URL) -> None:
        """Delete a database, whoever is still connected."""
        with self._admin() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')

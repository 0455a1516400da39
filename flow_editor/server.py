"""`careline editor`: one process of the flow editor, from its parts to SIGTERM."""

from __future__ import annotations

import os
import signal

import structlog
from gevent import signal_handler
from gevent.event import Event
from gevent.pywsgi import WSGIServer

import migrations
from controller import heartbeat, logs
from controller.config import Config, ConfigError
from controller.delivery.webhooks import Webhooks
from controller.jobs.loop import Jobs
from controller.store.bus import Bus
from controller.store.clinic import SqlClinic
from controller.store.engine import Database
from controller.voice.speech import Speech
from flow_editor.editor import Editor

log = structlog.get_logger(__name__)


def assemble(config: Config) -> Editor:
    """An editor's parts, not yet started."""
    database = Database(config.database)
    clinic = SqlClinic(database, data_dir=config.data_dir, web=Webhooks(config.webhook_hosts), country=config.country)
    return Editor(config, database, Bus(database), clinic, Speech(config.data_dir.resolve() / "speech"))


class Server:
    """One editor process's life."""

    def __init__(self, config: Config) -> None:
        from flow_editor.app import create_app

        if migrations.current(config.database) != migrations.newest():
            raise ConfigError("the database is not at this program's form: run `careline db upgrade`")
        self.parts = assemble(config)
        self.app = create_app(self.parts)
        self._jobs = Jobs(self.parts.database, self.parts.bus)
        self._http = WSGIServer(
            (config.editor_listen.host, config.editor_listen.port), self.app, log=None, error_log=None
        )

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return int(self._http.server_port or 0)

    def start(self) -> None:
        """Serve. Raises ConfigError when the address is taken."""
        self.parts.bus.start()
        self.parts.clinic.start(self.parts.bus)
        try:
            self._http.start()
        except OSError as error:
            where = self.parts.config.editor_listen
            raise ConfigError(
                f"CARELINE_EDITOR_LISTEN: cannot listen on {where}: {os.strerror(error.errno or 0)}"
            ) from error
        self.app.extensions["careline.live"].start()
        self._jobs.start()

    def stop(self) -> None:
        """Serve no more."""
        self._jobs.stop()
        self.app.extensions["careline.live"].stop()
        self._http.stop(timeout=1)
        self.parts.clinic.stop()
        self.parts.bus.stop()
        self.parts.speech.close()
        self.parts.database.close()


def run(config: Config) -> int:
    """Until SIGTERM or SIGINT; returns an exit status. Raises ConfigError."""
    logs.configure(config, "editor")
    server = Server(config)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal_handler(number, stopping.set)
    server.start()
    heartbeat.start()
    log.info("editor_up", address=config.editor_address)
    stopping.wait()
    server.stop()
    return 0

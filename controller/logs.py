"""Log lines: one event with its fields, for people (console) or for machines (JSON). No caller's number or name above debug."""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO, cast

import structlog

from controller.config import Config


def configure(config: Config, program: str) -> None:
    """Set up logging for a process; `program` is on every line."""

    def name_program(logger: object, method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        line["program"] = program
        return line

    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if config.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            name_program,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, config.log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
    # greenswitch logs callers' numbers and whole headers.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.CRITICAL)


class _StandardError(io.TextIOBase):
    """Whatever standard error is when a line is written: loggers are kept, and may outlive a redirection."""

    def write(self, text: str, /) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

"""Waking whoever waits for news of an entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import structlog

from controller.store.models import Entry
from controller.store.notices import Notice

log = structlog.get_logger(__name__)


class Watchers:
    """Who watches which entry, in this process. An entry that changes itself is told at once; that others have changed, so that
    its place in line may be another one, only when `wake` is called, so that a long line is not asked about with every caller."""

    def __init__(self) -> None:
        self._wakes: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._changed = False

    def watch(self, entry: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Returns what ends it."""
        self._wakes[entry].append(wake)

        def end() -> None:
            wakes = self._wakes.get(entry, [])
            if wake in wakes:
                wakes.remove(wake)
            if not wakes:
                self._wakes.pop(entry, None)

        return end

    def hear(self, notices: Iterable[Notice]) -> None:
        """Something has changed: here, or told by the bus."""
        for notice in notices:
            if notice.topic not in ("", Entry.__tablename__):
                continue
            self._changed = True
            for wake in list(self._wakes.get(notice.key, ()) if notice.key else self._all()):
                self._call(wake)

    def wake(self) -> None:
        """Wake everybody, if anything has changed since this was last called."""
        if self._changed:
            self._changed = False
            for wake in list(self._all()):
                self._call(wake)

    def _all(self) -> Iterable[Callable[[], None]]:
        return [wake for wakes in self._wakes.values() for wake in wakes]

    def _call(self, wake: Callable[[], None]) -> None:
        try:
            wake()
        except Exception:
            # One call's fault must not leave the others asleep.
            log.exception("watcher_failed")

"""One line of a benchmark's table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured; `at_most` is the bound it has to keep, in the same unit, if there is one."""

    what: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def held(self) -> bool | None:
        """Whether the bound held; None where there is none."""
        return None if self.at_most is None else self.value <= self.at_most

    def line(self) -> str:
        """The row as a person reads it."""
        bound = "" if self.at_most is None else f"  at most {self.at_most:g}: {'held' if self.held else 'MISSED'}"
        return f"{self.what:<64} {self.value:>10.3g} {self.unit}{bound}"

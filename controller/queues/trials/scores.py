"""How good predictions of waits were: error, bias, and how often the promised wait was kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Score:
    """One predictor's record over callers who waited and were answered; seconds."""

    callers: int = 0
    waited: float = 0.0
    waited_squared: float = 0.0
    off: float = 0.0
    off_absolute: float = 0.0
    off_squared: float = 0.0
    promised: int = 0
    kept: int = 0

    def add(self, said: float, waited: float, promised: float | None = None) -> None:
        """It said `said`, and the caller waited `waited`; nine in ten were to wait no longer than `promised`."""
        off = said - waited
        self.callers += 1
        self.waited += waited
        self.waited_squared += waited * waited
        self.off += off
        self.off_absolute += abs(off)
        self.off_squared += off * off
        if promised is not None:
            self.promised += 1
            self.kept += waited <= promised

    @property
    def rrase(self) -> float:
        """Square root of the mean squared error over the mean wait (Ibrahim and Whitt 2009); nan without callers."""
        return (
            math.sqrt(self.off_squared / self.callers) / (self.waited / self.callers) if self.waited > 0 else math.nan
        )

    @property
    def coverage(self) -> float | None:
        """The share of callers who waited no longer than was promised."""
        return self.kept / self.promised if self.promised else None

    def figures(self) -> dict[str, Any]:
        """As JSON has it; None where there is nothing to say. Mean error is of the absolute errors, bias of those with sign."""
        some = self.callers > 0 and self.waited > 0
        return {
            "rrase": round(self.rrase, 5) if some else None,
            "mean_error": round(self.off_absolute / self.callers, 3) if some else None,
            "bias": round(self.off / self.callers, 3) if some else None,
            "p90_coverage": None if self.coverage is None else round(self.coverage, 5),
            "callers": self.callers,
        }


@dataclass(frozen=True)
class Result:
    """All predictors' records of one trial."""

    scores: dict[str, Score]
    callers: int
    """Callers who waited and were answered, and were scored."""
    mean_wait: float
    """Theirs, in seconds."""

    def figures(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "predictors": {name: score.figures() for name, score in self.scores.items()},
            "callers": self.callers,
            "mean_wait": round(self.mean_wait, 3),
        }

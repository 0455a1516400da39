"""`careline wait`: the wait estimate put to the test, beside the usual predictors, by anybody."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from controller.queues.trials.scores import Result
    from controller.queues.trials.simulation import Call, Scenario


@click.group()
def wait() -> None:
    """How good the wait estimate is."""


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def _levels(_: click.Context, __: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    try:
        levels = [int(part) for part in value.split(",")]
    except ValueError:
        levels = []
    if not levels or min(levels) < 0 or max(levels) < 1:
        raise click.BadParameter("write how many agents there are in each shift, like 6,10,8")
    return levels


def _teams(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[tuple[tuple[str, ...], list[int]]]:
    teams = []
    for value in values:
        names, _equals, count = value.partition("=")
        queues = tuple(name for name in names.split("+") if name)
        if not queues or not count.isdecimal() or not int(count):
            raise click.BadParameter(f"{value}: write its queues and how many agents it has, like billing+nurse=3")
        teams.append((queues, [int(count)]))
    return teams


@wait.command()
@click.option("--servers", default=10, show_default=True, type=click.IntRange(1, 2000), help="Agents of the one team.")
@click.option("--staff", callback=_levels, help="Instead: agents in each shift, in turn, like 6,10,8.")
@click.option("--shift", default=60.0, show_default=True, type=click.FloatRange(1), help="Minutes a shift lasts.")
@click.option(
    "--team",
    "teams",
    multiple=True,
    callback=_teams,
    help="Instead: a team, with the queues it takes, like billing+nurse=3. Several teams may share queues.",
)
@click.option(
    "--load", default=0.9, show_default=True, type=click.FloatRange(0.01, 20), help="Callers' work for each agent."
)
@click.option(
    "--patience",
    type=click.FloatRange(0.001),
    help="Mean time after which a caller gives up, in handling times. Without it, nobody does.",
)
@click.option(
    "--handling", default=180.0, show_default=True, type=click.FloatRange(0.1), help="Mean handling time, seconds."
)
@click.option(
    "--handling-deviation",
    type=click.FloatRange(0.01),
    help="Handling is log-normal, with this standard deviation in seconds. Without it, exponential.",
)
@click.option(
    "--urgent", default=0.0, show_default=True, type=click.FloatRange(0, 0.9), help="Share of callers who go ahead."
)
@click.option("--head-start", default=600.0, show_default=True, type=click.FloatRange(1), help="By how many seconds.")
@click.option("--days", type=click.IntRange(1, 366), help="Instead of all that: so many days like a real centre's.")
@click.option(
    "--callers", default=20_000, show_default=True, type=click.IntRange(1, 10_000_000), help="How many come in all."
)
@click.option(
    "--warm-up", default=500, show_default=True, type=click.IntRange(0), help="The first so many are not scored."
)
@click.option("--seed", default=1, show_default=True, help="Which course of events it is.")
@click.option(
    "--trace",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write what happened, for `careline wait replay`.",
)
@_json
def simulate(
    servers: int,
    staff: list[int] | None,
    shift: float,
    teams: list[tuple[tuple[str, ...], list[int]]],
    load: float,
    patience: float | None,
    handling: float,
    handling_deviation: float | None,
    urgent: float,
    head_start: float,
    days: int | None,
    callers: int,
    warm_up: int,
    seed: int,
    trace: Path | None,
    as_json: bool,
) -> None:
    """Simulate queues, and compare the estimate with the usual predictors.

    The estimate is told nothing and learns; the formulas (QL, QLm) are told the true handling time, patience and staff.
    """
    from controller.queues.estimate import WaitEstimator
    from controller.queues.trials.predictors import Ring
    from controller.queues.trials.scenarios import clinic_days, scenario
    from controller.queues.trials.simulation import Simulation

    if sum((bool(staff), bool(teams), bool(days))) > 1:
        raise click.UsageError("--staff, --team and --days exclude each other")
    if patience is None and load >= 1 and not days:
        raise click.UsageError("with a load of 1 or more and no --patience the line grows without end")
    if warm_up >= callers and not days:
        raise click.UsageError("--warm-up must leave some of the --callers")
    played: Scenario
    if days:
        played = clinic_days(days, seed)
    else:
        played = scenario(
            teams=teams or [(("front",), staff or [servers])],
            load=load,
            patience=patience,
            handling=handling,
            deviation=handling_deviation,
            shift=shift * 60,
            urgent=urgent,
            head_start=head_start,
        )
    estimator = WaitEstimator(seed=seed)
    calls: list[Call] | None = [] if trace else None
    ring = Ring(estimator, learn=warm_up, mean_is_known=True)
    result = Simulation(played, estimator, ring, seed, calls).run(None if days else callers)
    if trace is not None and calls is not None:
        _write(trace, calls)
    _show(result, as_json)


@wait.command()
@click.argument("trace", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--warm-up", default=0, show_default=True, type=click.IntRange(0), help="The first so many callers are not scored."
)
@click.option("--warm-up-days", type=click.FloatRange(0), help="The callers of the first so many days are not scored.")
@click.option("--seed", default=1, show_default=True, help="Which chances the estimate is played forward with.")
@_json
def replay(trace: Path, warm_up: int, warm_up_days: float | None, seed: int, as_json: bool) -> None:
    """Play a recorded TRACE through the estimate, in the order in which things happened.

    A CSV with the columns queue, arrived_at (a time as in 2026-03-02T08:15:30Z, or seconds), waited_s, outcome (answered or
    abandoned), handled_s. Nothing is known beforehand to any predictor but what has happened by then.
    """
    from controller.queues.trials import replay as replays

    try:
        with trace.open(encoding="utf-8", newline="") as lines:
            callers = replays.read(lines)
    except replays.TraceRefused as error:
        raise click.ClickException(f"{trace}: {error}") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{trace}: not text in UTF-8: save it as CSV in UTF-8") from error
    if warm_up_days is not None:
        begin = callers[0].arrived_at + warm_up_days * 86400
        warm_up = max(warm_up, sum(caller.arrived_at < begin for caller in callers))
    if warm_up >= len(callers):
        raise click.UsageError(f"the warm-up must leave some of the trace's {len(callers)} callers")
    _show(replays.replay(callers, learn=warm_up, seed=seed), as_json)


_NAMES = {
    "careline": "Careline",
    "ql": "QL",
    "qlm": "QLm",
    "les": "LES",
    "hol": "HOL",
    "last10": "last ten",
    "mean": "mean",
}


def _show(result: Result, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.figures(), indent=2))
        return
    click.echo(f"{result.callers} callers waited and were answered; mean wait {result.mean_wait:.1f} s\n")
    click.echo(f"{'':<10}{'RRASE':>8}{'mean error':>13}{'bias':>11}{'p90 kept':>11}")
    for name, score in result.scores.items():
        figures = score.figures()
        if figures["rrase"] is None:
            click.echo(f"{_NAMES[name]:<10}{'–':>8}")
            continue
        kept = "" if score.coverage is None else f"{score.coverage:.1%}"
        click.echo(
            f"{_NAMES[name]:<10}{score.rrase:>8.3f}{figures['mean_error']:>11.1f} s{figures['bias']:>+9.1f} s{kept:>11}"
        )


def _write(path: Path, calls: list[Call]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("queue", "arrived_at", "waited_s", "outcome", "handled_s"))
        for call in sorted(calls, key=lambda each: each.arrived_at):
            outcome = "answered" if call.answered else "abandoned"
            handled = f"{call.handled:.3f}" if call.answered else ""
            rows.writerow((call.queue, f"{call.arrived_at:.3f}", f"{call.waited:.3f}", outcome, handled))

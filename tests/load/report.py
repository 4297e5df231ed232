"""The outcomes as a table, and as plots under build/load."""

from collections.abc import Sequence
from pathlib import Path

from . import plots
from .scenarios import Outcome

HEAD = ("scenario", "rate/s", "accepted", "per s", "errors", "p50 s", "p99 s", "p99.9 s", "outbox age s", "waiting", "recovery s", "lost", "MB")  # fmt: skip
WIDTHS = (20, 7, 9, 7, 12, 7, 7, 8, 13, 8, 11, 5, 6)


def heading() -> str:
    return _columns(HEAD)


def line(outcome: Outcome) -> str:
    told, delays = outcome.told, sorted(outcome.delays) or [0.0]
    errors = ", ".join(f"{count}×{status or 'none'}" for status, count in sorted(told.errors.items())) or "0"
    figures = (
        outcome.scenario,
        "—" if outcome.rate is None else f"{outcome.rate:g}",
        f"{told.accepted:,}",
        f"{told.accepted / outcome.seconds:.0f}",
        errors,
        *(f"{delays[min(len(delays) - 1, int(share * len(delays)))]:.2f}" for share in (0.5, 0.99, 0.999)),
        f"{max((sample.outbox_age for sample in outcome.samples), default=0):.1f}",
        f"{max((sample.waiting for sample in outcome.samples), default=0):,}",
        "not" if outcome.recovery is None else f"{outcome.recovery:.1f}",
        str(outcome.lost),
        f"{max((sample.megabytes for sample in outcome.samples), default=0):,.0f}",
    )
    more = "".join(f"   {name.replace('_', ' ')} {value:,.0f}" for name, value in outcome.more.items())
    return _columns(figures) + more


def draw(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Of each scenario what waits and how old it is over time; of all the delays."""
    drawn = []
    for outcome in outcomes:
        if not outcome.samples:
            continue
        start, name = outcome.samples[0].at, outcome.scenario.replace(" ", "-").replace("'", "").replace("×", "x")
        over_time = [(sample.at - start, sample) for sample in outcome.samples]
        waiting = [
            ("in outboxes", [(at, float(sample.outbox)) for at, sample in over_time]),
            ("not yet visible", [(at, float(sample.waiting)) for at, sample in over_time]),
        ]
        drawn.append(plots.write(folder, f"{name}-waiting", f"{outcome.scenario}: what waits", "events", waiting))
        age = [("oldest in an outbox", [(at, sample.outbox_age) for at, sample in over_time])]
        drawn.append(plots.write(folder, f"{name}-age", f"{outcome.scenario}: age of the outbox", "s", age))
        memory = [("all instances", [(at, sample.megabytes) for at, sample in over_time])]
        drawn.append(plots.write(folder, f"{name}-memory", f"{outcome.scenario}: memory", "MB", memory))
    return drawn


def _columns(texts: Sequence[str]) -> str:
    return "".join(
        text.ljust(width) if not place else text.rjust(width)
        for place, (text, width) in enumerate(zip(texts, WIDTHS, strict=True))
    )

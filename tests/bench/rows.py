"""A row of the table: what was measured, beside what, and what it should reach."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Literal


@dataclass(frozen=True)
class Row:
    """`aim` is on the ratio; on the value where there is no reference."""

    name: str
    value: float
    unit: str
    reference: float | None
    ratio: float | None
    aim: dict[Literal["at_least", "at_most"], float]

    @property
    def is_reached(self) -> bool:
        measured = self.value if self.ratio is None else self.ratio
        return self.aim.get("at_least", measured) <= measured <= self.aim.get("at_most", measured)


Measure = Callable[[], Awaitable[float]]


async def beside(name: str, ours: Measure, bare: Measure, rounds: int, *, unit: str, at_least: float) -> Row:
    """The medians of both, measured in turn: what slows the machine down slows both."""
    values: list[float] = []
    references: list[float] = []
    for number in range(rounds):
        turns = [(ours, values), (bare, references)]
        for measure, results in turns if number % 2 else turns[::-1]:
            results.append(await measure())
    value, reference = median(values), median(references)
    return Row(name, round(value, 1), unit, round(reference, 1), round(value / reference, 2), {"at_least": at_least})


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def heading() -> str:
    return _columns("", "measured", "reference", "ratio", "aim")


def line(row: Row) -> str:
    """One line of the table."""
    [(bound, limit)] = row.aim.items()
    return _columns(
        row.name,
        f"{row.value:,.0f} {row.unit}",
        "—" if row.reference is None else f"{row.reference:,.0f} {row.unit}",
        "—" if row.ratio is None else f"{row.ratio:.2f}",
        f"{'≥' if bound == 'at_least' else '≤'} {limit:g}{'' if row.is_reached else '   not reached'}",
    )


def _columns(name: str, value: str, reference: str, ratio: str, aim: str) -> str:
    return f"{name:<28}{value:>18}{reference:>18}{ratio:>8}   {aim}".rstrip()


def write(rows: Sequence[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")

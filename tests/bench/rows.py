"""A row of the table: what was measured, beside what, and what it should reach."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

Aim = dict[Literal["at_least", "at_most"], float]


class NotRun(Exception):
    """Why a row cannot be measured on this machine."""


@dataclass(frozen=True)
class Row:
    """`aim` is on the ratio; on the value where there is no reference. What is not run has no numbers."""

    name: str
    value: float | None
    unit: str
    reference: float | None
    ratio: float | None
    aim: Aim
    not_run: str | None = None

    @property
    def is_reached(self) -> bool:
        measured = self.value if self.ratio is None else self.ratio
        return measured is not None and (
            self.aim.get("at_least", measured) <= measured <= self.aim.get("at_most", measured)
        )


Measure = Callable[[], Awaitable[float]]


async def in_turn(measures: Sequence[Measure], rounds: int) -> list[float]:
    """The median of each, measured by turns: what slows the machine down slows all."""
    results: list[list[float]] = [[] for _ in measures]
    for number in range(rounds):
        turns = list(zip(measures, results, strict=True))
        for measure, found in turns if number % 2 else turns[::-1]:
            found.append(await measure())
    return [median(found) for found in results]


@dataclass(frozen=True)
class Promised:
    """A row that `make bench` prints, measured or not."""

    name: str
    unit: str
    aim: Aim

    async def beside(self, ours: Measure, reference: Measure, rounds: int) -> Row:
        value, found = await in_turn([ours, reference], rounds)
        return self.compared(value, found)

    def compared(self, value: float, reference: float) -> Row:
        return Row(self.name, round(value, 1), self.unit, round(reference, 1), round(value / reference, 2), self.aim)

    def alone(self, value: float) -> Row:
        return Row(self.name, round(value, 1), self.unit, None, None, self.aim)

    def not_run(self, why: str) -> Row:
        return Row(self.name, None, self.unit, None, None, self.aim, why)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def heading() -> str:
    return _columns("", "measured", "reference", "ratio", "aim")


def line(row: Row) -> str:
    """One line of the table."""
    if row.value is None:
        return f"{row.name:<28}  not run: {row.not_run}"
    return _columns(row.name, *figures(row))


def figures(row: Row) -> tuple[str, str, str, str]:
    """Measured, reference, ratio and aim as they are read."""
    [(bound, limit)] = row.aim.items()
    return (
        f"{row.value:,.0f} {row.unit}",
        "—" if row.reference is None else f"{row.reference:,.0f} {row.unit}",
        "—" if row.ratio is None else f"{row.ratio:.2f}",
        f"{'≥' if bound == 'at_least' else '≤'} {limit:g}{'' if row.is_reached else '   not reached'}",
    )


def markdown(rows: Sequence[Row]) -> str:
    """The table as a page of docs/ holds it."""
    lines = ["| row | measured | reference | ratio | aim |", "|---|---|---|---|---|"]
    for row in rows:
        told = (f"not run: {row.not_run}", "", "", "") if row.value is None else figures(row)
        lines.append(f"| `{row.name}` | {' | '.join(told)} |")
    return "\n".join(lines)


def _columns(name: str, value: str, reference: str, ratio: str, aim: str) -> str:
    return f"{name:<28}{value:>18}{reference:>18}{ratio:>8}   {aim}".rstrip()


def write(rows: Sequence[Row], path: Path) -> None:
    """Rows measured now; those of an earlier run that were not measured again stay."""
    kept = {row.name: row for row in (read(path) if path.exists() else [])} | {row.name: row for row in rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([_document(row) for row in kept.values()], indent=2) + "\n")


def read(path: Path) -> list[Row]:
    return [Row(**document) for document in json.loads(path.read_text())]


def _document(row: Row) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "not_run" or value}

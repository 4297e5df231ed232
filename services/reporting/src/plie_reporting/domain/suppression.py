"""What may leave the Métropole: no count of 1 to 4 people, nor one that could be worked out from its neighbours.

Invariant: of every sum that is published, the masked members are none, or several whose sum is at least 5.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from plie_reporting.domain.figures import FIGURES, Figure, Measure
from plie_reporting.domain.statistics import Result, Spot, Value

SMALLEST = 5
ADDITIVE = frozenset({Measure.COUNT, Measure.SUM})
OVERLAPPING = frozenset({"barrier"})
"""Groupings where one person stands in several cells, so that the cells add up to nothing."""
AT_AN_INSTANT = frozenset({"parcours.active"})
"""Figures of one day: their months add up to nothing."""


def suppress(results: Sequence[Result], group_by: str | None) -> Sequence[Result]:
    """The same results with small numbers masked (`value` None, `suppressed`), and what would give them away."""
    counts = {
        (result.figure.code, key): value.n or 0
        for result in results
        if result.figure.measure in ADDITIVE
        for key, value in _spots(result)
    }
    masked = {spot for spot, n in counts.items() if 0 < n < SMALLEST}
    sums = [(whole, parts) for whole, parts in _sums(counts, group_by) if whole in counts]
    while more := _given_away(sums, masked, counts):
        masked |= more
    return [_masked(result, masked) for result in results]


def masked_counts(counts: Mapping[str, int], *, adds_up: bool = True) -> Mapping[str, int | None]:
    """Counts beside each other, None where masked; `adds_up`: their sum is shown too."""
    whole: Spot = ("", None)
    spots: dict[Spot, int] = {("", key): n for key, n in counts.items()}
    masked = {spot for spot, n in spots.items() if 0 < n < SMALLEST}
    sums = [(whole, list(spots))]
    spots[whole] = sum(counts.values())
    while adds_up and (more := _given_away(sums, masked, spots)):
        masked |= more
    return {key: None if ("", key) in masked else n for key, n in counts.items()}


def masked_value(figure: Figure, value: Value) -> Value:
    """A value that stands alone."""
    return MASKED if _is_masked(figure, None, value, set()) else value


def _spots(result: Result) -> Iterator[tuple[str | None, Value]]:
    yield None, result.total
    yield from result.cells.items()


def _sums(counts: Mapping[Spot, int], group_by: str | None) -> Iterator[tuple[Spot, list[Spot]]]:
    """Every published sum: a whole and its parts in each cell, a total and its cells for each figure."""
    keys = {key for _, key in counts}
    for whole in {figure.whole for figure in FIGURES.values() if figure.whole}:
        parts = [figure.code for figure in FIGURES.values() if figure.whole == whole]
        for key in keys:
            yield (whole, key), [(part, key) for part in parts if (part, key) in counts]
    if group_by is None or group_by in OVERLAPPING:
        return
    for code in {code for code, _ in counts}:
        if group_by != "month" or code not in AT_AN_INSTANT:
            yield (code, None), [(code, key) for key in keys if key is not None and (code, key) in counts]


def _given_away(sums: Iterable[tuple[Spot, list[Spot]]], masked: set[Spot], counts: Mapping[Spot, int]) -> set[Spot]:
    """What must be masked too, for one sum where the masked members could be worked out."""
    for whole, parts in sums:
        members = [whole, *parts]
        hidden = [spot for spot in members if spot in masked]
        hidden_parts = sum(counts[spot] for spot in hidden if spot != whole)
        if not hidden or (len(hidden) > 1 and (whole in masked or hidden_parts >= SMALLEST)):
            continue
        shown = sorted((spot for spot in parts if spot not in masked and counts[spot]), key=lambda spot: counts[spot])
        if shown:
            return {shown[0]}
        if whole not in masked:
            return {whole}
    return set()


def _masked(result: Result, masked: set[Spot]) -> Result:
    def looked_at(key: str | None, value: Value) -> Value:
        return MASKED if _is_masked(result.figure, key, value, masked) else value

    return replace(
        result,
        total=looked_at(None, result.total),
        cells={key: looked_at(key, value) for key, value in result.cells.items()},
    )


MASKED = Value(None, suppressed=True)


def _is_masked(figure: Figure, key: str | None, value: Value, masked: set[Spot]) -> bool:
    if figure.measure in ADDITIVE:
        return (figure.code, key) in masked
    if any((name, key) in masked for name in (*figure.of, *figure.over)):
        return True
    if figure.measure is Measure.DELAY:
        return 0 < (value.n or 0) < SMALLEST
    above, below = value.numerator or 0, value.denominator or 0
    if figure.measure is Measure.LOAD:
        return 0 < above < SMALLEST
    return any(0 < count < SMALLEST for count in (above, below, below - above))

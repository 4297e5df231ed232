"""Charts as server-rendered SVG: percentage widths, pixel heights, fills from classes; no script, no inline style.

They take figures and give Markup; the frame around them (title, legend, data table) is `plie/charts.html`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, floor, log10
from typing import Literal

from markupsafe import Markup, escape

from plie_chassis.calendar import SHORT_MONTHS, long_month
from plie_chassis.web.typography import number, percent

Value = int | float

Tone = Literal["a", "b", "q"]
"""a: what counts; b: its background; q: the rest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row. `note` stands after the value (« 87,8 % », « sur 245 »); `value` None is a masked cell."""

    label: str
    value: Value | None
    tone: Tone = "a"
    note: str = ""
    target: Value | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A delay in days: the middle half and its median, and the target where there is one."""

    label: str
    q1: Value
    median: Value
    q3: Value
    n: int
    target: Value | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One value a month; None is a masked cell."""

    label: str
    tone: Tone
    values: Sequence[Value | None]


def parts(rows: Sequence[Bar], whole: Value) -> Sequence[Bar]:
    """The rows with their share of `whole` as note; a funnel is this, in order."""
    return [replace(row, note=percent(row.value / whole)) if row.value is not None and whole else row for row in rows]


def bar(row: Bar, largest: Value, *, track: bool = False) -> Markup:
    """The bar of one row, on a scale from 0 to `largest`."""
    inside = ['<rect class="track" width="100%" height="100%" rx="2"/>'] if track else []
    if row.value is None:
        inside.append('<rect class="masked-bar" x="0" y="1" width="12%" height="90%" rx="2"/>')
    elif row.value > 0:
        inside.append(f'<rect class="bar-{row.tone}" width="{_share(row.value, largest)}" height="100%" rx="2"/>')
    if row.target is not None:
        x = _share(row.target, largest)
        inside += [f'<line class="{css}" x1="{x}" x2="{x}" y1="-15%" y2="115%"/>' for css in ("halo", "target")]
    return _svg("bar", inside)


def largest(rows: Sequence[Bar]) -> Value:
    """The end of the scale that all the rows share."""
    return max((value for row in rows for value in (row.value, row.target) if value is not None), default=1) or 1


def quartile_bar(row: Quartiles, end: Value) -> Markup:
    inside = [
        '<line class="grid" x1="0" x2="100%" y1="50%" y2="50%"/>',
        f'<rect class="box" x="{_share(row.q1, end)}" width="{_share(row.q3 - row.q1, end)}" y="14%" height="72%" rx="2"/>',
        f'<line class="median" x1="{_share(row.median, end)}" x2="{_share(row.median, end)}" y1="0" y2="100%"/>',
    ]
    if row.target is not None:
        x = _share(row.target, end)
        inside += [f'<line class="{css}" x1="{x}" x2="{x}" y1="-15%" y2="115%"/>' for css in ("halo", "target")]
    return _svg("bar", inside)


def quartiles_end(rows: Sequence[Quartiles]) -> Value:
    """The end of the scale that all the rows share."""
    values = [value for row in rows for value in (row.q3, row.target) if value is not None]
    return scale(max(values, default=1))[-1]


def quartile_rows(rows: Sequence[Quartiles]) -> Sequence[Sequence[object]]:
    """The data table: label, first quartile, median, third quartile, files."""
    return [(row.label, row.q1, row.median, row.q3, row.n) for row in rows]


def axis(end: Value, unit: str) -> Markup:
    """The scale under rows of bars, four or five round steps."""
    steps = scale(end)
    texts = [
        f'<text x="{_share(step, steps[-1])}" y="12" text-anchor="{"start" if not step else "end" if step == steps[-1] else "middle"}">'
        f"{number(step)}{f' {escape(unit)}' if step == steps[-1] else ''}</text>"
        for step in steps
    ]
    return Markup(f'<svg height="16" aria-hidden="true" focusable="false">{"".join(texts)}</svg>')  # noqa: S704 - escaped above


def scale(end: Value) -> Sequence[float]:
    """Round steps from 0 to at least `end`: 0, 25, 50, 75, 100."""
    end = float(end) or 1.0
    rough = end / 4
    magnitude = 10 ** floor(log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough)
    if end >= 4:
        step = max(ceil(step), 1)
    return [step * index for index in range(ceil(end / step) + 1)]


PLOT_TOP, PLOT_BOTTOM = 18.0, 190.0


def columns(months: Sequence[date], series: Sequence[Series], *, partial: date | None = None, title: str) -> Markup:
    """Grouped columns by month; the month that holds `partial` is not over and is hatched."""
    values = [value for one in series for value in one.values if value is not None]
    steps = scale(max(values, default=1))
    group = 94.0 / max(len(months), 1)
    width = min(group * 0.8 / max(len(series), 1), 6.0)
    drawn = ['<line class="axis" x1="0" x2="100%" y1="190" y2="190"/>']
    for step in steps[1:]:
        y = _height(step, steps[-1])
        drawn.append(
            f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/><text x="0" y="{y - 4:.1f}">{number(step)}</text>'
        )
    wide_labels = len(months) > 6
    for index, month in enumerate(months):
        middle = 6.0 + group * (index + 0.5)
        unfinished = partial is not None and (month.year, month.month) == (partial.year, partial.month)
        left = middle - width * len(series) / 2
        for place, one in enumerate(series):
            drawn.append(
                _column(one, one.values[index], left + place * width, width * 0.95, steps[-1], unfinished=unfinished)
            )
        drawn.append(
            _month_label(
                month, middle, first=index == 0, unfinished=unfinished, only_wide=wide_labels and index % 3 != 0
            )
        )
    return Markup(f'<svg height="236" role="img" aria-label="{escape(title)}">{"".join(drawn)}</svg>')  # noqa: S704 - escaped above


def _column(one: Series, value: Value | None, x: float, width: float, end: float, *, unfinished: bool) -> str:
    if value is None:
        return f'<rect fill="url(#hatch-q)" x="{x:.2f}%" y="176" width="{width:.2f}%" height="14"/><rect class="hatch-edge-q" x="{x:.2f}%" y="176" width="{width:.2f}%" height="14"/>'
    y = _height(float(value), end)
    place = f'x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{PLOT_BOTTOM - y:.1f}"'
    if unfinished:
        suffix = "" if one.tone == "a" else f"-{one.tone}"
        return f'<rect fill="url(#hatch{suffix})" {place}/><rect class="hatch-edge{suffix}" {place}/>'
    return f'<rect class="bar-{one.tone}" {place}/>'


def _month_label(month: date, middle: float, *, first: bool, unfinished: bool, only_wide: bool) -> str:
    name = SHORT_MONTHS[month.month - 1]
    hidden = ' class="on-wide"' if only_wide and not unfinished else ""
    text = f'<text{hidden} x="{middle:.2f}%" y="208" text-anchor="middle">{name}</text>'
    if unfinished:
        return f'{text}<text class="t-val" x="{middle:.2f}%" y="224" text-anchor="middle">partiel</text>'
    if first or month.month == 1:
        return f'{text}<text x="{middle:.2f}%" y="224" text-anchor="middle">{month.year}</text>'
    return text


def series_entries(series: Sequence[Series], partial: date | None) -> Sequence[tuple[str, str]]:
    masked = any(value is None for one in series for value in one.values)
    entries: list[tuple[str, str]] = [(one.tone, one.label) for one in series]
    return [
        *entries,
        *([("partial", "mois partiel")] if partial else []),
        *([("masked", "1 à 4, masqué")] if masked else []),
    ]


def series_head(series: Sequence[Series]) -> Sequence[str]:
    return ["Mois", *(one.label for one in series)]


def series_rows(months: Sequence[date], series: Sequence[Series], partial: date | None) -> Sequence[Sequence[object]]:
    """The data table; the month that is not over says until when."""
    return [[_month_name(month, partial), *(one.values[index] for one in series)] for index, month in enumerate(months)]


def series_foot(series: Sequence[Series]) -> Sequence[object]:
    """Totals; one with a masked cell is masked too."""
    return ["Total", *(_total(one) for one in series)]


def _total(one: Series) -> Value | None:
    known = [value for value in one.values if value is not None]
    return sum(known) if len(known) == len(one.values) else None


def _month_name(month: date, partial: date | None) -> Markup:
    if partial is None or (month.year, month.month) != (partial.year, partial.month):
        return escape(long_month(month))
    return Markup('{} <em class="partial">(jusqu’au {})</em>').format(long_month(month), partial.day)


def meter(value: Value, whole: Value) -> Markup:
    """A share as a line; what goes beyond `whole` is drawn as excess."""
    inside = ['<rect class="meter-back" width="100%" height="100%"/>']
    if value > whole > 0:
        full = _share(whole, value)
        inside.append(f'<rect class="meter-fill" width="{full}" height="100%"/>')
        inside.append(f'<rect class="meter-over" x="{full}" width="{_share(value - whole, value)}" height="100%"/>')
    elif value > 0:
        inside.append(f'<rect class="meter-fill" width="{_share(value, whole)}" height="100%"/>')
    return Markup(f'<svg class="meter" aria-hidden="true" focusable="false">{"".join(inside)}</svg>')  # noqa: S704 - numbers only


def swatch(kind: Literal["a", "b", "q", "median", "box", "target", "partial", "masked"]) -> Markup:
    """The sign of a legend's entry."""
    match kind:
        case "a" | "b" | "q":
            inside = f'<rect class="bar-{kind}" width="18" height="13" rx="2"/>'
        case "box":
            inside = '<rect class="box" width="18" height="13" rx="2"/>'
        case "median" | "target":
            inside = f'<line class="{kind}" x1="9" x2="9" y1="0" y2="13"/>'
        case "partial":
            inside = (
                '<rect fill="url(#hatch)" width="18" height="13"/><rect class="hatch-edge" width="18" height="13"/>'
            )
        case "masked":
            inside = (
                '<rect fill="url(#hatch-q)" width="18" height="13"/><rect class="hatch-edge-q" width="18" height="13"/>'
            )
    return Markup(f'<svg viewBox="0 0 18 13" aria-hidden="true" focusable="false">{inside}</svg>')  # noqa: S704 - constants only


def _height(value: float, end: float) -> float:
    return PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * value / end


def _share(value: Value, whole: Value) -> str:
    share = min(max(float(value) / float(whole), 0.0), 1.0) if whole else 0.0
    return f"{share * 100:.1f}%"


def _svg(css: str, inside: Sequence[str]) -> Markup:
    return Markup(f'<svg class="{css}" aria-hidden="true" focusable="false">{"".join(inside)}</svg>')  # noqa: S704 - numbers only

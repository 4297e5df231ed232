"""Lines over time as one self-contained SVG file each."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from plie_chassis.web.charts import scale

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 260, 60, 30, 34
COLOURS = ("#0b5a6f", "#b3541e", "#6b6b6b")

Line = tuple[str, Sequence[tuple[float, float]]]
"""A name and its points."""


def lines(title: str, unit: str, drawn: Sequence[Line]) -> str:
    """`title` over lines that share one scale from 0; time in seconds."""
    points = [point for _, line in drawn for point in line]
    across = scale(max((x for x, _ in points), default=1))
    up = scale(max((y for _, y in points), default=1))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - 10) * x / across[-1],
            HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * y / up[-1],
        )

    body = [f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>']
    for step in up:
        _, y = at(0, step)
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        body.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{step:g}</text>')
    for step in across:
        x, _ = at(step, 0)
        body.append(f'<text x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{step:g} s</text>')
    for (name, line), colour, place in zip(drawn, COLOURS, range(len(drawn)), strict=False):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line))
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        body.append(f'<text x="{LEFT + 240 * place}" y="30" fill="{colour}">{escape(name)} ({escape(unit)})</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    return f"{head}{''.join(body)}</svg>\n"


def write(folder: Path, name: str, title: str, unit: str, drawn: Sequence[Line]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    path.write_text(lines(title, unit, drawn))
    return path

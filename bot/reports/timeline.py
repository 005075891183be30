"""The comment period as a picture for a phone: what happens when, from top to bottom, and where we stand today."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.reports.charts import BAR, DPI, INK

WIDTH = 4.2  # inches
ROW = 0.62  # inches that one day needs at least
SPREAD = 3.0  # rows that are shared out by time, above what each needs
PALE = "#616e7c"


@dataclass(frozen=True, slots=True)
class Moment:
    """One day on the line; `label` and `shown` are in the reader's language."""

    day: date
    label: str
    shown: str
    today: bool = False


def places(days: Sequence[date]) -> list[float]:
    """Where each of these sorted days stands on the line, from 0 down, in rows: by time, never nearer than one row."""
    span = max((days[-1] - days[0]).days, 1)
    gaps = [max((after - before).days / span * SPREAD, 1.0) for before, after in pairwise(days)]
    return [sum(gaps[:number]) for number in range(len(days))]


def draw(title: str, moments: Sequence[Moment], font: Path) -> bytes:
    """A PNG. Loads matplotlib, which takes a second and 60 MB: not in the loop."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    ordered = sorted(moments, key=lambda one: (one.day, one.today))
    rows = places([one.day for one in ordered])
    figure = Figure(figsize=(WIDTH, 0.8 + ROW * (rows[-1] + 1)), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    letters = FontProperties(fname=str(font), size=11)
    now = next((row for row, one in zip(rows, ordered, strict=True) if one.today), rows[0])
    axes.plot([0, 0], [rows[0], now], color=PALE, linewidth=3, zorder=1)
    axes.plot([0, 0], [now, rows[-1]], color=BAR, linewidth=3, zorder=1)
    for row, one in zip(rows, ordered, strict=True):
        colour = BAR if one.today else INK if row >= now else PALE
        axes.scatter([0], [row], s=130 if one.today else 60, color=colour, zorder=2)
        axes.text(-0.12, row, one.shown, ha="right", va="center", fontproperties=letters, color=colour)
        axes.text(0.12, row, one.label, ha="left", va="center", fontproperties=letters, color=colour)
    axes.set_title(title, fontproperties=letters, color=INK, loc="left")
    axes.set_xlim(-1.0, 1.5)
    axes.set_ylim(rows[-1] + 0.5, -0.5)
    axes.set_axis_off()
    out = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(out)
    return out.getvalue()

"""Charts for reports as PNG: bars with a legible font, in the colours of the house."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WIDTH = 6.4  # inches
DPI = 150
MOST = 12  # bars
LONGEST = 22  # characters of a label
INK, BAR = "#1f2933", "#b3541e"


def bars(title: str, labels: Sequence[str], values: Sequence[float], *, font: Path) -> bytes:
    """A horizontal bar chart, the largest on top. Loads matplotlib, which takes a second and 60 MB: not in the loop."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    shown = list(zip(labels, values, strict=True))[:MOST][::-1]
    letters = FontProperties(fname=str(font), size=10)
    figure = Figure(figsize=(WIDTH, 0.9 + 0.34 * len(shown)), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    drawn = axes.barh(range(len(shown)), [value for _, value in shown], color=BAR, height=0.62)
    axes.set_yticks(range(len(shown)), [_short(label) for label, _ in shown], fontproperties=letters, color=INK)
    axes.bar_label(drawn, fmt="{:,.0f}", padding=3, fontproperties=letters, color=INK)
    axes.set_title(title, fontproperties=letters, color=INK, loc="left")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.margins(x=0.12)
    out = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(out)
    return out.getvalue()


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"

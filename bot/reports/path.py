"""A certification path as a picture for a phone: numbered boxes from top to bottom, with what comes of each step."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.reports.charts import BAR, DPI, INK

WIDTH = 3.2  # inches: as narrow as it may be, so that it is legible at the width of a phone
LINE = 0.2  # inches of one line of text
PADDING, GAP, HEAD = 0.12, 0.22, 0.46  # inches: inside a box, between boxes, above a route
BOX = 2.56  # inches from the left edge of a box to its right
LEFT = 0.5
UNITS = 32  # of text in one line of a box: a Chinese sign takes two, a letter one
PALE, FILL = "#616e7c", "#f7f2ec"


@dataclass(frozen=True, slots=True)
class Box:
    """One step, and what comes of it; all texts are in the reader's language."""

    who: str
    what: str
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One route; `title` is empty where there is only one."""

    title: str
    boxes: tuple[Box, ...]


def units(text: str) -> int:
    """How wide a text is: signs of full width count two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def wrapped(text: str, most: int = UNITS) -> list[str]:
    """Lines of at most `most` units: between words, and between any two Chinese signs, never before a mark."""
    lines: list[str] = []
    for piece in _pieces(text):
        if lines and units(lines[-1] + piece.rstrip()) <= most:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.strip() for line in lines]


def _pieces(text: str) -> list[str]:
    """What may not be broken: a word with its blank, a Chinese sign with the marks behind it."""
    pieces: list[str] = []
    for sign in text:
        wide = unicodedata.east_asian_width(sign) in "WF"
        joined = pieces and not pieces[-1].endswith(" ")
        mark = unicodedata.category(sign).startswith("P") and sign not in "（《“"
        if joined and (mark or sign == " " or (not wide and not _wide_end(pieces[-1])) or pieces[-1] in "（《“"):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _wide_end(piece: str) -> bool:
    return unicodedata.east_asian_width(piece[-1]) in "WF"


def draw(title: str, columns: Sequence[Column], font: Path) -> bytes:
    """A PNG. Loads matplotlib, which takes a second and 60 MB: not in the loop."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    titled = wrapped(title)
    height = LINE * len(titled) + 0.4 + sum(_height(column) for column in columns)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    pen = _Pen(axes, FontProperties(fname=str(font), size=10.5), FontProperties(fname=str(font), size=9.5))
    down = pen.lines(titled, 0.12, 0.26, INK, pen.large)
    for column in columns:
        down = _column(pen, column, down + 0.06)
    out = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(out)
    return out.getvalue()


def _height(column: Column) -> float:
    head = LINE * len(wrapped(column.title)) + 0.2 if column.title else 0.0
    return head + sum(_inside(box) + GAP for box in column.boxes) + 0.1


def _inside(box: Box) -> float:
    return LINE * (1 + len(wrapped(box.what)) + len(_results(box))) + 2 * PADDING


def _results(box: Box) -> list[str]:
    return [line for result in box.results for line in wrapped(result)]


def _column(pen: "_Pen", column: Column, down: float) -> float:
    if column.title:
        down = pen.lines(wrapped(column.title), 0.12, down + 0.16, BAR, pen.large) + 0.04
    for number, box in enumerate(column.boxes, 1):
        if number > 1:
            pen.arrow(down - GAP, down)
        pen.box(number, box, down)
        down += _inside(box) + GAP
    return down + 0.04


@dataclass(frozen=True, slots=True)
class _Pen:
    """What is drawn with; places are inches from the upper left corner."""

    axes: Any
    large: Any
    small: Any

    def lines(self, texts: Sequence[str], left: float, down: float, colour: str, letters: Any) -> float:
        for text in texts:
            self.axes.text(left, down, text, va="center", fontproperties=letters, color=colour)
            down += LINE
        return down - LINE / 2

    def arrow(self, start: float, end: float) -> None:
        style = {"arrowstyle": "-|>", "color": PALE, "shrinkA": 1, "shrinkB": 1, "mutation_scale": 9}
        middle = LEFT + BOX / 2
        self.axes.annotate("", xy=(middle, end), xytext=(middle, start), arrowprops=style)

    def box(self, number: int, box: Box, down: float) -> None:
        from matplotlib.patches import FancyBboxPatch

        shape = "round,pad=0,rounding_size=0.08"
        height = _inside(box)
        self.axes.add_patch(FancyBboxPatch((LEFT, down), BOX, height, shape, facecolor=FILL, edgecolor=PALE, lw=0.8))
        self.axes.scatter([LEFT - 0.24], [down + height / 2], s=190, color=BAR, zorder=3)
        self.axes.text(
            LEFT - 0.24, down + height / 2, str(number), ha="center", va="center", color="white",
            fontproperties=self.small, zorder=4,
        )  # fmt: skip
        first, left = down + PADDING + LINE / 2, LEFT + 0.12
        self.lines([box.who], left, first, PALE, self.small)
        self.lines(wrapped(box.what), left, first + LINE, INK, self.small)
        self.lines(_results(box), left, first + LINE * (1 + len(wrapped(box.what))), BAR, self.small)

"""The figures of nlu.evaluation as a page of its own, with plots drawn as SVG."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from nlu.evaluation import Figures, Judged, calibration, confusions, figures

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto;
max-width: 70rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} th, td {{ text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
border-bottom: 1px solid #ddd; }}
svg {{ max-width: 100%; height: auto; }} svg text {{ font: 12px system-ui, sans-serif; }}
.plots {{ display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }}
.plots section {{ max-width: 480px; }}
</style>
<h1>{title}</h1>
<table>{summary}</table>
<div class="plots">
<section><h2>F1 by intent</h2>{intents}</section>
<section><h2>F1 by entity</h2>{entities}</section>
<section><h2>Accuracy by language</h2>{languages}</section>
<section><h2>Confidence and truth</h2>{calibration}
<p>Each point is a tenth of confidence: how sure the model was, and how often it was right. Larger = more sentences.
On the line, the one is the other.</p></section>
</div>
<h2>Confusions</h2>
{confusions}
<h2>Sentences that were misunderstood</h2>
<table><tr><th>sentence</th><th>language</th><th>wanted</th><th>got</th><th>confidence</th><th>second</th></tr>
{wrong}
</table>
<h2>Entities that were missed or made up</h2>
<table><tr><th>sentence</th><th>missed</th><th>made up</th></tr>
{named}
</table></html>
"""
_SCALARS = (
    "sentences", "in_scope", "accuracy", "macro_f1", "refused", "outside", "outside_recall", "outside_precision",
    "marked", "entity_f1",
)  # fmt: skip
_MOST = 15  # intents in the table of confusions; a page that nobody can read helps nobody


def report(judged: Sequence[Judged], *, title: str) -> str:
    """The whole page; it needs nothing from elsewhere."""
    found = figures(judged)
    return _PAGE.format(
        title=html.escape(title),
        summary="".join(f"<tr><th>{name}</th><td>{shown(value)}</td></tr>" for name, value in scalars(found)),
        intents=_bars(found.f1_by_intent),
        entities=_bars(found.f1_by_entity),
        languages=_bars(found.by_language),
        calibration=_reliability(calibration(judged)),
        confusions=_matrix(confusions(judged)),
        wrong="\n".join(_row(one) for one in judged if not one.right),
        named="\n".join(_entity_row(one) for one in judged if _differs(one)),
    )


def scalars(found: Figures) -> list[tuple[str, float]]:
    """The figures that are one number each, in reading order."""
    return [(name, getattr(found, name)) for name in _SCALARS]


def shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1%}"


def _bars(values: Mapping[str, float]) -> str:
    rows = sorted(values.items(), key=lambda item: (item[1], item[0]))
    bars = "".join(_bar(number, name, value) for number, (name, value) in enumerate(rows))
    return f'<svg role="img" viewBox="0 0 460 {18 * len(rows) + 4}" width="460">{bars}</svg>'


def _bar(number: int, name: str, value: float) -> str:
    top = 18 * number
    colour = "#2a7" if value >= 0.9 else "#d90" if value >= 0.75 else "#c33"
    return (
        f'<text x="150" y="{top + 14}" text-anchor="end">{html.escape(name)}</text>'
        f'<rect x="156" y="{top + 4}" width="{240 * value:.1f}" height="12" fill="{colour}"/>'
        f'<text x="{160 + 240 * value:.1f}" y="{top + 14}">{value:.1%}</text>'
    )


def _reliability(points: Sequence[tuple[float, float, int]]) -> str:
    most = max((count for *_, count in points), default=1)
    dots = "".join(
        f'<circle cx="{40 + 280 * confidence:.1f}" cy="{290 - 280 * right:.1f}" '
        f'r="{3 + 9 * (count / most) ** 0.5:.1f}" '
        f'fill="#27c" fill-opacity=".6"><title>{confidence:.0%} sure, {right:.0%} right, {count}</title></circle>'
        for confidence, right, count in points
    )
    return (
        '<svg role="img" viewBox="0 0 340 330" width="340" overflow="visible">'
        '<rect x="40" y="10" width="280" height="280" fill="none" '
        'stroke="#999"/><line x1="40" y1="290" x2="320" y2="10" stroke="#bbb"/>'
        '<text x="180" y="320" text-anchor="middle">confidence</text>'
        f'<text x="14" y="150" transform="rotate(-90 14 150)" text-anchor="middle">share right</text>{dots}</svg>'
    )


def _matrix(pairs: Sequence[tuple[str, str, int]]) -> str:
    """Wanted down, got across; only the intents that are confused most."""
    if not pairs:
        return "<p>None.</p>"
    rows = list(dict.fromkeys(wanted for wanted, _, _ in pairs))[:_MOST]
    columns = list(dict.fromkeys(got for _, got, _ in pairs))[:_MOST]
    counts = {(wanted, got): count for wanted, got, count in pairs}
    most = max(counts.values())
    labels = "".join(
        f'<text transform="translate({174 + 26 * x} 146) rotate(-60)">{html.escape(name)}</text>'
        for x, name in enumerate(columns)
    )
    body = "".join(
        f'<text x="155" y="{168 + 22 * y}" text-anchor="end">{html.escape(name)}</text>'
        + "".join(_cell(x, y, counts.get((name, other), 0), most) for x, other in enumerate(columns))
        for y, name in enumerate(rows)
    )
    width, height = 260 + 26 * len(columns), 160 + 22 * len(rows)
    return f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}">{labels}{body}</svg>'


def _cell(x: int, y: int, count: int, most: int) -> str:
    left, top = 160 + 26 * x, 153 + 22 * y
    mark = f'<text x="{left + 12}" y="{top + 15}" text-anchor="middle">{count}</text>' if count else ""
    fill = f'fill="#c33" fill-opacity="{0.15 + 0.7 * count / most:.2f}"' if count else 'fill="#f4f4f4"'
    return f'<rect x="{left}" y="{top}" width="25" height="21" {fill}/>{mark}'


def _row(one: Judged) -> str:
    told = one.sentence
    cells = (told.text, told.language, told.intent, one.intent, f"{one.confidence:.2f}", one.second)
    return _cells(cells)


def _differs(one: Judged) -> bool:
    return one.sentence.entities is not None and sorted(one.sentence.entities) != sorted(one.entities)


def _entity_row(one: Judged) -> str:
    wanted, found = list(one.sentence.entities or ()), list(one.entities)
    missed = [" ".join(entity) for entity in wanted if entity not in found]
    extra = [" ".join(entity) for entity in found if entity not in wanted]
    return _cells((one.sentence.text, "; ".join(missed), "; ".join(extra)))


def _cells(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"

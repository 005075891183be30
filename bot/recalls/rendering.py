"""A recall as a member reads it: the message, its line in a digest or list, and the whole card."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from bot.db.models import deliveries, interests
from bot.i18n import Texts
from bot.matching import Match, Reason, ReasonKind, reason_text
from bot.messages import Button, Reply
from bot.notifications import day_text
from bot.notifications.card import shorten
from bot.recalls.record import Record
from bot.recalls.store import Recall, by_id
from bot.recalls.telling import KIND
from knowledge.countermeasure import State as Stage
from nlu import markets

LENGTHS = {"product": 300, "risk": 300, "measure": 200, "category": 80, "brand": 60, "firm": 80}
LINE = 80
REASONS = "recall.reason"
NAMED = ("safety_gate", "cpsc", "fda_refusals", "openfda", "rasff")


def number(recall_id: int) -> str:
    """The number that a member can quote: RC-000123."""
    return f"RC-{recall_id:06d}"


def render(tx: Connection, row: Any, *, texts: Texts, language: str, today: date) -> Reply:
    """The message of a delivery row (recall_id, interest_id, payload). Raises LookupError when the recall is gone."""
    one = by_id(tx, row.recall_id)
    if one is None:
        raise LookupError(f"recall {row.recall_id}")
    payload = row.payload or {}
    mine = _product(tx, row.interest_id, payload)
    head = _head(one, mine, texts, language)
    why = texts("alert.why", language, reason=_why(payload, texts, language))
    lines = [head, *_body(one, texts, language, today), why, *_source(one, texts, language)]
    return Reply("\n".join(lines), _buttons(one, texts, language, mine))


def card(one: Recall, *, texts: Texts, language: str, today: date) -> Reply:
    """A recall that somebody looks up: the same without a reason."""
    head = texts(f"recall.plain_{one.kind}", language, market=markets.name(one.record["market"], language))
    lines = [head, *_body(one, texts, language, today), *_source(one, texts, language)]
    return Reply("\n".join(lines), _buttons(one, texts, language))


def line(one: Recall, *, texts: Texts, language: str, today: date) -> str:
    """One line of a list: kind, market, goods, origin, day, source and number."""
    record = one.record
    return texts(
        f"recall.line_{one.kind}", language, market=markets.name(record["market"], language),
        product=shorten(record["product"], LINE), origin=_origin(record, texts, language),
        date=day_text(one.date, language, today, texts), source=source_name(record, texts, language),
        number=record["number"],
    )  # fmt: skip


def open_button(one: Recall) -> Button:
    return Button(number(one.id), f'/ask_recalls{{"recall": "{one.id}"}}')


def in_digest(
    tx: Connection, digest_id: int, *, texts: Texts, language: str, today: date
) -> list[tuple[str, Button]]:  # fmt: skip
    """The lines of the recalls that came in a digest, with the buttons that open them."""
    mine = (deliveries.c.digest_id == digest_id) & (deliveries.c.kind == KIND) & (deliveries.c.state != "skipped")
    ids = tx.execute(select(deliveries.c.recall_id).where(mine).order_by(deliveries.c.id)).scalars().all()
    found = [one for recall_id in dict.fromkeys(ids) if (one := by_id(tx, recall_id))]
    return [(line(one, texts=texts, language=language, today=today), open_button(one)) for one in found]


def source_name(record: Record, texts: Texts, language: str) -> str:
    return texts(f"source.name.{record['source']}", language) if record["source"] in NAMED else str(record["source"])


def last_sent(tx: Connection, member_id: int, *, recall_id: int | None = None) -> Any:
    """The newest delivery of a recall to the member, or that of the one that is named."""
    mine = (deliveries.c.member_id == member_id) & (deliveries.c.kind == KIND)
    which = deliveries.c.recall_id == recall_id if recall_id is not None else deliveries.c.state == "sent"
    return tx.execute(select(deliveries).where(mine, which).order_by(deliveries.c.id.desc()).limit(1)).first()


def product_of(tx: Connection, member_id: int, recall_id: int) -> str:
    """The member's own goods that this recall was told for; "" when it was not."""
    row = last_sent(tx, member_id, recall_id=recall_id)
    return _product(tx, row.interest_id, row.payload or {}) if row is not None else ""


def _head(one: Recall, product: str, texts: Texts, language: str) -> str:
    market = markets.name(one.record["market"], language)
    key = f"recall.head_{one.kind}" if product else f"recall.plain_{one.kind}"
    return texts(key, language, market=market, product=product)


def _product(tx: Connection, interest_id: int | None, payload: Mapping[str, Any]) -> str:
    """The goods as the member named them: the word that matched, else the first of the interest."""
    words = tx.execute(select(interests.c.products).where(interests.c.id == interest_id)).scalar() or []
    by_fold = {str(word).lower(): str(word) for word in words}
    named = (one.mine for one in _reasons(payload) if one.mine and not one.mine.isdigit())
    return next((by_fold.get(word, word) for word in named), next(iter(by_fold.values()), ""))


def _reasons(payload: Mapping[str, Any]) -> tuple[Reason, ...]:
    found = (Reason.from_json(one) for one in payload.get("reasons", ()))
    return tuple(one for one in found if one.kind is not ReasonKind.ICS)


def _why(payload: Mapping[str, Any], texts: Texts, language: str) -> str:
    found = Match(_reasons(payload), tuple(payload.get("markets", ())))
    return reason_text(found, language, texts=texts, area=REASONS)


def _body(one: Recall, texts: Texts, language: str, today: date) -> list[str]:
    record, comma = one.record, texts("notification.comma", language)
    shown = {key: shorten(" ".join(str(record.get(key, "")).split()), size) for key, size in LENGTHS.items()}
    about = [
        texts(f"recall.of.{key}", language, value=shown[key]) for key in ("category", "brand", "firm") if shown[key]
    ]
    day = day_text(one.date, language, today, texts)
    by = markets.name(record["notified_by"], language) if record.get("notified_by") else ""
    return [
        texts("recall.product", language, value=shown["product"]),
        *([texts("recall.about", language, value=comma.join(about))] if about else []),
        *(texts(f"recall.{key}", language, value=shown[key]) for key in ("risk", "measure") if shown[key]),
        texts("recall.origin", language, value=_origin(record, texts, language)),
        texts("recall.date_by" if by else "recall.date", language, date=day, by=by),
    ]


def _origin(record: Record, texts: Texts, language: str) -> str:
    names = [markets.name(code, language) for code in record.get("origin", ())]
    return texts("notification.comma", language).join(names) or texts("recall.origin_unknown", language)


def _source(one: Recall, texts: Texts, language: str) -> list[str]:
    record = one.record
    told = {"source": source_name(record, texts, language), "number": record["number"]}
    lines = [texts("recall.source", language, **told)]
    lines += [texts("recall.link", language, link=record["link"])] if record.get("link") else []
    return [*lines, texts("recall.number", language, number=number(one.id))]


def _buttons(one: Recall, texts: Texts, language: str, goods: str = "") -> tuple[Button, ...]:
    """What it means to them, what can be done, and that it is not theirs."""
    stage = {"field": Stage.SHIPMENT_STOPPED, "market": one.record["market"], **({"product": goods} if goods else {})}
    presses = {
        "affected": ("give_feedback", {"recall": str(one.id), "affected": "yes"}),
        "not_mine": ("not_mine", {"recall": str(one.id)}), "what_to_do": ("ask_countermeasure", stage),
    }  # fmt: skip
    return tuple(
        Button(texts(f"recall.button.{name}", language), f"/{intent}{json.dumps(said, ensure_ascii=False)}")
        for name, (intent, said) in presses.items()
    )

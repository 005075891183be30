"""An alert as the message that a member reads: written when it is sent, so that the clock and the state are today's."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.alerts.audience import MAYBE
from bot.db.models import alerts, deliveries, interests, notifications
from bot.i18n import Texts
from bot.matching import Match, Reason, ReasonKind, reason_text
from bot.messages import Button, Reply
from bot.notifications import Notification, by_id, by_symbol, clock, day_text
from bot.notifications.card import link_lines, member_names, shorten, summary, terms_line, titles, type_name
from bot.notifications.purpose import purposes
from bot.notifications.record import family_of, parent_of
from nlu import markets, symbols

TITLE = 200
SAYS = 120
AFFECTED = {"affected": "yes", "not_affected": "none", "unsure": "unknown"}  # button -> what feedback is given


def number(alert_id: int) -> str:
    """The number that a member can quote: A-000123."""
    return f"A-{alert_id:06d}"


Local = Callable[[Connection, int, str], str | None]  # (member, family) -> the line of their own deadline, if any


def render(
    tx: Connection, delivery: Any, *, texts: Texts, language: str, today: date, local: Local | None = None
) -> Reply:
    """The message of a delivery row (alert_id, interest_id, payload). Raises LookupError when the alert is gone.

    `local` adds what stands beside the official deadline: surveys know it, and they stand above alerts.
    """
    alert = tx.execute(select(alerts).where(alerts.c.id == delivery.alert_id)).first()
    about = by_id(tx, alert.notification_id) if alert else None
    if alert is None or about is None:
        raise LookupError(f"alert {delivery.alert_id}")
    mine = _interest(tx, delivery.interest_id)
    payload = delivery.payload or {}
    shown = _shown(tx, about, payload)
    lines = [
        _headline(alert, shown, mine, payload, language, texts, unsure=delivery.kind == MAYBE),
        *_title_lines(shown, language, texts),
        *terms_line(shown.record, language, texts),
        *_purposes(shown, alert, language, texts),
        *_news(alert, language, today, texts),
        *_gist(shown, language, texts),
        _clock(tx, alert, shown, language, today, texts),
        *_local(tx, alert, shown, delivery, local),
        *_why(payload, language, texts, unsure=delivery.kind == MAYBE),
        *link_lines(shown.record, language, texts)[:1],
        texts("alert.number", language, number=number(alert.id), symbol=shown.symbol),
    ]
    return Reply(text="\n".join(lines), buttons=_buttons(shown.symbol, language, texts, asks=alert.kind != "withdrawn"))


def _interest(tx: Connection, interest_id: int | None) -> Row[Any] | None:
    return tx.execute(select(interests).where(interests.c.id == interest_id)).first() if interest_id else None


def _shown(tx: Connection, about: Notification, payload: dict[str, Any]) -> Notification:
    """Of a joint notification the document of the reader's own market."""
    wanted = set(payload.get("markets", ()))
    own = [name for name in about.record.get("joint", ()) if _market(name) in wanted]
    return (by_symbol(tx, own[0]) or about) if len(own) == 1 else about


def _market(symbol: str) -> str | None:
    parsed = symbols.parse(symbol)
    return markets.from_symbol_code(parsed.member) if parsed else None


def _headline(
    alert: Row[Any], shown: Notification, mine: Row[Any] | None, payload: dict[str, Any], language: str, texts: Texts,
    *, unsure: bool,
) -> str:  # fmt: skip
    members = member_names(shown.record["members"], language, texts)
    kind = type_name(shown.record, language, texts)
    product = _my_product(mine, payload)
    if "closing" in payload:
        return texts("alert.closing", language, market=members, type=kind, agreement=shown.record["agreement"])
    key = f"alert.head.{alert.kind}" if product else f"alert.head_plain.{alert.kind}"
    key = "alert.head_maybe" if unsure else key
    return texts(key, language, market=members, product=product, type=kind, agreement=shown.record["agreement"])


def _my_product(mine: Row[Any] | None, payload: dict[str, Any]) -> str:
    """The product as the member named it: the word that matched, else the first of the interest."""
    reasons = _reasons(payload)
    named = [one.mine for one in reasons if one.mine and not one.mine.isdigit() and one.kind is not ReasonKind.ICS]
    words = list(mine.products) if mine is not None else []
    by_fold = {word.lower(): word for word in words}
    return next((by_fold.get(word, word) for word in named), words[0] if words else "")


def product_of(tx: Connection, member_id: int, symbol: str) -> str | None:
    """The member's own product that this notification was an alert for."""
    joined = deliveries.join(alerts).join(notifications, notifications.c.id == alerts.c.notification_id)
    about = select(deliveries.c.interest_id, deliveries.c.payload).select_from(joined)
    mine = (deliveries.c.member_id == member_id) & (notifications.c.family == family_of(symbol))
    row = tx.execute(about.where(mine).order_by(deliveries.c.id.desc()).limit(1)).first()
    return _my_product(_interest(tx, row.interest_id), row.payload or {}) or None if row else None


def _title_lines(shown: Notification, language: str, texts: Texts) -> list[str]:
    return [shorten(line, TITLE) for line in titles(shown.record, language, texts)]


def _purposes(shown: Notification, alert: Row[Any], language: str, texts: Texts) -> list[str]:
    """What a later document does to the one above it; a date that is known is told by itself."""
    known = {"date"} if alert.detail.get("moved") else set()
    parent = parent_of(shown.symbol) or ""
    return [texts(f"alert.about.{one}", language, parent=parent) for one in purposes(shown.record) if one not in known]


def _news(alert: Row[Any], language: str, today: date, texts: Texts) -> list[str]:
    """What a change, an addendum or a withdrawal changes."""
    withdrawn = alert.detail.get("withdraws") or []
    lines = [texts("alert.withdraws", language, symbol=symbol) for symbol in withdrawn]
    pairs = [(one["old"], one["new"]) for one in alert.detail.get("moved", ())]
    fields = alert.detail.get("fields", {})
    pairs += [tuple(fields["comment_deadline"])] if "comment_deadline" in fields else []
    lines += [_moved(pair, language, today, texts) for pair in pairs]
    for key in ("proposed_adoption", "proposed_entry_into_force"):
        if key in fields and fields[key][1]:
            lines.append(texts(f"alert.changed.{key}", language, new=_day(fields[key][1], language, today, texts)))
    if "hs_codes" in fields:
        lines.append(texts("alert.changed.hs_codes", language, new=", ".join(fields["hs_codes"][1] or [])))
    return lines


def _moved(pair: Sequence[str | None], language: str, today: date, texts: Texts) -> str:
    old, new = (_day(value, language, today, texts) if value else "" for value in pair)
    key = "moved" if old and new else "set" if new else "removed"
    return texts(f"alert.deadline.{key}", language, old=old, new=new)


def _day(value: str, language: str, today: date, texts: Texts) -> str:
    return day_text(date.fromisoformat(value), language, today, texts)


def _gist(shown: Notification, language: str, texts: Texts) -> list[str]:
    text = summary(shown.record, language)
    return [texts("alert.gist", language, text=text)] if text else []


def _clock(
    tx: Connection, alert: Row[Any], shown: Notification, language: str, today: date, texts: Texts
) -> str:  # fmt: skip
    """The comment clock; an addendum that states no deadline shows that of the document it belongs to."""
    if alert.detail.get("withdraws"):
        return texts("alert.no_comment_needed", language)
    above = parent_of(shown.symbol)
    while shown.deadline is None and not shown.withdrawn_by and above:
        shown, above = by_symbol(tx, above) or shown, parent_of(above)
    return clock(shown, language, today, texts)


def _local(
    tx: Connection, alert: Row[Any], shown: Notification, delivery: Any, local: Local | None
) -> list[str]:  # fmt: skip
    line = local(tx, delivery.member_id, shown.family) if local and not alert.detail.get("withdraws") else None
    return [line] if line else []


def _why(payload: dict[str, Any], language: str, texts: Texts, *, unsure: bool) -> list[str]:
    if payload.get("reasons"):
        return [texts("alert.why_maybe" if unsure else "alert.why", language, reason=why(payload, language, texts))]
    return [texts("alert.followed", language)] if payload.get("followed") else []


def why(payload: Mapping[str, Any], language: str, texts: Texts) -> str:
    """The reasons that a delivery carries, in words."""
    return reason_text(Match(_reasons(payload), tuple(payload.get("markets", ()))), language, texts=texts)


def _reasons(payload: Mapping[str, Any]) -> tuple[Reason, ...]:
    return tuple(Reason.from_json(one) for one in payload.get("reasons", ()))


def _buttons(symbol: str, language: str, texts: Texts, *, asks: bool) -> tuple[Button, ...]:
    """Details, whether it affects them (of what may still come), a question to a person, and "not mine"."""
    slots = json.dumps({"symbol": symbol})
    affected = AFFECTED if asks else {}
    return (
        Button(texts("alert.button.details", language), f"/show_notification{slots}"),
        *(
            Button(
                texts(f"alert.button.{key}", language),
                "/give_feedback" + json.dumps({"symbol": symbol, "affected": value}),
            )
            for key, value in affected.items()
        ),
        Button(texts("alert.button.ask", language), f"/contact_expert{slots}"),
        Button(texts("alert.button.not_mine", language), f"/not_mine{slots}"),
    )

"""What the answers of a county's enterprises come to: counts and sums, computed from the feedback as it stands."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.db.models import feedback
from bot.surveys.progress import Count, count_of
from bot.surveys.rules import Rules
from bot.surveys.survey import Survey

AMOUNTS = ("export_value", "estimated_loss", "extra_cost")
EFFECTS = ("none", "minor", "serious", "lost_market", "yes", "unknown")


def figures(tx: Connection, survey: Survey, bureau_id: int, *, now: datetime, rules: Rules) -> dict[str, Any]:
    """{asked, answered, silent, declined, late, answers, affected: {none: 3}, amounts: {export_value: {USD: 9}}}."""
    count = count_of(tx, survey, bureau_id, now=now, rules=rules)
    answers = [dict(row._mapping) for row in tx.execute(_submitted(survey.id, bureau_id))]
    affected = Counter(str(one["affected"] or "unknown") for one in answers)
    return {
        **_plain(count),
        "answers": len(answers),
        "affected": {name: affected[name] for name in EFFECTS if affected[name]},
        "amounts": {name: sums for name in AMOUNTS if (sums := _sums([one["answers"] for one in answers], name))},
    }


def _submitted(survey_id: int, bureau_id: int) -> Any:
    mine = (feedback.c.survey_id == survey_id) & (feedback.c.bureau_id == bureau_id)
    return select(feedback.c.affected, feedback.c.answers).where(mine, feedback.c.state == "submitted")


def _plain(count: Count) -> dict[str, int]:
    return {name: getattr(count, name) for name in ("asked", "answered", "silent", "declined", "late")}


def _sums(answers: list[Mapping[str, Any]], name: str) -> dict[str, float]:
    """By currency; what was refused, not known or not a number is in no sum."""
    sums: dict[str, float] = {}
    for one in answers:
        amount = one.get(name)
        if isinstance(amount, Mapping) and isinstance(amount.get("value"), int | float):
            currency = str(amount.get("currency") or "?")
            sums[currency] = sums.get(currency, 0.0) + float(amount["value"])
    return dict(sorted(sums.items()))
